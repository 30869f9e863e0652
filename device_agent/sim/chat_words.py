"""WeChat's words on a chat's other screens: panel, pickers, menus, viewers, sharing."""

# Chinese: as public automation code and WeChat's own help name them, or from memory of the app;
# the English ones follow WeChat's English interface. None is cited but 更多功能按钮.
CHAT_WORDS: dict[str, tuple[str, str]] = {
    # Input bar and panel.
    "more_open": ("更多功能按钮，已展开", "More function buttons, expanded"),
    "hold_to_talk": ("按住 说话", "Hold to Talk"),
    "album": ("相册", "Album"),
    "camera": ("拍摄", "Camera"),
    "video_call": ("视频通话", "Video Call"),
    "place": ("位置", "Location"),
    "red_packet": ("红包", "Red Packet"),
    "money": ("转账", "Transfer"),
    "dictation": ("语音输入", "Voice Input"),
    "favourites": ("我的收藏", "Favorites"),
    "file": ("文件", "File"),
    "coupons": ("卡券", "Coupons"),
    "music": ("音乐", "Music"),
    "contact_card": ("个人名片", "Contact Card"),
    "nothing_here": ("暂无内容", "Nothing here"),
    "typing": ("对方正在输入...", "Typing..."),
    "close": ("关闭", "Close"),
    # Album and files.
    "album_title": ("图片和视频", "Images and Videos"),
    "preview": ("预览", "Preview"),
    "original": ("原图", "Full Image"),
    "pick": ("选择", "Select"),
    "send_some": ("发送({}/{})", "Send({}/{})"),
    "send_count": ("发送({})", "Send({})"),
    "too_many": ("你最多只能选择{}个图片或视频", "Select up to {} images or videos"),
    "no_pictures": ("没有图片或视频", "No images or videos"),
    "files_title": ("我的文件", "My Files"),
    "no_files": ("没有文件", "No files"),
    # Choosing a chat.
    "choose_chat": ("选择一个聊天", "Select a Chat"),
    "multi_select": ("多选", "Multiple"),
    "new_chat": ("创建新的聊天", "Create New Chat"),
    "recent_chats": ("最近聊天", "Recent Chats"),
    "people": ("联系人", "Contacts"),
    "groups": ("群聊", "Group Chats"),
    "send_to": ("发送给：", "Send to:"),
    "leave_note": ("给朋友留言", "Leave a message"),
    "sent": ("已发送", "Sent"),
    "return": ("返回", "Back"),
    "stay_here": ("留在微信", "Stay in WeChat"),
    "no_resource": ("获取资源失败", "Unable to get resource"),
    # The menu of a message.
    "copy": ("复制", "Copy"),
    "forward": ("转发", "Forward"),
    "favourite": ("收藏", "Favorite"),
    "recall": ("撤回", "Recall"),
    "select_more": ("多选", "Multi-select"),
    "quote_it": ("引用", "Quote"),
    "delete": ("删除", "Delete"),
    "transcribe": ("转文字", "Convert to Text"),
    "copied": ("已复制", "Copied"),
    "favoured": ("已收藏", "Added to Favorites"),
    "delete_text": ("是否删除该条消息？", "Delete this message?"),
    "resend_text": ("重发该消息？", "Resend this message?"),
    "resend": ("重发", "Resend"),
    "no_words_heard": ("未识别到文字", "No words recognized"),
    "quote_gone": ("引用内容不存在", "Quoted message not found"),
    # Mentions.
    "mention_title": ("选择提醒的人", "Select"),
    "everyone": ("所有人", "All"),
    # Viewer, file page, details.
    "full_text": ("全文", "Full Text"),
    "send_to_friend": ("发送给朋友", "Send to Chat"),
    "save_image": ("保存图片", "Save Image"),
    "save_video": ("保存视频", "Save Video"),
    "image_saved": ("图片已保存", "Image saved"),
    "video_saved": ("视频已保存", "Video saved"),
    "download": ("下载", "Download"),
    "open_elsewhere": ("用其他应用打开", "Open with other apps"),
    "file_size": ("文件大小：{}", "Size: {}"),
    "file_saved": ("已保存到 {}", "Saved to {}"),
    "no_app": ("没有可以打开该文件的应用", "No app can open this file"),
    "packet_of": ("{}的红包", "Red packet from {}"),
    "open_packet": ("開", "Open"),
    "to_receive": ("待你收款", "Waiting for you to accept"),
    "to_be_received": ("待对方确认收款", "Waiting for receipt"),
    "receive": ("收款", "Accept"),
}


def chat_word(lang: str, key: str) -> str | None:
    """A word of these screens, if it is one of theirs."""
    pair = CHAT_WORDS.get(key)
    return None if pair is None else pair[0 if lang == "zh" else 1]

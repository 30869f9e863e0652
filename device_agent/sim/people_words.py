"""WeChat's words on the screens about people: search, contacts, cards, chat info, menus."""

# Chinese words: as public automation code looks for them (设置备注和标签, 查看全部群成员,
# 折叠的聊天, 保存到通讯录 and others), or from memory of the app. Of the English ones only
# "Minimized Groups" is cited.
PEOPLE_WORDS: dict[str, tuple[str, str]] = {
    # Search.
    "people": ("联系人", "Contacts"),
    "groups": ("群聊", "Group Chats"),
    "history": ("聊天记录", "Chat History"),
    "officials": ("公众号", "Official Accounts"),
    "more_people": ("更多联系人", "More Contacts"),
    "more_groups": ("更多群聊", "More Group Chats"),
    "more_history": ("更多聊天记录", "More Chat History"),
    "more_officials": ("更多公众号", "More Official Accounts"),
    "nickname": ("昵称: ", "Name: "),
    "wechat_id": ("微信号: ", "WeChat ID: "),
    "group_name": ("群聊名称: ", "Group Name: "),
    "includes": ("包含: ", "Includes: "),
    "related": ("{}条相关的聊天记录", "{} related messages"),
    "history_of": ("“{}”的记录", "Messages in “{}”"),
    "nothing_found": ("没有找到“{}”相关结果", "No results for “{}”"),
    "network": ("搜一搜", "Search"),
    "network_detail": (
        "小程序、公众号、文章、朋友圈等",
        "Mini Programs, Official Accounts, articles and more",
    ),
    "quick": ("搜索指定内容", "Search for"),
    "quick_chat": ("快速搜索聊天内容", "Search by type"),
    "kind_moments": ("朋友圈", "Moments"),
    "kind_articles": ("文章", "Articles"),
    "kind_officials": ("公众号", "Official Accounts"),
    "kind_programs": ("小程序", "Mini Programs"),
    "kind_music": ("音乐", "Music"),
    "kind_stickers": ("表情", "Stickers"),
    "kind_dates": ("日期", "Date"),
    "kind_pictures": ("图片及视频", "Photos & Videos"),
    "kind_files": ("文件", "Files"),
    "kind_links": ("链接", "Links"),
    "kind_packets": ("交易", "Transactions"),
    "kind_members": ("群成员", "Members"),
}


def people_word(lang: str, key: str) -> str | None:
    """A word of these screens, if it is one of theirs."""
    pair = PEOPLE_WORDS.get(key)
    return None if pair is None else pair[0 if lang == "zh" else 1]

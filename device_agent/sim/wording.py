"""The words of WeChat's own interface and its ways of writing times, by language."""

from datetime import datetime

from device_agent.sim.chat_words import chat_word
from device_agent.sim.people_words import people_word

# Chinese: public automation code looks for 微信, the tabs, 发送, 头像, 切换到按住说话, 表情, 搜索,
# 更多功能按钮, 图片 and 微信红包 (phone.md 5.2); the others are not cited.
# English: the tabs and Send (phone.md 5.2), Search and More function buttons (public Appium code
# and recorded pages of an English WeChat) are cited; the others follow its interface and are not.
# Android's own words (allow, close app and so on) are those of AOSP's English, or near them.
WORDS = {
    "zh": {
        "app": "微信",
        "tabs": ("微信", "通讯录", "发现", "我"),
        "send": "发送",
        "draft": "[草稿]",
        "more": "更多功能按钮，已折叠",
        "voice": "切换到按住说话",
        "emoji": "表情",
        "avatar": "头像",
        "back": "返回",
        "chat_info": "聊天信息",
        "search": "搜索",
        "plus": "更多功能按钮",
        "image": "图片",
        "video": "视频",
        "voice_message": "语音",
        "sticker": "动画表情",
        "packet": "微信红包",
        "transfer": "微信转账",
        "card": "个人名片",
        "program": "小程序",
        "failed": "重发",
        "refused": "消息已发出，但被对方拒收了。",
        "not_member": "无法在已退出的群聊中发送消息",
        "not_friend": "{}开启了朋友验证，你还不是他（她）朋友。"
        "请先发送朋友验证请求，对方验证通过后，才能聊天。",
        "muted": "消息免打扰",
        "unknown": "不支持的消息",
        "ok": "确定",
        "cancel": "取消",
        "details": "查看详情",
        "allow": "允许",
        "deny": "拒绝",
        "wait": "等待",
        "close_app": "关闭应用",
        "too_frequent": "操作太频繁，请稍后再试。",
        "update_title": "发现新版本",
        "update_text": "新版本的微信修复了一些已知问题，是否立即更新？",
        "update_now": "立即更新",
        "restricted_title": "账号使用受限",
        "restricted_text": "你的账号因违反微信使用规范，部分功能已被限制使用。",
        "permission_text": "要允许“微信”录制音频吗？",
        "crash_text": "微信屡次停止运行",
        "anr_text": "微信没有响应",
        "log_in": "登录",
        "sign_up": "注册",
        "logged_out": "你的账号已在其他设备登录，请重新登录。",
        "call_text": "邀请你进行视频通话…",
        "hang_up": "挂断",
        "answer": "接听",
        "swipe_up": "上滑解锁",
        "enter_pin": "输入密码",
    },
    "en": {
        "app": "WeChat",
        "tabs": ("Chats", "Contacts", "Discover", "Me"),
        "send": "Send",
        "draft": "[Draft]",
        "more": "More function buttons, collapsed",
        "voice": "Switch to Hold to Talk",
        "emoji": "Stickers",
        "avatar": "'s avatar",
        "back": "Back",
        "chat_info": "Chat Info",
        "search": "Search",
        "plus": "More function buttons",
        "image": "Photo",
        "video": "Video",
        "voice_message": "Audio",
        "sticker": "Sticker",
        "packet": "WeChat Red Packet",
        "transfer": "Transfer",
        "card": "Contact Card",
        "program": "Mini Program",
        "failed": "Resend",
        "refused": "The message is successfully sent but rejected by the receiver.",
        "not_member": "You cannot send messages in a group chat that you have left.",
        "not_friend": "{} has enabled friend confirmation and you are not a friend any more. "
        "Send a friend request first.",
        "muted": "Muted",
        "unknown": "Unsupported message",
        "ok": "OK",
        "cancel": "Cancel",
        "details": "View Details",
        "allow": "Allow",
        "deny": "Don't allow",
        "wait": "Wait",
        "close_app": "Close app",
        "too_frequent": "Operation too frequent. Try again later.",
        "update_title": "New version available",
        "update_text": "This version of WeChat fixes some known issues. Update now?",
        "update_now": "Update Now",
        "restricted_title": "Account Restricted",
        "restricted_text": "Your account has broken the rules. Some features are restricted.",
        "permission_text": "Allow WeChat to record audio?",
        "crash_text": "WeChat keeps stopping",
        "anr_text": "WeChat isn't responding",
        "log_in": "Log In",
        "sign_up": "Sign Up",
        "logged_out": "Your account was logged in on another device. Log in again.",
        "call_text": "invites you to a video call…",
        "hang_up": "Decline",
        "answer": "Accept",
        "swipe_up": "Swipe up to unlock",
        "enter_pin": "Enter PIN",
    },
}
_DAYS = {
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEK = 7


def word(lang: str, key: str) -> str:
    """One word of the interface. Raises KeyError if it has none such."""
    found = WORDS[lang].get(key) or chat_word(lang, key) or people_word(lang, key)
    if found is None:
        raise KeyError(key)
    return str(found)


def tabs(lang: str) -> tuple[str, ...]:
    """The four tabs, left to right."""
    return tuple(WORDS[lang]["tabs"])


def day(at: datetime, now: datetime, lang: str) -> str:
    """The day part of a time as WeChat writes it: empty today, then relative, then the date."""
    days = (now.date() - at.date()).days
    if days <= 0:
        return ""
    if days == 1:
        return "昨天" if lang == "zh" else "Yesterday"
    if days < _WEEK:
        return _DAYS[lang][at.weekday()]
    if lang == "en":
        date = f"{_MONTHS[at.month - 1]} {at.day}"
        return date if at.year == now.year else f"{date}, {at.year}"
    date = f"{at.month}月{at.day}日"
    return date if at.year == now.year else f"{at.year}年{date}"


def long_date(at: datetime, lang: str) -> str:
    """The date on the lock screen."""
    weekday = _DAYS[lang][at.weekday()]
    if lang == "en":
        return f"{weekday}, {_MONTHS[at.month - 1]} {at.day}"
    return f"{at.month}月{at.day}日 {weekday}"


def separator(at: datetime, now: datetime, lang: str) -> str:
    """A time line in a chat: HH:MM, 昨天 HH:MM, 星期X HH:MM, M月D日 HH:MM, with the year if old."""
    clock = f"{at:%H:%M}"
    days = day(at, now, lang)
    return f"{days} {clock}" if days else clock


def list_time(at: datetime, now: datetime, lang: str) -> str:
    """The time in a row of the conversation list: the clock today and yesterday, else the day."""
    days = (now.date() - at.date()).days
    return separator(at, now, lang) if days <= 1 else day(at, now, lang)

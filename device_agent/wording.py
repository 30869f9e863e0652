"""The words WeChat itself writes on its screens, zh_CN and en, and what they tell. Pure."""

import re
import unicodedata

SEND = frozenset({"发送", "Send"})
TYPING = ("对方正在输入", "The other party is typing", "Typing")
DRAFT = ("[草稿]", "[Draft]")
FULL_TEXT = frozenset({"全文", "Full Text"})
UNSUPPORTED = frozenset({"[不支持的消息]", "[Unsupported message]"})
RED_PACKET = frozenset({"微信红包", "WeChat Red Packet", "Red Packet"})
TRANSFER = frozenset({"微信转账", "转账", "Transfer", "WeChat Transfer"})
NAME_CARD = frozenset({"个人名片", "Contact Card"})
MINI_PROGRAM = frozenset({"小程序", "Mini Program"})
PICTURE = frozenset({"图片", "Photo", "Image"})
_AVATAR = re.compile(r"^(?P<name>.*?)(?:'s avatar|头像| avatar)$", re.DOTALL)
_COUNTED = re.compile(r"^(?P<name>.+)\((?P<count>\d+)\)$", re.DOTALL)
_MARK = re.compile(r"^\[(?P<count>\d+)\+?(?:条|則|则)?\]\s?(?P<rest>.*)$", re.DOTALL)
_DAY = (
    r"昨天|前天|星期[一二三四五六日天]|周[一二三四五六日天]|(?:\d{2,4}年)?\d{1,2}月\d{1,2}日"
    r"|Yesterday|(?:Mon|Tue|Tues|Wed|Thu|Thur|Fri|Sat|Sun)[a-z]*"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{1,2}(?:, \d{4})?"
)
_TIME = re.compile(
    rf"^(?:(?:{_DAY})\s?)?(?:凌晨|早上|上午|中午|下午|晚上)?\s?\d{{1,2}}:\d{{2}}(?:\s?[AP]M)?$|^(?:{_DAY})$"
)
_CLOCK = re.compile(r"^(?:凌晨|早上|上午|中午|下午|晚上)?\s?\d{1,2}:\d{2}(?:\s?[AP]M)?$")
_RECALL = re.compile(
    r'^(?:"(?P<by>.+)"\s?撤回了一条消息|(?P<own>你撤回了一条消息.*)'
    r'|"(?P<by_en>.+)" recalled a message|(?P<own_en>You recalled a message.*))$',
    re.DOTALL,
)


def is_time(text: str) -> bool:
    """Whether a centred line is a time separator (forms of reference/phone.md 5.2)."""
    return bool(_TIME.match(text.strip()))


def is_clock(text: str) -> bool:
    """Whether a list row's time is a clock time, which changes only when somebody writes."""
    return bool(_CLOCK.match(text.strip()))


def avatar_name(desc: str) -> str | None:
    """Whose avatar a content-desc names; empty where it is not loaded; None: no avatar."""
    found = _AVATAR.match(desc)
    return found.group("name") if found else None


def counted_title(title: str) -> tuple[str, int | None]:
    """A chat title without its member count: `家人(5)` is `家人` and 5."""
    found = _COUNTED.match(title)
    return (found.group("name"), int(found.group("count"))) if found else (title, None)


def unmarked(preview: str) -> tuple[str, int | None]:
    """A preview without `[n条]`, and n."""
    found = _MARK.match(preview)
    return (found.group("rest"), int(found.group("count"))) if found else (preview, None)


def recalled_by(line: str) -> tuple[bool, str | None]:
    """Whether a centred line says that a message was taken back, and by whom (None: by us)."""
    found = _RECALL.match(line.strip())
    if not found:
        return False, None
    return True, found.group("by") or found.group("by_en")


def is_typing(title: str) -> bool:
    """Whether 对方正在输入… stands in the title's place."""
    return title.startswith(TYPING)


def normal(text: str) -> str:
    """Text as prints and comparisons take it: one Unicode form, plain line ends."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def same_title(shown: str, full: str) -> bool:
    """Whether a title on the screen, perhaps cut by `…`, is this one."""
    if shown == full:
        return True
    cut = shown.removesuffix("…").removesuffix("...")
    return cut != shown and len(cut) >= 4 and full.startswith(cut)  # shorter ones prove nothing


def preview_shows(preview: str, text: str) -> bool:
    """Whether a list preview may be of a row with that text: one line, perhaps cut, perhaps
    behind `nick: `.
    """
    line = _flat(preview)
    whole = _flat(text)
    return _cut_of(line, whole) or any(
        _cut_of(line[place + len(mark) :], whole)
        for mark in (": ", "：")
        for place in _places(line, mark)
    )


def _places(line: str, mark: str) -> list[int]:
    return [found.start() for found in re.finditer(re.escape(mark), line)][:3]


def _flat(text: str) -> str:
    return " ".join(normal(text).split())


def _cut_of(line: str, whole: str) -> bool:
    if line == whole:
        return True
    cut = line.removesuffix("…").removesuffix("...")
    return cut != line and len(cut) > 0 and whole.startswith(cut.rstrip())

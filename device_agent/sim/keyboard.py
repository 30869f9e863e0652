"""What typing does: which field it reaches, and what it starts there."""

from typing import TYPE_CHECKING

from device_agent.sim.screens.book import OVERLAYS
from device_agent.sim.stage import Overlay, Page

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone

# What ends a mention in WeChat's field: a narrow space that no keyboard types.
MENTION_END = "\u2005"


def token(shown: str) -> str:
    """A mention as it stands in the field."""
    return f"@{shown}{MENTION_END}"


def held(phone: "Phone") -> str | None:
    """What the focused field holds; None if nothing has the focus."""
    overlay = _asking(phone)
    if overlay is not None:
        return overlay.text
    page = phone.stage.page
    if page is None or not page.focused or not phone.stage.wechat_front:
        return None
    chat = phone.visible_chat()
    return chat.draft if chat is not None else page.words


def put(phone: "Phone", text: str) -> None:
    """Put a text into the field of what is on top, in place of what it held.

    Mentions that stood in it become plain text, as with Android's ACTION_SET_TEXT.
    """
    overlay, page, chat = _asking(phone), phone.stage.page, phone.visible_chat()
    if overlay is not None:
        overlay.text = text
    elif chat is not None:
        if page is not None:
            page.tokens.clear()
        _draft(phone, text)
    elif page is not None:
        page.words, page.offset = text, 0
    phone.redraw()


def insert(phone: "Phone", text: str) -> bool:
    """Type into the focused field, or paste; False if there is none.

    What ends with `@` in a group asks whom it means.
    """
    before = held(phone)
    if before is None:
        return False
    chat, page = phone.visible_chat(), phone.stage.page
    if chat is None or page is None or _asking(phone) is not None:
        put(phone, before + text)
        return True
    _draft(phone, before + text)
    phone.redraw()
    if text.endswith("@") and chat.kind == "group" and not chat.removed_me:
        phone.show_page(Page("mention", chat.chat_id))
    return True


def erase(phone: "Phone") -> None:
    """The delete key: the last character goes, or the whole mention that stands last."""
    before, page, chat = held(phone), phone.stage.page, phone.visible_chat()
    if not before:
        return
    if chat is None or page is None or _asking(phone) is not None:
        put(phone, before[:-1])
        return
    last = next((one for one in page.tokens.values() if before.endswith(token(one))), None)
    _draft(phone, before.removesuffix(token(last)) if last is not None else before[:-1])
    phone.redraw()


def mention(phone: "Phone", name: str, shown: str) -> None:
    """A person was chosen for the `@` that stands last in the chat on the screen."""
    page, chat = phone.stage.page, phone.visible_chat()
    if page is None or chat is None:
        return
    page.tokens[name] = shown
    _draft(phone, chat.draft.removesuffix("@") + token(shown))
    phone.redraw()


def mentioned(page: Page, text: str) -> list[str]:
    """The people whose mentions still stand in a text that is sent."""
    return [name for name, shown in page.tokens.items() if token(shown) in text]


def _draft(phone: "Phone", text: str) -> None:
    chat = phone.visible_chat()
    if chat is not None:
        phone.write_field(chat, text)


def _asking(phone: "Phone") -> Overlay | None:
    """The window on top, if it has a field."""
    stage = phone.stage
    top = stage.overlays[-1] if stage.overlays else None
    return top if top is not None and stage.wechat_front and OVERLAYS[top.name].field else None

"""Moves of a message: its menu, quoting, recalling, deleting, resending, opening, saving."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from device_agent.sim import keyboard
from device_agent.sim.content import label
from device_agent.sim.media import save_file, save_media
from device_agent.sim.moves.chatting import say
from device_agent.sim.moves.passing import forward
from device_agent.sim.moves.selecting import begin
from device_agent.sim.moves.telling import tell
from device_agent.sim.screens.mention import EVERYONE
from device_agent.sim.screens.selecting import SELECTING
from device_agent.sim.stage import Overlay, Page
from device_agent.sim.wording import word

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone

_MENUS = ("message_menu", "viewer_menu", "resend", "delete")
_Move = Callable[["Phone", str], None]


def _open_menu(name: str) -> _Move:
    return lambda phone, message_id: phone.show_overlay(Overlay(name, target=message_id))


def _open_page(name: str) -> _Move:
    return lambda phone, message_id: phone.show_page(Page(name, message_id))


def _chosen(move: _Move) -> _Move:
    """A choice from a menu: the menu goes, then it is done."""

    def choose(phone: "Phone", message_id: str) -> None:
        phone.change_screen()
        for name in _MENUS:
            phone.stage.dismiss(name)
        move(phone, message_id)

    return choose


def _detail(phone: "Phone", message_id: str) -> None:
    """A card's page; a person's is the contact card."""
    message = phone.world.messages[message_id]
    if message.kind != "name_card":
        phone.show_page(Page("detail", message_id))
        return
    name = label(message.content)
    friend = phone.world.friend(name)
    person = friend.chat_id if friend is not None else f"{message.chat_id}/{name}"
    phone.show_page(Page("card", person))


def _copy(phone: "Phone", message_id: str) -> None:
    phone.clipboard = str(phone.world.messages[message_id].content.get("text") or "")
    tell(phone, "copied")


def _favourite(phone: "Phone", message_id: str) -> None:
    tell(phone, "favoured")


def _recall(phone: "Phone", message_id: str) -> None:
    phone.recall(message_id)


def _quote(phone: "Phone", message_id: str) -> None:
    page = phone.stage.page
    if page is not None:
        page.quoting, page.focused, page.panel = message_id, True, ""


def _unquote(phone: "Phone", target: str) -> None:
    page = phone.stage.page
    if page is not None:
        page.quoting = None
        phone.redraw()


def _transcribe(phone: "Phone", message_id: str) -> None:
    phone.stage.transcribed.add(message_id)


def _delete_now(phone: "Phone", message_ids: str) -> None:
    for message_id in message_ids.split(","):
        phone.world.delete(message_id)
    page = phone.stage.page
    if page is not None and page.panel == SELECTING:
        page.panel, page.picked = "", []


def _resend(phone: "Phone", message_id: str) -> None:
    message = phone.world.messages.get(message_id)
    if message is None:
        return
    chat = phone.world.chats[message.chat_id]
    phone.world.delete(message_id)
    say(phone, chat, message.content, message.quote)


def _save_media(phone: "Phone", message_id: str) -> None:
    message = phone.world.messages[message_id]
    save_media(phone.files, message, int(phone.clock.seconds() * 1000))
    tell(phone, "video_saved" if message.kind == "video" else "image_saved")


def _download(phone: "Phone", message_id: str) -> None:
    phone.change_screen()
    save_file(phone.files, phone.world.messages[message_id])


def _open_elsewhere(phone: "Phone", target: str) -> None:
    tell(phone, "no_app")


def _mention(phone: "Phone", name: str) -> None:
    page = phone.stage.page
    chat = phone.world.chats.get(page.target) if page is not None else None
    if chat is None:
        return
    phone.change_screen()
    phone.leave_page()
    everyone = name == EVERYONE
    shown = word(phone.lang, "everyone") if everyone else phone.world.shown_member(chat, name)
    keyboard.mention(phone, name, shown)


def _mention_face(phone: "Phone", name: str) -> None:
    page, chat = phone.stage.page, phone.visible_chat()
    if page is not None and chat is not None:
        page.focused = True
        keyboard.mention(phone, name, phone.world.shown_member(chat, name))


MOVES: dict[str, _Move] = {
    "menu": _open_menu("message_menu"),
    "viewer_menu": _open_menu("viewer_menu"),
    "ask_resend": _open_menu("resend"),
    "delete": _chosen(_open_menu("delete")),
    "view": _open_page("viewer"),
    "open_file": _open_page("file"),
    "read": _open_page("whole_text"),
    "detail": _detail,
    "copy": _chosen(_copy),
    "forward": _chosen(forward),
    "favourite": _chosen(_favourite),
    "recall": _chosen(_recall),
    "select_more": _chosen(begin),
    "quote_it": _chosen(_quote),
    "transcribe": _chosen(_transcribe),
    "delete_now": _chosen(_delete_now),
    "resend": _chosen(_resend),
    "save_media": _chosen(_save_media),
    "unquote": _unquote,
    "download": _download,
    "open_elsewhere": _open_elsewhere,
    "mention": _mention,
    "mention_face": _mention_face,
}

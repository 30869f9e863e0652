"""Moves that pass something on: 转发, the share sheet of another app, choosing the chat."""

import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from device_agent.sim.gallery import content_of
from device_agent.sim.moves.chatting import say
from device_agent.sim.moves.telling import tell
from device_agent.sim.stage import Overlay, Page
from device_agent.sim.world import Chat, Message

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone

SHARE_UI = ".ui.tools.ShareImgUI"
_STREAM, _TEXT = "android.intent.extra.STREAM", "android.intent.extra.TEXT"


def forward(phone: "Phone", message_id: str) -> None:
    """Ask where a message is to go."""
    message = phone.world.messages.get(message_id)
    if message is None:
        return
    phone.show_page(Page("choose_chat", message.chat_id, carried=[portable(message)]))


def portable(message: Message) -> dict[str, Any]:
    """A message's content as another chat gets it: it mentions nobody there."""
    content = {key: value for key, value in message.content.items() if key != "mentions"}
    return {"origin": message.message_id} | content


def share(phone: "Phone", mime: str, uris: list[str], text: str) -> bool:
    """Another app shares files or a text with WeChat; False where there is nothing to share.

    What ACTION_SEND means for com.tencent.mm/.ui.tools.ShareImgUI (phone.md 5.4); a path that does
    not exist is answered as WeChat does, with a toast.
    """
    if not uris and not text:
        return False
    carried: list[dict[str, Any]] = []
    family = mime.partition("/")[0]
    for uri in uris:
        path = unquote(urlsplit(uri).path)
        kind = family if family in {"image", "video"} else "file"
        content = content_of(phone.files, posixpath.join("/", path), kind)
        if content is None:
            phone.start_wechat()
            tell(phone, "no_resource")
            return True
        carried.append(content)
    if not carried:
        carried.append({"kind": "text", "text": text})
    phone.change_screen()
    if phone.stage.page is not None and phone.stage.page.name == "choose_chat":
        phone.stage.pages.pop()
    phone.stage.show(Page("choose_chat", panel="shared", carried=carried))
    return True


def share_by_intent(phone: "Phone", words: list[str], target: str) -> bool:
    """What the words of an `am start` share with WeChat; False if it is no ACTION_SEND to it, nor
    an ACTION_SEND_MULTIPLE.
    """
    if not target.endswith(SHARE_UI):
        return False
    mime, text = "", ""
    uris: list[str] = []
    for place, word in enumerate(words):
        after = words[place + 1 :]
        if word == "-t" and after:
            mime = after[0]
        elif word == "--eu" and after[:1] == [_STREAM] and len(after) > 1:
            uris.append(after[1])
        elif word == "--eua" and after[:1] == [_STREAM] and len(after) > 1:
            uris += [uri for uri in after[1].split(",") if uri]
        elif word in {"--es", "-e"} and after[:1] == [_TEXT] and len(after) > 1:
            text = after[1]
    return share(phone, mime, uris, text)


def _choose(phone: "Phone", chat_id: str) -> None:
    phone.show_overlay(Overlay("confirm_send", target=chat_id))


def _pass_on(phone: "Phone", chat_id: str) -> None:
    chat, page = phone.world.chats.get(chat_id), phone.stage.page
    asked = next((one for one in phone.stage.overlays if one.name == "confirm_send"), None)
    if chat is None or page is None or asked is None:
        return
    phone.change_screen()
    phone.stage.dismiss("confirm_send")
    phone.leave_page()
    below = phone.stage.page
    if below is not None:
        below.panel = ""
    _say_all(phone, chat, page.carried, asked.text)
    if page.panel == "shared":
        phone.stage.lay(Overlay("shared"))
    elif page.name == "choose_chat":
        tell(phone, "sent")


def _say_all(phone: "Phone", chat: Chat, contents: list[dict[str, Any]], note: str) -> None:
    for content in contents:
        say(phone, chat, content)
    if note:
        say(phone, chat, {"kind": "text", "text": note})


def _return(phone: "Phone", target: str) -> None:
    phone.change_screen()
    phone.stage.dismiss("shared")
    phone.stage.wechat_front = False


MOVES: dict[str, Callable[["Phone", str], None]] = {
    "choose": _choose,
    "pass_on": _pass_on,
    "return": _return,
}

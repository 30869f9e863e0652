"""Someone writes, or takes back what was written: badge and notification follow WeChat's rules."""

import re
from typing import TYPE_CHECKING, Any

from device_agent.sim.screens.chat import height_of, view_of
from device_agent.sim.world import Chat, Message, World

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone

EVERYONE = ("所有人", "all")


def receive(
    phone: "Phone",
    chat: Chat,
    sender: str,
    content: dict[str, Any],
    quote: str | None = None,
    *,
    failed: bool = False,
    at: float | None = None,
) -> Message:
    """A message of `sender`, written now or `at` (epoch seconds); the owner's comes from another
    client. Raises Refusal as `World.append` does.
    """
    world = phone.world
    own = sender == world.owner
    message = world.append(chat, sender, content, own=own, quote=quote, failed=failed, at=at)
    watched = phone.stage.in_front and phone.stage.open_chat == chat.chat_id
    page = phone.stage.page
    if watched and page is not None and page.offset > 0:
        page.offset += height_of(phone.look, view_of(phone.scene), len(chat.messages) - 1)
    if own:
        chat.unread, chat.mentions_me = 0, False
    elif not watched:
        chat.unread += 1
        chat.mentions_me = chat.mentions_me or calls_owner(world, chat, content)
        if not chat.muted and not phone.stage.in_front and not phone.stage.logged_out:
            _notify(phone, chat, message)
    phone.redraw()
    return message


def recall(phone: "Phone", message_id: str) -> Message:
    """The author takes a message back; a live notification of its chat says so. Raises Refusal."""
    message = phone.world.recall(message_id)
    chat = phone.world.chats[message.chat_id]
    phone.stage.forget(message_id)
    if phone.notifications.has(chat.chat_id) and chat.messages[-1] is message:
        _notify(phone, chat, message)
    phone.redraw()
    return message


def _notify(phone: "Phone", chat: Chat, message: Message) -> None:
    now, who = phone.clock.seconds(), chat.shown_title
    if chat.kind == "group":
        who = phone.world.shown_member(chat, message.sender)
    phone.notifications.post(chat, message, phone.lang, now, who=who)


def calls_owner(world: World, chat: Chat, content: dict[str, Any]) -> bool:
    """Whether a group message calls the owner or everyone with @: by what it says it mentions, or
    by a name and the space that WeChat puts behind it.
    """
    if chat.kind != "group" or content["kind"] != "text":
        return False
    names = [name for name in (world.owner, chat.my_nickname, *EVERYONE) if name]
    if any(name in names for name in content.get("mentions") or ()):
        return True
    called = "|".join(re.escape(name) for name in names)
    return re.search(rf"@({called})(\u2005|\s|$)", str(content["text"])) is not None

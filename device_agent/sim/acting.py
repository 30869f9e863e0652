"""Does what a script's step says: people write, take back, rename, join; faults are armed."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from device_agent.sim.arming import arm
from device_agent.sim.chat import Chat, Message, checked_property
from device_agent.sim.device import Device
from device_agent.sim.failure import Refusal
from device_agent.sim.faults import KNOBS, Faults
from device_agent.sim.group_life import patch
from device_agent.sim.peopling import speaker
from device_agent.sim.script_parts import DeedPart

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone

_SAYINGS = (
    "在吗",
    "好的",
    "收到",
    "稍等，我看一下",
    "这个什么时候能好？",
    "发你了",
    "哈哈哈",
    "明天再说吧",
    "可以的",
    "辛苦了",
    "👍",
    "文件打不开，麻烦再发一次",
)


@dataclass(slots=True)
class Deed:
    """One thing to do; `chat_ids` are those of the chats it names, in their order."""

    verb: str
    what: Any
    chat_ids: list[str]


@dataclass(slots=True)
class Occasion:
    """Where a deed is done: the phone, when it was due (epoch seconds), messages by script ids."""

    phone: "Phone"
    due: float
    messages: dict[str, str]
    chance: random.Random


def named_chats(deed: DeedPart) -> list[str]:
    """The chats that a deed names."""
    what = deed.what
    if deed.verb == "burst":
        return list(what.chats)
    named = what.get("chat") if deed.verb == "patch" else getattr(what, "chat", None)
    if deed.verb == "patch" and not isinstance(named, str):
        raise Refusal(422, "`patch` needs the `chat` that it changes")
    return [named] if named else []


def check(deed: DeedPart) -> None:
    """Whether what a deed asks of other parts can be at all. Raises Refusal."""
    if deed.verb == "fault":
        Faults(KNOBS).arm(deed.what)
    elif deed.verb == "device":
        Device().patch(deed.what)
    elif deed.verb == "patch":
        for name, value in deed.what.items():
            if name not in ("chat", "by"):
                checked_property(name, value)


def act(occasion: Occasion, deed: Deed) -> None:
    """Do it. Raises Refusal where the world does not allow it any more."""
    phone = occasion.phone
    chats = [phone.world.chat(one) for one in deed.chat_ids]
    _ACTS[deed.verb](occasion, deed.what, chats)
    phone.redraw()


def _receive(occasion: Occasion, what: Any, chats: list[Chat]) -> None:
    said, chat, phone = what.message, chats[0], occasion.phone
    quote = None if said.quote is None else _message_id(occasion, said.quote)
    sender = speaker(phone.world, chat, said.sender, said.content["kind"])
    if said.failed and sender != phone.world.owner:
        raise Refusal(422, "only a message from `me` can have failed")
    at = _moment(chat, occasion.due)
    content = dict(said.content)
    if content["kind"] == "system":
        message = phone.world.append(chat, sender, content, quote=quote, at=at)
    else:
        message = phone.receive(chat, sender, content, quote, failed=said.failed, at=at)
    if said.id is not None:
        occasion.messages[said.id] = message.message_id


def _moment(chat: Chat, due: float) -> float:
    return max(due, chat.messages[-1].at) if chat.messages else due


def _message_id(occasion: Occasion, words: str) -> str:
    return occasion.messages.get(words, words)


def _recall(occasion: Occasion, what: Any, chats: list[Chat]) -> None:
    found = last_of_others(chats[0]).message_id if chats else _message_id(occasion, what.id)
    occasion.phone.recall(found)


def last_of_others(chat: Chat) -> Message:
    """The last message that others wrote and have not taken back. Raises Refusal 409."""
    for message in reversed(chat.messages):
        if not message.own and message.kind not in {"system", "recalled"}:
            return message
    raise Refusal(409, f"nobody wrote anything in `{chat.shown_title}` that could be recalled")


def _patch(occasion: Occasion, what: Any, chats: list[Chat]) -> None:
    changes = {name: value for name, value in what.items() if name != "chat"}
    _change(occasion, chats[0], changes)


def _change(occasion: Occasion, chat: Chat, changes: dict[str, Any]) -> None:
    patch(occasion.phone.world, chat.chat_id, changes, occasion.phone.lang)


def _rename(occasion: Occasion, what: Any, chats: list[Chat]) -> None:
    by = {"by": what.by} if what.by is not None else {}
    _change(occasion, chats[0], {"chat": what.to} | by)


def _join(occasion: Occasion, what: Any, chats: list[Chat]) -> None:
    fresh = [name for name in what.who if name not in chats[0].members]
    by = what.by or occasion.phone.world.owner
    _change(occasion, chats[0], {"members": [*chats[0].members, *fresh], "by": by})


def _leave(occasion: Occasion, what: Any, chats: list[Chat]) -> None:
    for name in what.who:
        staying = [one for one in chats[0].members if one != name]
        _change(occasion, chats[0], {"members": staying, "by": what.by or name})


def _draft(occasion: Occasion, what: Any, chats: list[Chat]) -> None:
    occasion.phone.write_field(chats[0], what.text)


def _fault(occasion: Occasion, what: Any, chats: list[Chat]) -> None:
    arm(occasion.phone, what)


def _device(occasion: Occasion, what: Any, chats: list[Chat]) -> None:
    occasion.phone.device.patch(what)
    occasion.phone.keep_settings()


def _chatter(occasion: Occasion, what: Any, chats: list[Chat]) -> None:
    """One text of a burst."""
    world = occasion.phone.world
    chat = occasion.chance.choice(chats or world.listing() or [world.add_chat("新朋友")])
    sender = occasion.chance.choice(chat.members or [chat.title])
    content = {"kind": "text", "text": occasion.chance.choice(_SAYINGS)}
    occasion.phone.receive(chat, sender, content, at=_moment(chat, occasion.due))


_ACTS: dict[str, Callable[[Occasion, Any, list[Chat]], None]] = {
    "receive": _receive,
    "recall": _recall,
    "patch": _patch,
    "rename": _rename,
    "join": _join,
    "leave": _leave,
    "draft": _draft,
    "fault": _fault,
    "device": _device,
    "chatter": _chatter,
}
"""By verb; `advance` and `burst` change the script itself and are its own."""

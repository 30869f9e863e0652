"""Turns the steps that a file or a request gives into a phone's script, checked by its world."""

from collections.abc import Callable, Iterable

from device_agent.sim.acting import Deed, check, named_chats
from device_agent.sim.failure import Refusal
from device_agent.sim.peopling import Misfit
from device_agent.sim.script import Step
from device_agent.sim.script_parts import DeedPart, StepPart
from device_agent.sim.world import Chat
from device_agent.sim.yaml_places import Path

ChatOf = Callable[[str, Path], Chat]
"""Finds the chat that a text means. Raises Misfit."""


def cast(
    parts: list[StepPart], chat_of: ChatOf, known: Iterable[str], start: float, path: Path
) -> list[Step]:
    """The steps, due from `start` on (epoch seconds); `known` are the ids of messages so far.

    Raises Misfit naming the path of a chat or a message that is not there, or of what cannot be.
    """
    ids = set(known)
    steps = []
    for number, part in enumerate(parts):
        place = (*path, number)
        when_chat = None
        if part.when is not None and part.when.chat is not None:
            when_chat = chat_of(part.when.chat, (*place, "when", "chat")).chat_id
        deeds = [
            _deed(deed, chat_of, ids, (*place, "do", index)) for index, deed in enumerate(part.do)
        ]
        due = None if part.at is None else start + part.at
        steps.append(Step(due, part.when, when_chat, deeds))
    return steps


def _deed(deed: DeedPart, chat_of: ChatOf, ids: set[str], path: Path) -> Deed:
    place = (*path, deed.verb)
    try:
        check(deed)
        names = named_chats(deed)
    except Refusal as refusal:
        raise Misfit(place, refusal.detail) from refusal
    key = "chats" if deed.verb == "burst" else "chat"
    chats = [chat_of(name, (*place, key)) for name in names]
    if deed.verb in {"join", "leave"} and chats[0].kind != "group":
        raise Misfit((*place, "chat"), f"`{names[0]}` is no group")
    _know_messages(deed, ids, place)
    return Deed(deed.verb, deed.what, [chat.chat_id for chat in chats])


def _know_messages(deed: DeedPart, ids: set[str], place: Path) -> None:
    if deed.verb == "recall":
        wanted, key = deed.what.id, "id"
    elif deed.verb == "receive":
        wanted, key = deed.what.message.quote, "quote"
        if deed.what.message.id is not None:
            ids.add(deed.what.message.id)
    else:
        return
    if wanted is not None and wanted not in ids:
        raise Misfit((*place, key), f"no message above has the id `{wanted}`")

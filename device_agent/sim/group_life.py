"""What a group tells its members when its name or its members change."""

from typing import Any

from device_agent.sim.failure import Refusal
from device_agent.sim.world import Chat, World

_LINES = {
    "zh": {
        "renamed": "{by}修改群名为“{title}”",
        "joined": "{by}邀请{who}加入了群聊",
        "left": "{who}退出了群聊",
        "removed": "{by}将{who}移出了群聊",
        "me": "你",
        "and": "、",
    },
    "en": {
        "renamed": '{by} changed the group name to "{title}"',
        "joined": "{by} invited {who} to the group chat",
        "left": "{who} left the group chat",
        "removed": "{by} removed {who} from the group chat",
        "me": "You",
        "and": ", ",
    },
}


def patch(world: World, chat_id: str, changes: dict[str, Any], lang: str) -> Chat:
    """Change a chat's properties; in a group, `by` names who did it, and a line says so.

    Members that are gone were removed by `by`, or left themselves if that is they. Raises Refusal.
    """
    wanted = dict(changes)
    by = wanted.pop("by", None)
    if by is None:
        return world.patch_chat(chat_id, wanted)
    chat = world.chat(chat_id)
    if not isinstance(by, str) or not by:
        raise Refusal(422, "`by` must be a name")
    if chat.kind != "group":
        raise Refusal(422, "`by` is known for groups alone")
    title, members, words = chat.title, list(chat.members), _LINES[lang]
    world.patch_chat(chat_id, wanted)
    if chat.title != title:
        chat.unnamed = False
        _say(world, chat, words, "renamed", by=by)
    joined = [name for name in chat.members if name not in members]
    gone = [name for name in members if name not in chat.members]
    if joined:
        _say(world, chat, words, "joined", by=by, who=joined)
    if gone:
        _say(world, chat, words, "left" if gone == [by] else "removed", by=by, who=gone)
    return chat


def _say(world: World, chat: Chat, words: dict[str, str], line: str, **names: Any) -> None:

    def called(name: str) -> str:
        return words["me"] if name in ("me", world.owner) else f'"{world.shown_member(chat, name)}"'

    who = words["and"].join(called(name) for name in names.get("who", ()))
    text = words[line].format(by=called(names["by"]), who=who, title=chat.title)
    world.append(chat, "", {"kind": "system", "text": text})

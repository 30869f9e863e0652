"""Peoples an empty world with the contacts, groups and histories of a world file."""

from datetime import datetime

from pydantic import BaseModel

from device_agent.sim.dating import dated, undated
from device_agent.sim.failure import Refusal
from device_agent.sim.world import Chat, World
from device_agent.sim.world_document import WorldFile
from device_agent.sim.world_parts import ME, SYSTEM, ChatPart, MessagePart
from device_agent.sim.yaml_places import Path

_QUIET_DAYS = 30 * 86_400.0
_AS_IT_STANDS = ("unread", "draft", "pinned", "muted", "mentions_me")


class Misfit(Exception):
    """Something in a description that cannot be; `path` says where it stands."""

    def __init__(self, path: Path, wrong: str) -> None:
        super().__init__(wrong)
        self.path, self.wrong = path, wrong


def start_of(file: WorldFile) -> float | None:
    """What the phone's clock shows first, in epoch seconds. Raises Misfit."""
    text = file.clock.start
    if text is None:
        return None
    path = ("clock", "start")
    try:
        start = datetime.fromisoformat(text)
    except ValueError as cause:
        raise Misfit(path, "must be a date and time, as 2026-11-25T09:30:00+08:00") from cause
    if start.tzinfo is None:
        raise Misfit(path, f"needs a zone, as {text}+08:00")
    return start.timestamp()


class Peopling:
    """What a file's names mean in the world that it fills: `messages` are ids by the file's own."""

    def __init__(self, world: World, now: float) -> None:
        self._world, self._now = world, now
        self._chats: dict[str, Chat] = {}
        self._filled: set[str] = set()
        self.messages: dict[str, str] = {}

    def fill(self, file: WorldFile) -> None:
        """Put all people and histories into the empty world. Raises Misfit."""
        self._add_people(file)
        for number, part in enumerate(file.chats):
            self._fill_chat(part, ("chats", number))

    def _add_people(self, file: WorldFile) -> None:
        for section in ("contacts", "groups", "officials"):
            for number, part in enumerate(getattr(file, section)):
                self._add(section, part, (section, number))

    def _add(self, section: str, part: BaseModel, path: Path) -> None:
        options = part.model_dump(exclude={"id", "name"}, exclude_defaults=True)
        key, name = getattr(part, "id", None), getattr(part, "name", None)
        if section == "groups" and name is None:
            name, options["unnamed"] = "群聊", True
        if section == "officials":
            options["official"] = True
        kind = "group" if section == "groups" else "private"
        if key is not None and key in self._chats:
            raise Misfit((*path, "id"), f"another one has the id `{key}` already")
        try:
            chat = self._world.add_chat(str(name), kind, **options, listed=False)
        except Refusal as refusal:
            raise Misfit(path, refusal.detail) from refusal
        chat.created_at = self._now - _QUIET_DAYS
        if key is not None:
            self._chats[key] = chat

    def chat(self, words: str, path: Path) -> Chat:
        """The chat with this id, title or remark. Raises Misfit."""
        if words in self._chats:
            return self._chats[words]
        found = [
            chat
            for chat in self._world.chats.values()
            if words in (chat.title, chat.remark, chat.shown_title)
        ]
        if len(found) == 1:
            return found[0]
        if not found:
            raise Misfit(path, f"there is no contact, group or official account `{words}`")
        raise Misfit(path, f"{len(found)} are called `{words}`; give them an `id` and use it")

    def _fill_chat(self, part: ChatPart, path: Path) -> None:
        chat = self.chat(part.chat, (*path, "chat"))
        if chat.chat_id in self._filled:
            raise Misfit((*path, "chat"), f"`{part.chat}` has its history further up already")
        self._filled.add(chat.chat_id)
        chat.listed = True
        at: float | None = None
        for number, message in enumerate(part.messages):
            at = self._say(chat, message, at, (*path, "messages", number))
        for name in _AS_IT_STANDS:
            setattr(chat, name, getattr(part, name))
        # WeChat folds muted groups alone.
        chat.muted = chat.muted or chat.folded

    def _say(self, chat: Chat, part: MessagePart, before: float | None, path: Path) -> float:
        at = self._moment(part, before, path)
        try:
            sender = speaker(self._world, chat, part.sender, part.content["kind"])
        except Refusal as refusal:
            raise Misfit(path, refusal.detail) from refusal
        own = sender == self._world.owner
        if part.failed and not own:
            raise Misfit((*path, "failed"), "only a message from `me` can have failed")
        if part.id is not None and part.id in self.messages:
            raise Misfit((*path, "id"), f"another message has the id `{part.id}` already")
        quote = None
        if part.quote is not None:
            quote = self.messages.get(part.quote)
            if quote is None:
                raise Misfit((*path, "quote"), f"no message above has the id `{part.quote}`")
        try:
            message = self._world.append(
                chat, sender, dict(part.content), own=own, quote=quote, failed=part.failed, at=at
            )
        except Refusal as refusal:
            field = refusal.extra.get("field")
            raise Misfit((*path, field) if field else path, refusal.detail) from refusal
        if part.id is not None:
            self.messages[part.id] = message.message_id
        return at

    def _moment(self, part: MessagePart, before: float | None, path: Path) -> float:
        if part.at is None:
            return undated(self._now, before)
        try:
            return dated(part.at, self._now, before)
        except ValueError as cause:
            raise Misfit((*path, "at"), str(cause)) from cause


def speaker(world: World, chat: Chat, sender: str | None, kind: str) -> str:
    """Who a message is from by what the file says. Raises Refusal where that one cannot write."""
    if kind == "system":
        return ""
    if sender in ME or sender == world.owner:
        return world.owner
    if chat.kind == "group":
        if sender is None or sender in SYSTEM:
            raise Refusal(422, "in a group, say who writes: `NAME: TEXT`, or `from: NAME`")
        return sender
    if sender not in (None, chat.title, chat.remark):
        said = f"here only `{chat.title}`, `me` and `system` write, not `{sender}`"
        raise Refusal(422, said)
    return chat.title

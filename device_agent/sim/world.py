"""What exists in the simulated WeChat account: chats, their messages, unread counts and drafts."""

import math
import random
from collections.abc import Callable
from typing import Any

from device_agent.sim.chat import (
    CHAT_FIELDS,
    PATCHABLE,
    Chat,
    Message,
    checked_property,
    message_record,
)
from device_agent.sim.clock import rfc3339
from device_agent.sim.content import checked
from device_agent.sim.failure import Refusal

OWNER = "鸿雁"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
CHAT_KINDS = ("private", "group")


class World:
    """Every chat of the account; changes are collected in `touched_*` until they are kept."""

    def __init__(self, seconds: Callable[[], float], seed: int, owner: str = OWNER):
        self._seconds = seconds
        self._seed = seed
        self._born_owner = self.owner = owner
        self.chats: dict[str, Chat] = {}
        self.messages: dict[str, Message] = {}
        self.revision = 0
        self.touched_chats: dict[str, Chat] = {}
        self.touched_messages: dict[str, Message] = {}
        self._count = 0
        # By name, as of a revision: groups ask for each of their people.
        self._friends: tuple[int, dict[str, Chat]] = (-1, {})

    def touch(self, chat: Chat) -> None:
        """Note that a chat changed."""
        self.revision += 1
        self.touched_chats[chat.chat_id] = chat

    def load(self, chats: list[Chat], messages: list[Message], count: int) -> None:
        """Take a kept world; messages come in the order they were made."""
        owner = self.owner
        self.clear()
        self._count, self.owner = count, owner
        for chat in chats:
            self.chats[chat.chat_id] = chat
        for message in messages:
            if message.deleted:
                continue
            self.chats[message.chat_id].messages.append(message)
            self.messages[message.message_id] = message

    def clear(self) -> None:
        """Forget everything; the owner is again who it was at first."""
        self.owner = self._born_owner
        self.chats.clear()
        self.messages.clear()
        self.touched_chats.clear()
        self.touched_messages.clear()
        self._count = 0
        self.revision += 1

    @property
    def count(self) -> int:
        """How many chats and messages were ever made; ids come from it."""
        return self._count

    def next_number(self) -> int:
        """A number never given before in this world."""
        self._count += 1
        return self._count

    def ordered(self) -> list[Chat]:
        """All chats: pinned first, then the latest."""
        return sorted(self.chats.values(), key=_place, reverse=True)

    def listing(self) -> list[Chat]:
        """The chats that stand in the conversation list itself, pinned first, then the latest."""
        return [chat for chat in self.ordered() if chat.listed and not chat.folded]

    def folded_chats(self) -> list[Chat]:
        """The chats below the list's row 折叠的聊天, the latest first."""
        return [chat for chat in self.ordered() if chat.listed and chat.folded]

    def contacts(self) -> list[Chat]:
        """All friends, in the order of their making."""
        return [one for one in self.chats.values() if one.kind == "private" and not one.official]

    def officials(self) -> list[Chat]:
        """The official accounts that the owner follows."""
        return [chat for chat in self.chats.values() if chat.official]

    def groups(self) -> list[Chat]:
        """All groups, saved or not."""
        return [chat for chat in self.chats.values() if chat.kind == "group"]

    def friend(self, name: str) -> Chat | None:
        """The friend who calls himself so; the first where several do."""
        revision, friends = self._friends
        if revision != self.revision:
            friends = {chat.title: chat for chat in reversed(self.contacts())}
            self._friends = self.revision, friends
        return friends.get(name)

    def shown_member(self, chat: Chat, name: str) -> str:
        """What a group shows for a member: a friend's remark, else the nickname, else the name."""
        friend = self.friend(name)
        remark = friend.remark if friend is not None else ""
        return remark or chat.nicknames.get(name) or name

    def add_chat(self, title: str, kind: str = "private", **options: Any) -> Chat:
        """Make a chat; titles may repeat. Raises Refusal on a bad title, kind or option."""
        checked_property("chat", title)
        if kind not in CHAT_KINDS:
            raise Refusal(422, f"`kind` must be one of {', '.join(CHAT_KINDS)}")
        number = self.next_number()
        chance = random.Random(f"{self._seed}/{number}")
        word = "".join(chance.choice(_ALPHABET) for _ in range(14))
        name = f"{number}{chance.randrange(10**9)}@chatroom" if kind == "group" else f"wxid_{word}"
        if options.get("official"):
            name = f"gh_{word}"
        chat = Chat(f"c{number}", title, kind, name, self._seconds())
        self._apply(chat, options)
        self.chats[chat.chat_id] = chat
        self.touch(chat)
        return chat

    def patch_chat(self, chat_id: str, changes: dict[str, Any]) -> Chat:
        """Change a chat's properties. Raises Refusal when it or a property is unknown."""
        chat = self.chat(chat_id)
        was_member = not chat.removed_me
        self._apply(chat, changes)
        self.touch(chat)
        if chat.removed_me and was_member and chat.kind == "group":
            self.append(chat, "", {"kind": "system", "text": "你已被移出群聊"})
        return chat

    def _apply(self, chat: Chat, changes: dict[str, Any]) -> None:
        # All are checked before the first is set.
        checked_changes = {name: checked_property(name, value) for name, value in changes.items()}
        for name, value in checked_changes.items():
            setattr(chat, "title" if name == "chat" else name, value)

    def chat(self, chat_id: str) -> Chat:
        """The chat with this id. Raises Refusal 404."""
        try:
            return self.chats[chat_id]
        except KeyError:
            raise Refusal(404, f"no chat with the id `{chat_id}`") from None

    def titled(self, title: str) -> list[Chat]:
        """Chats whose title or remark is exactly this."""
        return [chat for chat in self.chats.values() if title in (chat.title, chat.remark)]

    def resolve(self, title: str | None, chat_id: str | None) -> Chat:
        """The chat that a request means; a missing private one is made. Raises Refusal."""
        if chat_id is not None:
            return self.chat(chat_id)
        if title is None:
            raise Refusal(422, "say which chat: `chat` (its title) or `chat_id`")
        found = self.titled(title)
        if len(found) > 1:
            raise Refusal(
                409,
                f"{len(found)} chats are called `{title}`; use `chat_id`",
                candidates=[{"chat_id": one.chat_id, "kind": one.kind} for one in found],
            )
        return found[0] if found else self.add_chat(title)

    def append(
        self,
        chat: Chat,
        sender: str,
        content: dict[str, Any],
        *,
        own: bool = False,
        quote: str | None = None,
        failed: bool = False,
        at: float | None = None,
    ) -> Message:
        """Add a row at the end of a chat, written now or `at` (epoch seconds).

        Raises Refusal on bad content, an unknown quote, or a time before the chat's last message
        or after now.
        """
        self.check_quote(quote)
        at = self._moment(chat, at)
        message = Message(
            f"m{self.next_number()}", chat.chat_id, sender, own, checked(content), at, quote, failed
        )
        chat.messages.append(message)
        chat.listed = True
        self.messages[message.message_id] = message
        self.touched_messages[message.message_id] = message
        self.touch(chat)
        return message

    def _moment(self, chat: Chat, at: float | None) -> float:
        now = self._seconds()
        last = chat.messages[-1].at if chat.messages else -math.inf
        if at is None:
            return max(now, last)
        if at > now:
            raise Refusal(422, f"`at` is later than the phone's clock, {rfc3339(now)}", field="at")
        if at < last:
            said = f"`at` is before the last message of `{chat.shown_title}`, {rfc3339(last)}"
            raise Refusal(422, said, field="at")
        return at

    def check_quote(self, quote: str | None) -> None:
        """Raises Refusal 404 if a quoted message does not exist."""
        if quote is not None and quote not in self.messages:
            raise Refusal(404, f"no message with the id `{quote}` to quote")

    def delete(self, message_id: str) -> None:
        """Take a message out of this phone's history."""
        message = self.messages.pop(message_id, None)
        if message is None:
            return
        chat = self.chats[message.chat_id]
        chat.messages.remove(message)
        message.deleted = True
        self.touched_messages[message_id] = message
        self.touch(chat)

    def recall(self, message_id: str) -> Message:
        """The author takes a message back; its row becomes the system line. Raises Refusal."""
        message = self.messages.get(message_id)
        if message is None:
            raise Refusal(404, f"no message with the id `{message_id}`")
        if message.kind in {"recalled", "system"}:
            raise Refusal(
                409, f"message `{message_id}` is a {message.kind} line; nothing to recall"
            )
        message.content = {"kind": "recalled"}
        message.quote = None
        self.touched_messages[message_id] = message
        self.touch(self.chats[message.chat_id])
        return message


def _place(chat: Chat) -> tuple[bool, float, int]:
    """Pinned, then the time, then, within one instant, the order of making."""
    last = chat.messages[-1].message_id if chat.messages else chat.chat_id
    return chat.pinned, chat.last_at, int(last[1:])


__all__ = [
    "CHAT_FIELDS",
    "CHAT_KINDS",
    "OWNER",
    "PATCHABLE",
    "Chat",
    "Message",
    "World",
    "message_record",
]

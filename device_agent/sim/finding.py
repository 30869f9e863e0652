"""What WeChat's search finds for some words: people, groups, messages and official accounts."""

from dataclasses import dataclass

from device_agent.sim.content import label
from device_agent.sim.pinyin import sounds_like
from device_agent.sim.world import Chat, Message, World

SECTIONS = ("people", "groups", "history", "officials")
_WITHOUT_WORDS = frozenset({"system", "recalled"})


@dataclass(frozen=True, slots=True)
class Found:
    """A result; `why` names what matched where the title does not show it, `detail` says it.

    For the history section, `hits` are the chat's messages that match, the latest first.
    """

    chat: Chat
    why: str = ""
    detail: str = ""
    hits: tuple[Message, ...] = ()


def find(world: World, words: str) -> dict[str, list[Found]]:
    """All results by section, each in the order shown; nothing for words that are only spaces."""
    wanted = words.strip().casefold()
    if not wanted:
        return {section: [] for section in SECTIONS}
    return {
        "people": _people(world, wanted),
        "groups": _groups(world, wanted),
        "history": _history(world, wanted),
        "officials": _officials(world, wanted),
    }


def matches(name: str, wanted: str) -> bool:
    """Whether a name holds the words, or sounds like them."""
    return wanted in name.casefold() or sounds_like(name, wanted)


def messages_with(chat: Chat, words: str) -> list[Message]:
    """The messages of a chat that hold the words, the latest first."""
    wanted = words.strip().casefold()
    if not wanted:
        return []
    return [one for one in reversed(chat.messages) if wanted in words_of(one).casefold()]


def words_of(message: Message) -> str:
    """What the search knows of a message: its text, or the title of its card."""
    if message.kind in _WITHOUT_WORDS:
        return ""
    return str(message.content.get("text") or label(message.content))


def _whole(chat: Chat, wanted: str) -> int:
    """Names that are just the words come before those that hold them."""
    return -1 if chat.shown_title.casefold() == wanted else 0


def _people(world: World, wanted: str) -> list[Found]:
    ranked: list[tuple[int, float, Found]] = []
    for chat in world.contacts():
        if matches(chat.shown_title, wanted):
            ranked.append((_whole(chat, wanted), -chat.last_at, Found(chat)))
        elif matches(chat.title, wanted):
            ranked.append((1, -chat.last_at, Found(chat, "nickname", chat.title)))
        elif chat.wechat_id.casefold().startswith(wanted):
            ranked.append((2, -chat.last_at, Found(chat, "wechat_id", chat.wechat_id)))
    return [found for *_, found in sorted(ranked, key=lambda one: one[:2])]


def _groups(world: World, wanted: str) -> list[Found]:
    ranked: list[tuple[int, float, Found]] = []
    for chat in world.groups():
        if chat.removed_me and not chat.listed:
            # Left for good.
            continue
        if matches(chat.shown_title, wanted):
            ranked.append((_whole(chat, wanted), -chat.last_at, Found(chat)))
        elif matches(chat.title, wanted) and not chat.unnamed:
            ranked.append((1, -chat.last_at, Found(chat, "group_name", chat.title)))
        else:
            member = _member(world, chat, wanted)
            if member:
                ranked.append((2, -chat.last_at, Found(chat, "includes", member)))
    return [found for *_, found in sorted(ranked, key=lambda one: one[:2])]


def _member(world: World, chat: Chat, wanted: str) -> str:
    for name in chat.members:
        shown = world.shown_member(chat, name)
        if matches(shown, wanted):
            return shown
        if matches(name, wanted):
            return f"{shown}({name})"
    return ""


def _history(world: World, wanted: str) -> list[Found]:
    found = []
    for chat in world.chats.values():
        hits = tuple(messages_with(chat, wanted))
        if hits:
            found.append(Found(chat, hits=hits))
    return sorted(found, key=lambda one: -one.hits[0].at)


def _officials(world: World, wanted: str) -> list[Found]:
    found = [Found(chat) for chat in world.officials() if matches(chat.title, wanted)]
    return sorted(found, key=lambda one: -one.chat.last_at)

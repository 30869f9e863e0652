"""A conversation of the simulated account and its messages, as plain data."""

from dataclasses import asdict, dataclass, field
from typing import Any

from device_agent.sim.failure import Refusal


@dataclass(slots=True)
class Message:
    """One row of a chat; `at` in epoch seconds, `content` as the control API takes it.

    An own one leaves at `pending_until`, in monotonic seconds; -1: its spinner turns for ever.
    `deleted` ones stand in no chat any more.
    """

    message_id: str
    chat_id: str
    sender: str
    own: bool
    content: dict[str, Any]
    at: float
    quote: str | None = None
    failed: bool = False
    pending_until: float = 0.0
    deleted: bool = False

    @property
    def kind(self) -> str:
        """The content's kind."""
        return str(self.content["kind"])


@dataclass(slots=True)
class Chat:
    """A conversation; `name` is WeChat's internal one (wxid_…, gh_… or …@chatroom).

    `listed`: it stands in the conversation list, or, if `folded`, below its row 折叠的聊天.
    `nicknames` are what members call themselves in this group; `saved` groups stand in the
    contacts; an `unnamed` group's title is made of its members. `owned`: this account manages the
    group; `typing`: the other side is;
    `deleted_me`: the friend is one no more; `bare_avatars`: avatars whose names are not loaded yet.
    """

    chat_id: str
    title: str
    kind: str
    name: str
    created_at: float
    members: list[str] = field(default_factory=list)
    remark: str = ""
    muted: bool = False
    pinned: bool = False
    removed_me: bool = False
    blocked_me: bool = False
    unread: int = 0
    draft: str = ""
    messages: list[Message] = field(default_factory=list)
    listed: bool = True
    folded: bool = False
    official: bool = False
    saved: bool = False
    unnamed: bool = False
    nicknames: dict[str, str] = field(default_factory=dict)
    my_nickname: str = ""
    wechat_id: str = ""
    region: str = ""
    mentions_me: bool = False
    announcement: str = ""
    typing: bool = False
    owned: bool = False
    bare_avatars: bool = False
    deleted_me: bool = False

    @property
    def shown_title(self) -> str:
        """The name that WeChat shows: the remark, else the title or an unnamed group's members."""
        if self.unnamed and not self.remark:
            return "、".join(self.members) or self.title
        return self.remark or self.title

    @property
    def last_at(self) -> float:
        """When the chat last changed, in epoch seconds."""
        return self.messages[-1].at if self.messages else self.created_at

    def record(self) -> dict[str, Any]:
        """The chat without its messages, for keeping."""
        kept = {name: getattr(self, name) for name in CHAT_FIELDS}
        kept["members"], kept["nicknames"] = list(self.members), dict(self.nicknames)
        return kept


CHAT_FIELDS = tuple(name for name in Chat.__slots__ if name != "messages")
PATCHABLE: dict[str, type] = {
    "chat": str,
    "remark": str,
    "muted": bool,
    "pinned": bool,
    "members": list,
    "removed_me": bool,
    "blocked_me": bool,
    "listed": bool,
    "folded": bool,
    "official": bool,
    "saved": bool,
    "unnamed": bool,
    "nicknames": dict,
    "my_nickname": str,
    "wechat_id": str,
    "region": str,
    "mentions_me": bool,
    "announcement": str,
    "typing": bool,
    "owned": bool,
    "bare_avatars": bool,
    "deleted_me": bool,
    "draft": str,
    "unread": int,
}


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)


def _are_nicknames(value: Any) -> bool:
    return isinstance(value, dict) and _are_names([*value, *value.values()])


def checked_property(name: str, value: Any) -> Any:
    """A chat's property, if it is one and of its type. Raises Refusal 422."""
    wanted = PATCHABLE.get(name)
    if wanted is None:
        raise Refusal(422, f"unknown property `{name}`; known: {', '.join(PATCHABLE)}")
    if name == "chat" and not (isinstance(value, str) and value.strip()):
        raise Refusal(422, "`chat` must be a title: a text that is not empty")
    if name == "remark" and value is None:
        return ""
    if wanted is int and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise Refusal(422, f"`{name}` must be a whole number that is not negative")
    if not isinstance(value, wanted):
        raise Refusal(422, f"`{name}` must be of type {wanted.__name__}")
    if name == "members" and not _are_names(value):
        raise Refusal(422, "`members` must be a list of names")
    if name == "nicknames" and not _are_nicknames(value):
        raise Refusal(422, "`nicknames` must be an object of names")
    return value


def message_record(message: Message) -> dict[str, Any]:
    """A message as plain data, for keeping."""
    return asdict(message)

"""The parts of a world file: what each may say, and what is wrong with what it must not."""

from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from device_agent.sim.content import checked
from device_agent.sim.content_fields import FIELDS
from device_agent.sim.dating import split_time
from device_agent.sim.failure import Refusal
from device_agent.sim.yaml_places import Plain, typed

ME = frozenset({"me", "我"})
SYSTEM = frozenset({"system", "系统"})
_OWN_KEYS = ("from", "at", "id", "quote", "failed")


def wrong_at(key: str | None, wrong: str) -> PydanticCustomError:
    """An error of a validator about one key of what it looks at, or about all of it."""
    return PydanticCustomError("world", "{wrong}", {"wrong": wrong, "key": key})


class Part(BaseModel):
    """A mapping of the file; it refuses keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _know_keys(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in given:
            if key not in known:
                raise wrong_at(key, f"unknown key; known here: {', '.join(known)}")
        return given


def named(given: Any) -> Any:
    """A name alone stands for the mapping that has nothing but it."""
    return {"name": given} if isinstance(given, str) else given


Name = Annotated[str, Field(min_length=1, max_length=100)]
Free = Annotated[dict[str, Any], BeforeValidator(typed)]
"""A mapping that another part of the simulator checks."""


class ClockPart(Part):
    """What the phone's clock shows first, and how fast it runs."""

    start: str | None = None
    speed: Annotated[float, Field(ge=0, le=10_000)] | None = None


class ContactPart(Part):
    """A friend."""

    name: Name
    id: Name | None = None
    remark: str = ""
    wechat_id: str = ""
    region: str = ""
    blocked_me: bool = False
    deleted_me: bool = False


class GroupPart(Part):
    """A group; without a name it is called after its members."""

    name: Name | None = None
    id: Name | None = None
    remark: str = ""
    members: list[Name] = Field(default_factory=list)
    nicknames: dict[str, Name] = Field(default_factory=dict)
    my_nickname: str = ""
    saved: bool = False
    owned: bool = False
    folded: bool = False
    removed_me: bool = False
    announcement: str = ""

    @model_validator(mode="after")
    def _called_something(self) -> Self:
        if self.name is None and not self.members:
            raise wrong_at("name", "a group needs a name, or members to be called after")
        for name in self.nicknames:
            if name not in self.members:
                raise wrong_at("nicknames", f"`{name}` is not among the members")
        return self


class OfficialPart(Part):
    """An official account (公众号)."""

    name: Name
    id: Name | None = None


class MessagePart(Part):
    """One message of a history."""

    sender: str | None = Field(default=None, alias="from")
    at: str | None = None
    id: Name | None = None
    quote: str | None = None
    failed: bool = False
    content: dict[str, Any]


def message_parts(given: Any) -> Any:
    """The fields of a message by what a file says: `在吗`, `小王: 在吗`, or all spelt out."""
    if isinstance(given, str):
        return {"content": checked_content({"text": str(given)})}
    if not isinstance(given, dict):
        raise wrong_at(None, "a message is a text, `NAME: TEXT`, or a mapping")
    if len(given) == 1 and not is_spelt_out(given):
        [(words, text)] = given.items()
        at, sender = split_time(words)
        if not isinstance(text, str):
            raise wrong_at(words, "`NAME: TEXT` needs a text; spell others out with `from:`")
        kind = "system" if sender in SYSTEM else "text"
        content = checked_content({"kind": kind, "text": str(text)}, key=words)
        return {"from": sender, "at": at, "content": content}
    own = {key: given[key] for key in _OWN_KEYS if key in given}
    content = {key: value for key, value in given.items() if key not in own}
    return own | {"content": checked_content(content)}


def is_spelt_out(given: dict[str, Any]) -> bool:
    """Whether a message is spelt out by its fields, as against `NAME: TEXT`."""
    return any(key in _OWN_KEYS or key in {"kind", "text"} for key in given)


def checked_content(given: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """A content with the types that its kind wants. Raises an error of a validator."""
    kind = str(given.get("kind", "text"))
    fields = FIELDS.get(kind, {})
    content: dict[str, Any] = {"kind": kind}
    for name, value in given.items():
        if name == "kind":
            continue
        if fields and name not in fields:
            known = ", ".join((*_OWN_KEYS, "kind", *fields))
            raise wrong_at(name, f"unknown key; known for a {kind}: {known}")
        as_text = isinstance(value, Plain) and fields and fields[name][0](str(value))
        content[name] = str(value) if as_text else typed(value)
    try:
        return checked(content)
    except Refusal as refusal:
        raise wrong_at(key or refusal.extra.get("field"), refusal.detail) from refusal


class ChatPart(Part):
    """How a chat stands, and its history."""

    chat: str
    messages: list[Annotated[MessagePart, BeforeValidator(message_parts)]] = Field(
        default_factory=list
    )
    unread: Annotated[int, Field(ge=0, le=100_000)] = 0
    draft: str = ""
    pinned: bool = False
    muted: bool = False
    mentions_me: bool = False

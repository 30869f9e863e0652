"""What an instance may do beyond answering its own chat: its owner's grants, and asking by them.
Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, Self, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from schemas.event import Event
from schemas.failure import BadRequest, Denied

if TYPE_CHECKING:
    from plugins.roles import Roles

Capability = Literal["chats", "history", "http", "database", "llm", "schedule", "operate"]
"""To write to other chats; to read them; to ask HTTP hosts; to query databases; to spend tokens of
a language model; to set timers and schedules; to run Hongyan itself, as its owner does.
"""

CAPABILITIES: Final = get_args(Capability)
ANY: Final = "*"
_PORTS: Final = {"http": 80, "https": 443}


class LlmGrant(BaseModel):
    """How much of a language model; without a bound where none is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens_per_day: int | None = Field(default=None, ge=0, description="in and out, of all chats")
    cost_per_day: Decimal | None = Field(
        default=None, ge=0, description="by the prices of the setting `llm`, in their currency"
    )
    models: tuple[str, ...] = Field(default=(), description="empty: every model")


class Grants(BaseModel):
    """One `[NAME.grants]` of instances.toml. Nothing is granted that is not written there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chats: tuple[str, ...] = Field(
        default=(),
        description="chat ids on the event's own channel and account, or channel:account:chat; "
        "* stands for each part, and alone for every chat of the event's account",
    )
    history: tuple[str, ...] = Field(
        default=(), description="chats whose messages it may read, written as those above"
    )
    http: tuple[str, ...] = Field(
        default=(), description="hosts: api.example.com, *.example.com, localhost:8080, or *"
    )
    database: tuple[str, ...] = Field(default=(), description="names of databases, or *")
    llm: LlmGrant | None = Field(default=None, description="true: without a bound")
    schedule: bool = Field(default=False, description="timers and schedules")
    operate: bool = Field(
        default=False, description="see and decide what only the owner may, as the commands do"
    )

    @field_validator("llm", mode="before")
    @classmethod
    def _all_or_nothing(cls, value: Any) -> Any:
        """`llm = true` is a grant without a bound."""
        if isinstance(value, bool):
            return LlmGrant() if value else None
        return value

    @field_validator("http")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        """A URL here would hold no host at all, and its owner would wonder."""
        wrong = [host for host in hosts if "/" in host or not host]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no host: write it without https:// and path")
        return tuple(host.lower() for host in hosts)

    @classmethod
    def everything(cls) -> Self:
        """All there is: for a replay, which reaches nothing, and for tests."""
        every = (ANY,)
        return cls(
            chats=(f"{ANY}:{ANY}:{ANY}",),
            history=(f"{ANY}:{ANY}:{ANY}",),
            http=every,
            database=every,
            llm=LlmGrant(),
            schedule=True,
            operate=True,
        )

    @classmethod
    def of(cls, wanted: Iterable[str]) -> Self:
        """Just what a manifest wants: `http:api.example.com`, or `http` for every host."""
        granted: dict[str, Any] = {}
        every = cls.everything()
        for one in wanted:
            name, _, detail = one.partition(":")
            if isinstance(getattr(every, name), tuple):
                granted[name] = (*granted.get(name, ()), detail or ANY)
            elif name == "llm" and detail:
                models = granted.get(name, LlmGrant()).models
                granted[name] = LlmGrant(models=(*models, detail))
            else:
                granted[name] = getattr(every, name)
        return cls(**granted)

    def holds_chat(self, event: Event, channel: str, account: str, chat_id: str) -> bool:
        """Whether a run on this event may write there; to its own chat it always may."""
        return _among(self.chats, event, (channel, account, chat_id))

    def holds_host(self, url: str) -> bool:
        """Whether a URL's host is granted; a host without a port is granted at its usual one."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        usual = _PORTS.get(parts.scheme)
        return any(_fits(granted, host, port or usual, usual) for granted in self.http)

    def holds(self, wanted: str) -> bool:
        """Whether what a manifest wants is granted: `http:api.example.com`, or `http` for any."""
        name, _, detail = wanted.partition(":")
        granted = getattr(self, name)
        if not detail:
            return bool(granted) or isinstance(granted, LlmGrant)
        if name == "http":
            return self.holds_host(f"https://{detail}") or detail in granted or ANY in granted
        if isinstance(granted, LlmGrant):
            return not granted.models or detail in granted.models
        return isinstance(granted, tuple) and bool({detail, ANY} & set(granted))


NOTHING: Final = Grants()


@dataclass(frozen=True)
class Warrant:
    """An instance's grants, asked before each thing that needs one, and people's roles there.

    Every question raises Denied where it is not granted: what to write in instances.toml is said.
    """

    instance: str
    grants: Grants = NOTHING
    roles: "Roles | None" = None

    def may_send(self, event: Event, channel: str, account: str, chat_id: str) -> None:
        """Write to this chat.

        Raises:
            Denied: it is another than the event's own, and not granted.

        """
        if not self.grants.holds_chat(event, channel, account, chat_id):
            here = (event.channel, event.account) == (channel, account)
            where = chat_id if here else f"{channel}:{account}:{chat_id}"
            self._refuse("chats", where, f'chats = ["{where}"]')

    def may_read(self, event: Event, channel: str, account: str, chat_id: str) -> None:
        """Read what was said in this chat.

        Raises:
            Denied: it is another than the event's own, and not granted.

        """
        if not _among(self.grants.history, event, (channel, account, chat_id)):
            here = (event.channel, event.account) == (channel, account)
            where = chat_id if here else f"{channel}:{account}:{chat_id}"
            self._refuse("history", where, f'history = ["{where}"]')

    def may_ask(self, url: str) -> None:
        """Call the host of this URL.

        Raises:
            BadRequest: it names no host.
            Denied: the host is not granted.

        """
        if self.grants.holds_host(url):
            return
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host:
            raise BadRequest("no such URL: its host cannot be read")
        # No more of the URL is told: it may hold a secret.
        named = f"{host}:{port}" if port is not None else host
        self._refuse("http", named, f'http = ["{named}"]')

    def may_query(self, database: str) -> None:
        """Query this database.

        Raises:
            Denied: it is not granted.

        """
        if not {database, ANY} & set(self.grants.database):
            self._refuse("database", database, f'database = ["{database}"]')

    def may_think(self, model: str | None = None) -> LlmGrant:
        """Ask this language model; how much of it is granted.

        Raises:
            Denied: none is granted, or not this model.

        """
        grant = self.grants.llm
        if grant is None:
            self._refuse("llm", model or "any", "llm = { tokens_per_day = 100000 }")
        elif model is not None and grant.models and model not in grant.models:
            self._refuse("llm", model, f'llm = {{ models = ["{model}"] }}')
        return grant

    def may_schedule(self) -> None:
        """Set timers and schedules.

        Raises:
            Denied: it is not granted.

        """
        if not self.grants.schedule:
            self._refuse("schedule", "timers", "schedule = true")

    def may_operate(self) -> None:
        """See and decide what only the owner may.

        Raises:
            Denied: it is not granted.

        """
        if not self.grants.operate:
            self._refuse("operate", "this Hongyan", "operate = true")

    def _refuse(self, capability: Capability, target: str, line: str) -> NoReturn:
        raise Denied(
            f"{self.instance} may not use {target} ({capability}). Its owner may grant it in "
            f"instances.toml: [{self.instance}.grants] {line}",
            capability=capability,
            target=target,
        )


NO_WARRANT: Final = Warrant("it")


def _place(chat: str, here: tuple[str, str]) -> tuple[str, str, str]:
    parts = chat.split(":", 2)
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else (*here, chat)


def _among(chats: Iterable[str], event: Event, wanted: tuple[str, str, str]) -> bool:
    here = (event.channel, event.account)
    return wanted == (*here, event.chat_id) or any(
        all(part in {ANY, want} for part, want in zip(_place(chat, here), wanted, strict=True))
        for chat in chats
    )


def _fits(granted: str, host: str, port: int | None, usual: int | None) -> bool:
    if granted == ANY:
        return True
    named, _, number = granted.rpartition(":")
    if named and number.isascii() and number.isdigit() and not granted.endswith("]"):
        granted, wanted = named, int(number)
    else:
        wanted = usual or 0
    if port != wanted:
        return False
    granted = granted.removeprefix("[").removesuffix("]")
    if granted.startswith("*."):
        return host.endswith(granted[1:])
    return host == granted

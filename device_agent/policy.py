"""The pace file: budgets, quiet hours, what needs a person's word; read, checked, and by chat."""

import tomllib
from collections.abc import Mapping
from datetime import time, tzinfo
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from device_agent.quiet import DAYS, MINUTES_A_WEEK, Span, covered
from schemas.event import ChatKind
from schemas.failure import Permanent

DEFAULTS: Final = Path(__file__).with_name("pace.toml")
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class PolicyWrong(Permanent):
    """The pace file cannot be used; the sentence says where and why."""


class _Part(BaseModel):
    """A table of the file: a name it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Hand(_Part):
    """How fast one hand is."""

    gap_seconds: tuple[
        Annotated[float, Field(ge=0, le=3600)], Annotated[float, Field(ge=0, le=3600)]
    ]
    typing_per_second: float = Field(gt=0, le=1000)
    typing_most_seconds: float = Field(ge=0, le=600)

    @field_validator("gap_seconds")
    @classmethod
    def _in_order(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] > value[1]:
            raise ValueError("the first number is the least, the second the most")
        return value


class Budget(_Part):
    """Most bubbles in any 60 s, 3600 s and 86,400 s; None: no limit."""

    minute: Count | None = None
    hour: Count | None = None
    day: Count | None = None

    @property
    def windows(self) -> tuple[tuple[str, int, float], ...]:
        """Name, limit and length in seconds of each that is set."""
        return tuple(
            (name, limit, seconds)
            for name, limit, seconds in (
                ("minute", self.minute, 60.0),
                ("hour", self.hour, 3600.0),
                ("day", self.day, 86_400.0),
            )
            if limit is not None
        )


class Budgets(_Part):
    """Of the phone, of each chat, and of chats that nobody has written in."""

    device: Budget
    chat: Budget
    new_chats: Budget


class QuietHours(_Part):
    """A span of the day in which nothing is sent, over midnight if `to` is earlier than `from`."""

    begin: time = Field(alias="from")
    end: time = Field(alias="to")
    days: tuple[Day, ...] = DAYS

    @field_validator("begin", "end", mode="before")
    @classmethod
    def _clock(cls, value: object) -> object:
        return time.fromisoformat(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.begin == self.end:
            raise ValueError("`from` and `to` are the same: that is no span")
        return self

    @property
    def span(self) -> Span:
        """As minutes of a day."""
        first, last = (one.hour * 60 + one.minute for one in (self.begin, self.end))
        days = frozenset(DAYS.index(day) for day in self.days)
        return Span(first, (last - first) % (24 * 60), days)


class Approval(_Part):
    """What waits for a person's word."""

    new_chat: bool
    everybody: bool
    same_text_chats: int = Field(ge=0)
    same_text_minutes: float = Field(gt=0, le=1440)
    words: tuple[Annotated[str, Field(min_length=1)], ...]

    @field_validator("words")
    @classmethod
    def _folded(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word.casefold() for word in value)


class Loop(_Part):
    """What looks like a loop."""

    same_text: int = Field(ge=0)
    same_text_minutes: float = Field(gt=0, le=1440)
    volleys: int = Field(ge=0)
    volley_seconds: float = Field(gt=0, le=3600)


class Warnings(_Part):
    """What follows WeChat's own warnings."""

    growth: float = Field(ge=1, le=100)
    stop_after: int = Field(ge=1)


class ChatRule(_Part):
    """Terms of some chats' own; what is not said is as for all."""

    title: str = "*"
    kind: ChatKind | None = None
    quiet: tuple[QuietHours, ...] | None = None
    budgets: Budget | None = None
    approval: Approval | None = None
    loop: Loop | None = None

    def fits(self, title: str, kind: ChatKind) -> bool:
        """Whether it speaks of a chat."""
        pattern = self.title.replace("[", "[[]")  # titles hold brackets, and stand for themselves
        return self.kind in {None, kind} and fnmatchcase(title, pattern)


class Terms(_Part):
    """What holds for one chat."""

    budget: Budget
    quiet: tuple[Span, ...]
    approval: Approval
    loop: Loop


def _known(zone: str) -> str:
    if zone:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"no zone is called {zone!r}: Asia/Shanghai is one") from error
    return zone


class Policy(_Part):
    """The whole file. `terms` is what the governor asks for."""

    zone: Annotated[str, AfterValidator(_known)]
    hand: Hand
    budgets: Budgets
    quiet: tuple[QuietHours, ...]
    approval: Approval
    loop: Loop
    warnings: Warnings
    chats: tuple[ChatRule, ...] = ()

    @model_validator(mode="after")
    def _leaves_time(self) -> Self:
        for place, spans in (
            ("quiet", self.quiet),
            *((f"chats.{number}.quiet", rule.quiet) for number, rule in enumerate(self.chats)),
        ):
            if covered([one.span for one in spans or ()]) >= MINUTES_A_WEEK:
                raise ValueError(f"{place} leaves no minute of the week to send in")
        return self

    def zone_or(self, phones: tzinfo) -> tzinfo:
        """The zone named, else the phone's."""
        return ZoneInfo(self.zone) if self.zone else phones

    def terms(self, title: str, kind: ChatKind) -> Terms:
        """What holds for a chat: the first rule that fits, else what is said for all."""
        return _terms(self, title, kind)


@lru_cache(maxsize=4096)
def _found(policy: "_ById", title: str, kind: ChatKind) -> Terms:
    whole = policy.policy
    rule = next((one for one in whole.chats if one.fits(title, kind)), ChatRule())
    quiet = whole.quiet if rule.quiet is None else rule.quiet
    return Terms(
        budget=rule.budgets or whole.budgets.chat,
        quiet=tuple(one.span for one in quiet),
        approval=rule.approval or whole.approval,
        loop=rule.loop or whole.loop,
    )


class _ById:
    """A policy as a key of the cache: hashing a whole file takes longer than a decision."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __hash__(self) -> int:
        return id(self.policy)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.policy is self.policy


def _terms(policy: Policy, title: str, kind: ChatKind) -> Terms:
    return _found(_ById(policy), title, kind)


def load_policy(file: Path | None) -> Policy:
    """The policy of a file laid over the defaults; None: the defaults.

    Raises:
        PolicyWrong: it cannot be read, or a value is wrong.

    """
    defaults = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    if file is None:
        return Policy.model_validate(defaults)
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyWrong(f"the pace file {file} cannot be read: {error}") from error
    try:
        return Policy.model_validate(_with_terms(_over(defaults, told)))
    except ValidationError as error:
        raise PolicyWrong(f"the pace file {file} is wrong: {_sentences(error)}") from error


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are laid over each other, values and lists replace each other."""
    merged = dict(below)
    for name, value in above.items():
        known = merged.get(name)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        merged[name] = _over(known, value) if both else value  # type: ignore[arg-type]  # as asked
    return merged


def _with_terms(whole: dict[str, Any]) -> dict[str, Any]:
    """The rules of chats with what they leave unsaid of a table taken from the table for all."""
    rules = whole.get("chats", ())
    if not isinstance(rules, list):
        return whole
    below = {"approval": whole["approval"], "loop": whole["loop"]}
    below["budgets"] = (
        whole["budgets"].get("chat", {}) if isinstance(whole["budgets"], dict) else {}
    )
    return whole | {"chats": [_filled(rule, below) for rule in rules]}


def _filled(rule: Any, below: dict[str, Any]) -> Any:
    if not isinstance(rule, dict):
        return rule
    return {
        name: _over(below[name], value) if name in below and isinstance(value, dict) else value
        for name, value in rule.items()
    }


def _sentences(error: ValidationError) -> str:
    """Each mistake with its place, as the file names it."""
    told = []
    for one in error.errors(include_url=False, include_context=False):
        place = ".".join(str(part) for part in one["loc"])
        words = one["msg"].removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            words = "there is no such setting"
        told.append(f"{place}: {words}" if place else words)
    return "; ".join(told)

"""What a worker and a plugin's process tell each other, as pickles behind their length.

Both ends are ours and run the same plugin, so a pickle is no more trusted than the plugin is.
"""

import asyncio
import pickle
import struct
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from plugins.chat_state import ChatState
from plugins.context import Outside
from plugins.draft import Draft
from plugins.limits import USUAL, InstanceLimits
from plugins.loader import PRIVATE
from plugins.plugin import Plugin
from plugins.scheduling import Cancel as Unplan
from plugins.scheduling import Plan
from schemas.failure import Failure
from schemas.run import Call
from streams.afar import Afar
from streams.dead_letter import fingerprint

UNFIT: Final = (pickle.PicklingError, TypeError, AttributeError, ValueError, RecursionError)
"""What pickle raises over what cannot travel."""
LENGTH: Final = struct.Struct(">I")
SOURCE: Final = "sources."
"""How what the worker carries out begins, where it is one of `Sources`."""
ENDS_A_PART: Final = frozenset({"flush", "asked"})
"""What of a run's surroundings stores what was yielded so far."""


@dataclass(frozen=True)
class Raised:
    """An exception on its way: `classes` are its class and those above, by module and name."""

    classes: tuple[tuple[str, str], ...]
    args: tuple[Any, ...]
    fields: Mapping[str, Any]
    text: str
    stack: str
    fingerprint: str
    cause: "Raised | None" = None


@dataclass(frozen=True)
class Told:
    """What a run has heard since it last told: calls by their place in the journal."""

    calls: Mapping[int, Call]
    asked: int
    denied: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """What a run wants stored: all that it yielded and wrote since its last flush."""

    drafts: tuple[Draft, ...]
    state: Mapping[str, Any] | None
    touched: bool
    versions: Mapping[str, int]
    writes: Mapping[str, tuple[int, Any]]
    changes: tuple[Plan | Unplan, ...]
    made: int


@dataclass(frozen=True)
class Begin:
    """To the process: run these handlers, by their place in the plugin.

    `known` names all handlers, so that a folder that was changed is noticed. `slots` is what the
    context holds, `outside` what it reaches the world through, `carried` what of that the worker
    carries out.
    """

    number: int
    folder: Path
    instance: str
    known: tuple[str, ...]
    calls: tuple[tuple[int, tuple[Any, ...]], ...]
    config: Any
    slots: Mapping[str, Any]
    state: ChatState | None
    outside: Mapping[str, Any] | None
    carried: tuple[str, ...]
    limits: InstanceLimits = USUAL


@dataclass(frozen=True)
class Cancel:
    """To the process: the run's time is up, or the run is another worker's."""

    number: int


@dataclass(frozen=True)
class Asked:
    """To the worker: carry this out; `part` comes with what may end a part."""

    number: int
    name: str
    arguments: tuple[Any, ...]
    told: Told
    part: Part | None


@dataclass(frozen=True)
class Dropped:
    """To the worker: nobody waits for that any more."""

    number: int


@dataclass(frozen=True)
class Answered:
    """To the process; `state` where a part was stored or found stored."""

    number: int
    result: Any = None
    raised: Raised | None = None
    state: Mapping[str, Any] | None = None
    settled: bool = False


@dataclass(frozen=True)
class Back:
    """A function among the arguments: it runs in the process when the worker calls it."""

    number: int


@dataclass(frozen=True)
class CalledBack:
    """To the process: call it."""

    number: int


@dataclass(frozen=True)
class Returned:
    """To the worker: it was called; what it gave stays in the process."""

    number: int
    raised: Raised | None = None


@dataclass(frozen=True)
class Heard:
    """To the worker: something was answered; a killed run's next try is told it."""

    told: Told


@dataclass(frozen=True)
class Said:
    """To the worker: a line for the log."""

    level: str
    text: str


@dataclass(frozen=True)
class Ended:
    """To the worker: the run is over; `cancelled`: by somebody, not by what it did."""

    number: int
    told: Told = field(default_factory=lambda: Told({}, 0, ()))
    part: Part | None = None
    raised: Raised | None = None
    cancelled: bool = False
    suspended: bool = False


def anywhere(_url: str) -> None:
    """The worker asks by itself whether a redirect may lead there."""


def names(plugin: Plugin) -> tuple[str, ...]:
    """What tells one version of a plugin's handlers from another."""
    handlers = (handler.answers.__qualname__ for handler in plugin.handlers)
    return (plugin.manifest.version, *handlers)


def carried(outside: Outside) -> tuple[str, ...]:
    """What of it the worker carries out."""
    found = [f.name for f in fields(outside) if callable(getattr(outside, f.name))]
    return (*found, "read") if outside.shared.read is not None else tuple(found)


def plain(config: Any) -> Any:
    """An instance's set-up without the plugin's own class."""
    return config.model_dump(by_alias=True) if isinstance(config, BaseModel) else config


def written(frame: object) -> bytes:
    """A frame's bytes.

    Raises:
        Exception: one of `UNFIT`.

    """
    body = pickle.dumps(frame, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(body)) + body


def read(body: bytes) -> Any:
    """The frame of a body without its length."""
    return pickle.loads(body)  # noqa: S301  # see above: the same plugin's code runs on both ends


def packed(error: BaseException, depth: int = 4) -> Raised:
    """An exception for the way."""
    cause = error.__cause__
    kind = {"kind": error.kind} if isinstance(error, Failure) else {}
    return Raised(
        tuple((kind.__module__, kind.__qualname__) for kind in type(error).__mro__),
        tuple(value for value in error.args if _travels(value)),
        kind | {name: value for name, value in vars(error).items() if _travels(value)},
        _text(error),
        "".join(traceback.format_exception(error)),
        fingerprint(error),
        packed(cause, depth - 1) if cause is not None and cause is not error and depth else None,
    )


def unpacked(raised: Raised) -> BaseException:
    """The exception again, of the nearest class that is known here; its cause tells the stack."""
    kind = next(filter(None, map(_known, raised.classes)), Exception)
    whole = (kind.__module__, kind.__qualname__) == raised.classes[0]
    args = raised.args if whole else (raised.text,)
    try:
        made = kind.__new__(kind, *args)
    except TypeError:  # a class that is made in its own way
        made = Exception.__new__(Exception, raised.text)
    made.__dict__.update(raised.fields)
    made.__cause__ = afar(raised.cause or raised)
    return made


def afar(raised: Raised) -> Afar:
    """What is told of it here."""
    name = raised.classes[0][1].rpartition(".")[2]
    return Afar(name, raised.text, raised.stack, raised.fingerprint)


def _known(named: tuple[str, str]) -> type[BaseException] | None:
    module, name = named
    if module.startswith(PRIVATE):  # the same name is another module here
        return None
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def _travels(value: object) -> bool:
    """Whether the other side can make it again: what is of the plugin's own classes stays."""
    try:
        return PRIVATE.encode() not in pickle.dumps(value)
    except UNFIT:
        return False


def _text(error: BaseException) -> str:
    if isinstance(error, asyncio.CancelledError):
        return ""
    try:
        return str(error)
    except (TypeError, ValueError, AttributeError, KeyError, RuntimeError):
        return f"{type(error).__name__}, whose text cannot be made"

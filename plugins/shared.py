"""`ctx.shared`: values that all chats of a plugin instance see, written by compare-and-set."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from plugins.journal import SHARED, Journal, JournalMiss
from schemas.failure import Bug

MOST_BYTES: Final = 64 * 1024
MOST_NAME: Final = 200  # characters

Read = Callable[[str], Awaitable[tuple[int, Any]]]
"""A name's version (0: there is none yet) and value."""


@dataclass
class SharedDraft:
    """What one part of a run read and wants to write: by name, the version that it read and the new
    value. `read` None: a replay, which is told all it hears.
    """

    read: Read | None = None
    versions: dict[str, int] = field(default_factory=dict)
    writes: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def settle(self) -> None:
        """A part is stored: what was read before it guards nothing behind it."""
        self.versions.clear()
        self.writes.clear()


class Shared:
    """Values by name, for all chats of this instance.

    A write joins the commit of the run's part. If somebody wrote that name since this part read
    it, nothing is stored and the run begins again, told the new value.
    """

    def __init__(self, journal: Journal, draft: SharedDraft) -> None:
        """Made by the context."""
        self._journal = journal
        self._draft = draft

    async def get(self, name: str, default: Any = None) -> Any:
        """The value, or `default` where there is none; this run's own writes are seen."""
        if name in self._draft.writes:
            return deepcopy(self._draft.writes[name][1])
        version, value = await self._heard(name)
        return value if version else default

    async def put(self, name: str, value: Any) -> None:
        """Write it with this part of the run.

        Raises:
            Bug: a name over 200 characters, or a value over 64 KiB or that JSON cannot hold.

        """
        if len(name) > MOST_NAME:
            raise Bug(f"ctx.shared takes no name of {len(name)} characters")
        try:
            packed = orjson.dumps(value)
        except TypeError as error:
            raise Bug(f"ctx.shared cannot hold this value of {name!r}: {error}") from error
        if len(packed) > MOST_BYTES:
            raise Bug(f"ctx.shared holds {MOST_BYTES} bytes a name; {name!r} has {len(packed)}")
        draft = self._draft
        if name in draft.writes:
            version = draft.writes[name][0]
        elif name in draft.versions:
            version = draft.versions[name]
        else:
            version, _ = await self._heard(name)
        draft.writes[name] = version, orjson.loads(packed)

    async def update(self, name: str, change: Callable[[Any], Any], default: Any = None) -> Any:
        """Write what `change` makes of the value, and give that: a counter needs no more.

        Raises:
            Bug: as `put`.

        """
        changed = change(await self.get(name, default))
        await self.put(name, changed)
        return changed

    async def _heard(self, name: str) -> tuple[int, Any]:
        async def ask() -> dict[str, Any]:
            if self._draft.read is None:
                raise JournalMiss(f"the shared value {name!r} was never told")
            version, value = await self._draft.read(name)
            return {"version": version, "value": value}

        told = await self._journal.call(SHARED, name, ask)
        self._draft.versions[name] = told["version"]
        return told["version"], told["value"]

"""Finds the actions that have not ended well: waiting, held, unknown, and those that failed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    case,
    cast,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import meaning
from connectors.dead_letters.filter import Fields, parse_filter
from connectors.tables import ACTIONS, CHATS, RECEIPTS
from schemas.receipt import State

GIVEN_UP: Final = "given_up"
"""The receipts' reason of an unknown one that a person dropped."""
_OVER: Final = (State.SENT, State.FAILED, State.NOT_SENT, State.EXPIRED, State.CANCELLED)


@dataclass(frozen=True)
class OpenAction:
    """One action as it stands. `part` of a long text are proven sent; since `since`. One that waits
    is not sent before `not_before`, in RFC 3339.
    """

    action_id: str
    attempt: int
    part: int
    channel: str
    account: str
    chat_id: str
    chat: str
    text: str
    instance: str | None
    event_id: str | None
    state: State
    since: datetime
    reason: str | None
    detail: str | None
    screenshot: str | None
    not_before: str | None = None


_LAST = (
    select(RECEIPTS)
    .where(RECEIPTS.c.action_id == ACTIONS.c.action_id)
    .order_by(RECEIPTS.c.attempt.desc(), RECEIPTS.c.offset.desc(), RECEIPTS.c.at.desc())
    .limit(1)
    .lateral("last")
)
_BEHIND: Final = func.coalesce(_LAST.c.attempt, 0) < ACTIONS.c.attempt
"""Asked for anew, and no receipt yet."""
_SAID: Final = _LAST.c.body


def _told(name: str) -> Any:
    return case((_BEHIND, None), else_=_SAID[name].astext)


_FACTS: Final = (
    select(
        ACTIONS.c.action_id,
        func.greatest(ACTIONS.c.attempt, func.coalesce(_LAST.c.attempt, 1)).label("attempt"),
        func.coalesce(cast(_told("part"), Integer), 0).label("part"),
        ACTIONS.c.channel,
        ACTIONS.c.account,
        ACTIONS.c.chat_id,
        func.coalesce(CHATS.c.title, ACTIONS.c.chat_id).label("chat"),
        func.coalesce(
            ACTIONS.c.body["content"]["text"].astext, ACTIONS.c.body["content"]["kind"].astext, ""
        ).label("text"),
        ACTIONS.c.instance,
        ACTIONS.c.event_id,
        case((_BEHIND, State.QUEUED.value), else_=_LAST.c.state).label("state"),
        case((_BEHIND, ACTIONS.c.requested_at), else_=_LAST.c.at).label("since"),
        _told("reason").label("reason"),
        _told("detail").label("detail"),
        case((_BEHIND, None), else_=_SAID["screenshot"]["sha256"].astext).label("screenshot"),
        _told("not_before").label("not_before"),
        ACTIONS.c.requested_at,
    )
    .outerjoin_from(ACTIONS, _LAST, true())
    .outerjoin(
        CHATS,
        and_(*(CHATS.c[name] == ACTIONS.c[name] for name in ("channel", "account", "chat_id"))),
    )
    .subquery("facts")
)
_F = _FACTS.c
FIELDS: Final = Fields(
    {
        "id": (_F.action_id,),
        "chat": (_F.chat, _F.chat_id),
        "text": (_F.text,),
        "state": (_F.state,),
        "reason": (func.coalesce(_F.reason, ""),),
        "account": (_F.account,),
        "channel": (_F.channel,),
        "instance": (func.coalesce(_F.instance, ""),),
    },
    {"attempt": _F.attempt},
    _F.since,
    "state=unknown and chat~小王 and age<2h",
)
NOT_OVER: Final[ColumnElement[bool]] = and_(
    _F.state.not_in([state.value for state in _OVER]),
    or_(_F.state != State.UNKNOWN.value, func.coalesce(_F.reason, "") != GIVEN_UP),
)
"""What something still follows: on its own, or by a person."""
NOT_SENT: Final[ColumnElement[bool]] = _F.state != State.SENT.value
"""What is not over, and what ended otherwise than sent."""


def which(expression: str | None, now: datetime, *, every: bool) -> ColumnElement[bool]:
    """The condition of a filter expression; `every`: those that ended badly too.

    Raises:
        BadFilter: it cannot be read.

    """
    asked = true() if expression is None else parse_filter(expression, now, FIELDS)
    return and_(asked, NOT_SENT if every else NOT_OVER)


class OpenActions:
    """Raises DependencyDown from every method while PostgreSQL is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        """The engine's owner disposes of it."""
        self._engine = engine

    async def find(
        self, condition: ColumnElement[bool], *, limit: int | None = None
    ) -> list[OpenAction]:
        """Those that fulfil a condition, chat by chat in the order in which they were asked for,
        the chat that waits longest first.
        """
        longest = func.min(_F.requested_at).over(partition_by=(_F.account, _F.chat_id))
        asked = (
            select(_FACTS)
            .where(condition)
            .order_by(longest, _F.chat_id, _F.requested_at, _F.action_id)
            .limit(limit)
        )
        with meaning():
            async with self._engine.connect() as connection:
                rows = (await connection.execute(asked)).mappings()
                return [_read(row) for row in rows]

    async def count(self, condition: ColumnElement[bool]) -> int:
        """How many fulfil it."""
        asked = select(func.count()).select_from(_FACTS).where(condition)
        with meaning():
            async with self._engine.connect() as connection:
                return int((await connection.execute(asked)).scalar_one())

    async def named(self, names: Iterable[str]) -> list[OpenAction]:
        """Actions by their ids or the beginnings of them, sent ones too; an id that is whole names
        itself alone.
        """
        found: dict[str, OpenAction] = {}
        for name in names:
            some = await self.find(_F.action_id == name) or await self.find(
                _F.action_id.startswith(name, autoescape=True) if name else false()
            )
            found |= {one.action_id: one for one in some}
        return list(found.values())


def _read(row: Any) -> OpenAction:
    fields = {name: row[name] for name in OpenAction.__dataclass_fields__}
    return OpenAction(**{**fields, "state": State(row["state"])})

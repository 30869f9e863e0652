"""What plugins with the grant `operate` see and decide: what the commands do, by their own ways."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, get_args

from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.dead_letters.filter import parse_filter
from connectors.dead_letters.store import DeadLetters, Kept
from connectors.devices import Devices
from connectors.kafka import Producer
from connectors.open_actions import OpenAction, OpenActions, which
from connectors.phone_orders import give, ordered
from connectors.plugin_controls import ControlRow, PluginControls
from connectors.resolver import JUDGEMENTS, VERDICTS, decided, hand_over, judged
from schemas.failure import BadRequest
from schemas.phone_order import Order as PhoneOrder
from streams.redrive import Order, Redriver

_MOST: Final = 50
_MOST_COUNTED: Final = 1000
_WAITING: Final = "status=dead"


class Operating:
    """`operate` is what `ctx.operations` asks by."""

    def __init__(
        self, engine: AsyncEngine, producer: Producer, prefix: str, now: Callable[[], datetime]
    ) -> None:
        """Both are their owner's."""
        self._actions = OpenActions(engine)
        self._letters = DeadLetters(engine)
        self._devices = Devices(engine)
        self._controls = PluginControls(engine, prefix)
        self._redriver = Redriver(self._letters, producer, prefix, now=now)
        self._producer = producer
        self._prefix = prefix
        self._now = now
        self._deeds: Mapping[str, Callable[..., Awaitable[Any]]] = {
            "status": self._status,
            "actions": self._open_actions,
            "decide": self._decide,
            "order": self._order,
            "letters": self._dead_letters,
            "settle": self._settle,
            "instances": self._instances,
            "switch": self._switch,
        }

    async def operate(self, name: str, said: dict[str, Any]) -> Any:
        """See or do one thing, for the journal.

        Raises:
            BadRequest: there is no such thing, or it cannot be decided so.
            DependencyDown, Retryable: the broker or the database is away.

        """
        deed = self._deeds.get(name)
        if deed is None:
            raise BadRequest(f"ctx.operations does not know {name!r}")
        return await deed(**said)

    async def _status(self) -> dict[str, Any]:
        now = self._now()
        open_ones = await self._actions.find(which(None, now, every=False), limit=_MOST_COUNTED)
        return {
            "phones": [one.model_dump(mode="json") for one in await self._devices.all()],
            "actions": Counter(one.state.value for one in open_ones),
            "letters": await self._letters.count(parse_filter(_WAITING, now)),
        }

    async def _open_actions(self, limit: int) -> list[dict[str, Any]]:
        condition = which(None, self._now(), every=False)
        return [_action(one) for one in await self._actions.find(condition, limit=_few(limit))]

    async def _decide(self, action: str, verdict: str, by: str, reason: str) -> dict[str, Any]:
        found = await self._actions.named([action])
        if len(found) != 1:
            raise BadRequest(f"{len(found)} messages are called {action!r}")
        said: dict[str, Any] = {"by": by, "reason": reason, "at": self._now()}
        if verdict in JUDGEMENTS:
            await self._hand(judged(found[0], verdict, **said))
        elif verdict in VERDICTS:
            await self._hand(decided(found[0], verdict, **said))
        else:
            raise BadRequest(f"{verdict!r} is none of {', '.join((*JUDGEMENTS, *VERDICTS))}")
        return _action(found[0])

    async def _hand(self, decision: Any) -> None:
        await hand_over(self._producer, self._prefix, decision)

    async def _order(self, account: str, order: PhoneOrder, by: str, reason: str, at: str) -> None:
        if order not in get_args(PhoneOrder):
            raise BadRequest(f"{order!r} is neither stop nor resume")
        known = {one.account for one in await self._devices.all()}
        if account not in known:
            raise BadRequest(f"no phone of {account!r}; there are: {', '.join(sorted(known))}")
        made = ordered(account, order, by=by, reason=reason, at=datetime.fromisoformat(at))
        await give(self._producer, self._prefix, made)

    async def _dead_letters(self, limit: int) -> list[dict[str, Any]]:
        condition = parse_filter(_WAITING, self._now())
        found = await self._letters.find(condition, limit=_few(limit), newest=True)
        return [_letter(kept) for kept in found]

    async def _settle(self, letter: str, what: str, by: str, reason: str) -> dict[str, Any]:
        found = await self._letters.named([letter]) if letter else []
        if len(found) != 1:
            raise BadRequest(f"{len(found)} dead letters are called {letter!r}")
        steps = {"redrive": self._redriver.redrive, "discard": self._redriver.discard}
        if what not in steps:
            raise BadRequest(f"{what!r} is neither redrive nor discard")
        order = Order(by=by, reason=reason, selection=letter)
        progress = await asyncio.shield(steps[what](found, order, lambda _: None))
        if not progress.done:
            raise BadRequest(f"{found[0].letter.letter_id} does not wait any more")
        return _letter(found[0])

    async def _instances(self) -> list[dict[str, Any]]:
        return [
            {
                "instance": row.instance,
                "enabled": row.enabled,
                "quarantined_for": row.quarantined_for,
            }
            for row in await self._controls.read()
        ]

    async def _switch(self, instance: str, by: str, *, on: bool) -> None:
        rows = {row.instance: row for row in await self._controls.read()}
        known = {name for report in await self._controls.reports() for name in _named(report.body)}
        if instance not in known | set(rows):
            raise BadRequest(f"no instance {instance!r}; there are: {', '.join(sorted(known))}")
        row = rows.get(instance, ControlRow(instance))
        changed = replace(row, enabled=on, quarantined_at=None, quarantined_for=None)
        await self._controls.put(changed, by)


def _few(limit: int) -> int:
    return max(1, min(limit, _MOST))


def _named(body: Mapping[str, Any]) -> list[str]:
    return [str(one["name"]) for one in body.get("instances", ())]


def _action(one: OpenAction) -> dict[str, Any]:
    return {
        "action_id": one.action_id,
        "account": one.account,
        "chat": one.chat,
        "text": one.text[:200],
        "state": one.state.value,
        "reason": one.reason,
        "since": one.since.isoformat(),
        "not_before": one.not_before,
    }


def _letter(kept: Kept) -> dict[str, Any]:
    letter = kept.letter
    return {
        "letter_id": letter.letter_id,
        "instance": letter.instance,
        "lane": letter.lane,
        "event_id": letter.event_id,
        "error": f"{letter.error_type}: {letter.error_message}"[:200],
        "kind": letter.error_kind,
        "died_at": letter.died_at.isoformat(),
    }

"""Sends dead letters back to where they failed, at a rate, a few first; or discards them.

At-least-once and idempotent: a letter is claimed, produced, and only then settled, so an order
that dies half-way is given again; an event that comes back twice has one turn, an action one
attempt.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import uuid4

from connectors.dead_letters.letter import Letter
from connectors.dead_letters.store import DeadLetters, Kept, Status
from connectors.failpoint import reach
from connectors.gates import Entry
from connectors.kafka import Producer
from schemas.action import Action
from schemas.envelope import Headers, Record, decode, encode, header
from schemas.event import EVENTS
from schemas.failure import BadRequest, Permanent, Poison
from schemas.identity import revised
from schemas.redrive import Redrive
from schemas.topics import DUE, INBOUND, OUTBOX
from schemas.topics import REDRIVE as AUDIT
from streams.dead_letter import WAITING

SOURCE: Final = "hongyan/redrive"
_BATCH: Final = 100  # letters
_STEP: Final = 20  # letters
_MOST_DEBT_S: Final = 1.0
_EVENT_ID: Final = frozenset({"ce_id", "x-event-id"})
_LATEST: Final = frozenset(
    {
        *WAITING,
        "x-attempt",
        "x-redrive-id",
        "x-redrive-count",
        "x-edited-by",
        "x-group-id",
        "x-group-index",
        "x-value-dropped",
    }
)


@dataclass(frozen=True)
class Order:
    """What a person wants done, and why. `rate`: letters a second; `canary`: so many are tried
    first, and unless all of them go well within `canary_seconds` the rest stays.
    """

    by: str
    reason: str
    selection: str
    rate: float = 5.0
    canary: int = 0
    canary_seconds: float = 10.0
    redrive_id: str = ""


@dataclass
class Progress:
    """How far an order has come."""

    matched: int
    done: int = 0
    skipped: int = 0
    stopped: str | None = None


class Pace:
    """When each letter is due at a rate: against the clock, not after the letter before. What is
    late is made up for, but no more than a second's worth: a rate is there to protect somebody.
    """

    def __init__(self, rate: float, now: float) -> None:
        """`rate` a second; `now` is when the first is due, in seconds."""
        self._every = 1 / rate
        self._due = now

    def next(self, now: float) -> float:
        """Seconds until the next one is due; not above 0: it is."""
        due = max(self._due, now - _MOST_DEBT_S)
        self._due = due + self._every
        return due - now


class Redriver:
    """Carries out orders; each is audited in bot.redrive when it begins and when it ends."""

    def __init__(
        self,
        letters: DeadLetters,
        producer: Producer,
        prefix: str,
        *,
        ticks: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """The producer's owner starts and stops it."""
        self._letters = letters
        self._producer = producer
        self._prefix = prefix
        self._ticks = ticks
        self._pause = pause
        self._now = now

    async def redrive(
        self, chosen: Sequence[Kept], order: Order, tell: Callable[[Progress], None]
    ) -> Progress:
        """Send the letters back in the order given, read again some at a time: `chosen` may be
        without values. `tell` hears of each step.

        Raises:
            BadRequest: no reason was given, or a letter cannot be sent back at all; nothing was.

        """
        order = _named(order)
        async for kept in self._whole(chosen):
            self.record(kept, order)
        progress, began = Progress(len(chosen)), self._now()
        async with self._audited("redrive", order, progress):
            first = chosen[: order.canary]
            await self._all(first, order, progress, tell)
            if first and len(chosen) > len(first):
                progress.stopped = await self._canary(order, began)
            if progress.stopped is None:
                await self._all(chosen[len(first) :], order, progress, tell)
        return progress

    async def discard(
        self, chosen: Sequence[Kept], order: Order, tell: Callable[[Progress], None]
    ) -> Progress:
        """Close the letters for good; a chat that one of them holds goes on with its next event.

        Raises:
            BadRequest: no reason was given.

        """
        order = _named(order)
        progress = Progress(len(chosen))
        async with self._audited("discard", order, progress):
            held = await self._letters.held(kept.letter for kept in chosen)
            for kept in chosen:
                letter = kept.letter
                if await self._letters.claim(letter.letter_id, order.redrive_id, self._now()):
                    if letter.letter_id in held:
                        await self._skip(letter, held[letter.letter_id], order)
                    await self._settle(letter, "discarded", order)
                    progress.done += 1
                else:
                    progress.skipped += 1
                tell(progress)
        return progress

    async def _skip(self, letter: Letter, head: Entry, order: Order) -> None:
        """Let a chat go on without its head: the bytes are those that stand there, which can be
        read whatever became of the letter's.
        """
        headers = [pair for pair in head.headers if not _is_of_its_death(pair[0])]
        headers = [pair for pair in headers if pair[0] != "x-instance"]
        headers += [
            ("x-instance", letter.instance.encode()),
            ("x-redrive-id", order.redrive_id.encode()),
            ("x-skip", b"true"),
        ]
        partition = head.partition if head.key is None else None
        record = Record(head.key, head.value, headers)
        await self._producer.send(DUE.name(self._prefix), record, partition=partition)

    async def edit(self, kept: Kept, value: bytes, *, by: str, reason: str) -> int:
        """Keep another value for a letter, audited; its revision.

        Raises:
            BadRequest: no reason was given, or it does not wait any more.

        """
        order = _named(Order(by=by, reason=reason, selection=kept.letter.letter_id))
        try:
            revision = await self._letters.edit(kept.letter.letter_id, value, by)
        except LookupError as error:
            raise BadRequest(str(error)) from error
        await self._audit("edit", "finished", order, Progress(1, done=1))
        return revision

    def record(self, kept: Kept, order: Order) -> tuple[str, Record]:
        """The record that a letter goes back as, and its topic.

        Raises:
            BadRequest: it is no record of ours, or its value was too large to be kept.

        """
        letter = kept.letter
        if letter.value is None and not kept.revision:
            raise BadRequest(f"{letter.letter_id} has no value to send back: edit it first")
        try:
            model = decode(letter.headers, kept.value)
        except Poison as error:
            raise BadRequest(f"{letter.letter_id} is no record of ours: {error}") from error
        headers = [pair for pair in letter.headers if not _is_of_its_death(pair[0])]
        headers += [
            ("x-redrive-id", order.redrive_id.encode()),
            ("x-redrive-count", str(letter.redriven + 1).encode()),
        ]
        if kept.edited_by:
            headers.append(("x-edited-by", kept.edited_by.encode()))
        if isinstance(model, Action):
            return self._action(model, kept, headers)
        if not isinstance(model, EVENTS):
            raise BadRequest(f"{letter.letter_id} is a {model.TYPE}, which goes nowhere")
        value = kept.value
        if kept.revision:
            name = revised(model.event_id, kept.revision)
            value = model.model_copy(update={"event_id": name}).model_dump_json().encode()
            headers = [(n, name.encode() if n in _EVENT_ID else v) for n, v in headers]
        return DUE.name(self._prefix), Record(letter.key, value, headers)

    def _action(self, action: Action, kept: Kept, headers: Headers) -> tuple[str, Record]:
        """An action's next attempt; an edited one is another action."""
        again = action.model_copy(update={"attempt": action.attempt + 1})
        if kept.revision:
            name = revised(action.action_id, kept.revision)
            again = action.model_copy(update={"action_id": name, "attempt": 1})
        made = encode(again, id=again.action_id, source=SOURCE, time=self._now())
        names = {name for name, _ in made.headers}
        merged = [*made.headers, *(pair for pair in headers if pair[0] not in names)]
        merged.append(("x-attempt", str(again.attempt).encode()))
        topic = header(kept.letter.headers, "x-return-to")
        own = OUTBOX.name(self._prefix, channel=action.channel, account=action.account)
        return topic or own, Record(again.key, made.value, merged)

    async def _whole(self, chosen: Sequence[Kept]) -> AsyncIterator[Kept]:
        """Letters with their values, few in memory at once."""
        for start in range(0, len(chosen), _BATCH):
            names = [kept.letter.letter_id for kept in chosen[start : start + _BATCH]]
            for kept in await self._letters.whole(names):
                yield kept

    async def _all(
        self,
        chosen: Sequence[Kept],
        order: Order,
        progress: Progress,
        tell: Callable[[Progress], None],
    ) -> None:
        pace = Pace(order.rate, self._ticks())
        step: list[Kept] = []
        async for kept in self._whole(chosen):
            early = pace.next(self._ticks())
            if early > 0 or len(step) >= _STEP:
                await self._step(step, order, progress, tell)
                step = []
            if early > 0:
                await self._pause(early)
            step.append(kept)
        await self._step(step, order, progress, tell)

    async def _step(
        self,
        step: Sequence[Kept],
        order: Order,
        progress: Progress,
        tell: Callable[[Progress], None],
    ) -> None:
        """Letters that are due together: one after the other, in one transaction at either end."""
        if not step:
            return
        names = [kept.letter.letter_id for kept in step]
        claimed = await self._letters.claim_all(names, order.redrive_id, self._now())
        reach("redrive.claimed")
        sent: list[str] = []
        try:
            for kept in step:
                if kept.letter.letter_id in claimed:
                    await self._send(kept, *self.record(kept, order))
                    sent.append(kept.letter.letter_id)
                    reach("redrive.sent")
        finally:
            left = sorted(claimed - set(sent))
            settle = partial(self._letters.settle_all, redrive_id=order.redrive_id)
            await asyncio.shield(settle(sent, "redriven", now=self._now()))
            await asyncio.shield(settle(left, "dead", now=self._now()))
            progress.done += len(sent)
        progress.skipped += len(names) - len(claimed)
        tell(progress)

    async def _send(self, kept: Kept, topic: str, record: Record) -> None:
        partition = self._own_partition(kept.letter) if record.key is None else None
        try:
            await self._producer.send(topic, record, partition=partition)
        except Permanent as error:
            raise BadRequest(f"{kept.letter.letter_id}: {error}") from error

    def _own_partition(self, letter: Letter) -> int:
        """Where an event without key stood: only the number says which lane it belongs to."""
        topic = header(letter.headers, "x-origin-topic")
        told = header(letter.headers, "x-origin-partition") or ""
        ours = topic in {INBOUND.name(self._prefix), DUE.name(self._prefix)}
        return int(told) if ours and told.isascii() and told.isdigit() else letter.partition

    async def _settle(self, letter: Letter, status: Status, order: Order) -> None:
        await self._letters.settle(letter.letter_id, status, order.redrive_id, self._now())

    async def _canary(self, order: Order, began: datetime) -> str | None:
        """Wait whether the first ones die again; what to tell if one does."""
        until = self._ticks() + order.canary_seconds
        while self._ticks() < until:
            await self._pause(min(0.5, order.canary_seconds))
            dead = await self._letters.died_again(order.redrive_id, began)
            if dead:
                letter = dead[0].letter
                return f"{letter.event_id} died again: {letter.error_type}: {letter.error_message}"
        return None

    @asynccontextmanager
    async def _audited(self, what: str, order: Order, progress: Progress) -> AsyncIterator[None]:
        """Audit the beginning and the end, whatever the end is."""
        await self._audit(what, "started", order, progress)
        try:
            yield
        except BaseException as error:
            away = isinstance(error, asyncio.CancelledError)
            progress.stopped = "interrupted" if away else f"{type(error).__name__}: {error}"
            raise
        finally:
            state = "finished" if progress.stopped is None else "stopped"
            await asyncio.shield(self._audit(what, state, order, progress))

    async def _audit(self, what: str, state: str, order: Order, progress: Progress) -> None:
        entry = Redrive.model_validate(
            {
                "redrive_id": order.redrive_id,
                "what": what,
                "state": state,
                "by": order.by,
                "reason": order.reason,
                "selection": order.selection,
                "at": self._now(),
                "matched": progress.matched,
                "done": progress.done,
                "skipped": progress.skipped,
                "rate": order.rate,
                "canary": order.canary,
                "detail": progress.stopped,
            }
        )
        record = encode(entry, id=f"{order.redrive_id}/{state}", source=SOURCE, time=entry.at)
        await self._producer.send(AUDIT.name(self._prefix), record)


def _named(order: Order) -> Order:
    if not order.reason.strip():
        raise BadRequest("a reason is needed: it is what others read in the audit")
    return order if order.redrive_id else replace(order, redrive_id=f"rd-{uuid4().hex[:12]}")


def _is_of_its_death(name: str) -> bool:
    """A header that says how it died, which its next life begins without."""
    return name in _LATEST or name.startswith("x-error-")

"""One action on its way: what is asked, how far it came, and when it reached each state."""

from datetime import datetime, timedelta
from functools import lru_cache

from device_agent.calling import Call, calls_of, placed, segments
from device_agent.splitting import Limits, fits, split
from schemas.action import Action
from schemas.content import Media, Text
from schemas.ledger import ActionEntry, Anchor, Cut
from schemas.model import Model, Moment
from schemas.receipt import TERMINAL, Receipt, State

LIFETIME = timedelta(hours=24)
GIVEN_UP = "given_up"
"""The reason of an unknown one that a person gave up: it holds its chat no longer."""
ASKS = "approval_"
"""How the reasons begin of what is held until a person agrees."""
_ORDER = (
    State.QUEUED,
    State.CLAIMED,
    State.OPENED,
    State.TYPED,
    State.INTENT,
    State.TAPPED,
)


class Passed(Model):
    """A state reached, and when."""

    state: State
    at: Moment


class Job(Model):
    """An action with its progress. `partition` and `offset` are its record's place in the outbox.

    `passed` are the states whose receipts are still owed, `closed` says that outcome, receipts and
    offset are settled. `resent`: `on_unknown: resend` was followed once. `cut` says how a long text
    is cut; `part` of its parts are proven sent, `state` and `anchor` are of the next one. Since
    `turning` its bubble was seen with a spinner beside it. `note` is told beside `sent`. `approved`
    is who agreed that it be sent; one that is `waiting` goes `not_before` that moment.
    """

    action: Action
    state: State = State.QUEUED
    partition: int = -1
    offset: int = -1
    traceparent: str | None = None
    anchor: Anchor | None = None
    taps: int = 0
    tries: int = 0
    reason: str | None = None
    detail: str | None = None
    draft_cleared: str | None = None
    passed: tuple[Passed, ...] = ()
    resent: bool = False
    cut: Cut | None = None
    part: int = 0
    turning: Moment | None = None
    closed: bool = False
    screenshot: Media | None = None
    kept: bool = False
    owed: bool = False
    decided: tuple[int, int] | None = None
    note: str | None = None
    approved: str | None = None
    not_before: Moment | None = None

    @property
    def action_id(self) -> str:
        """The action's id."""
        return self.action.action_id

    @property
    def chat_id(self) -> str:
        """The destination."""
        return self.action.chat_id

    @property
    def terminal(self) -> bool:
        """Whether nothing follows on its own."""
        return self.state in TERMINAL

    @property
    def tapped(self) -> bool:
        """Whether a tap may have happened whose outcome is not known."""
        return self.state in {State.INTENT, State.TAPPED}

    @property
    def blocks(self) -> bool:
        """Whether later actions of its chat wait for a person because of it."""
        waits = self.state is State.UNKNOWN and self.reason != GIVEN_UP
        return waits and self.action.on_unknown == "hold"

    @property
    def parked(self) -> bool:
        """Whether it lies in the ledger with its bytes, so that its offset may pass."""
        return self.state in {State.HELD, State.WAITING}

    @property
    def asks(self) -> bool:
        """Whether it is held until a person agrees."""
        return self.state is State.HELD and (self.reason or "").startswith(ASKS)

    @property
    def settled(self) -> bool:
        """Whether ledger, receipts and offset have all that is owed to them now."""
        return not self.owed and (self.closed or not (self.terminal or self.parked))

    @property
    def expires_at(self) -> datetime:
        """When it is too late."""
        return self.action.expires_at or self.action.requested_at + LIFETIME

    @property
    def texts(self) -> tuple[str, ...]:
        """What is to be sent, bubble by bubble; empty where it is no text."""
        content = self.action.content
        if not isinstance(content, Text):
            return ()
        text = placed(content.text, self.action_calls)
        if self.cut is None:
            return (text,)
        return _parts(text, Limits(self.cut.characters, self.cut.units))

    @property
    def text(self) -> str:
        """The text of the bubble that is next; empty where it is no text."""
        texts = self.texts
        return texts[min(self.part, len(texts) - 1)] if texts else ""

    @property
    def action_calls(self) -> tuple[Call, ...]:
        """Whom the action calls with @, in whichever part they stand."""
        return calls_of(self.action.mentions, everybody=self.action.mention_all)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Whom the next bubble calls: each is called in the first part that names it."""
        before, calls = self.texts[: self.part], self.action_calls
        named = {one for text in before for one in segments(text, calls) if isinstance(one, Call)}
        return tuple(
            call
            for call in calls
            if call not in named and (self.last_part or call in segments(self.text, [call]))
        )

    @property
    def quote(self) -> str | None:
        """The event_id of the message that the next bubble answers."""
        return self.action.quote if self.part == 0 else None

    @property
    def last_part(self) -> bool:
        """Whether nothing is to be sent after the next bubble."""
        return self.part + 1 >= len(self.texts)

    @property
    def partly(self) -> str | None:
        """What people are told of a long text: how many of its parts are proven sent."""
        count, sent = len(self.texts), self.part + (self.state is State.SENT)
        return f"sent {sent} of {count} parts" if sent and count > 1 else None

    def cut_by(self, cut: Cut) -> "Job":
        """The job with its text to be cut, if it is too long for one bubble."""
        if all(fits(text, Limits(cut.characters, cut.units)) for text in self.texts):
            return self
        return self.model_copy(update={"cut": cut})

    def keeping_draft(self, draft: str) -> "Job":
        """The job with words that somebody left in the field, about to be cleared from it."""
        kept = self.draft_cleared.split("\n\n") if self.draft_cleared else []
        if draft not in kept:  # a try before may have failed to clear it
            kept.append(draft)
        return self.model_copy(update={"draft_cleared": "\n\n".join(kept)})

    def noting(self, note: str) -> "Job":
        """The job with what its receipt tells besides that it was sent."""
        return self.model_copy(update={"note": note})

    def next_part(self) -> "Job":
        """Queued for the next part; the one before is proven sent."""
        fresh = {"state": State.QUEUED, "taps": 0, "tries": 0, "resent": False}
        forgotten = {"anchor": None, "reason": None, "turning": None, "not_before": None}
        return self.model_copy(update={**fresh, **forgotten, "part": self.part + 1})

    def next_attempt(self, now: datetime) -> "Job":
        """Queued to be sent again, from the same part, as a person asked at `now`."""
        changes = {"attempt": self.action.attempt + 1, "expires_at": now + LIFETIME}
        again = self.model_copy(update={"action": self.action.model_copy(update=changes)})
        fresh = {"state": State.QUEUED, "taps": 0, "tries": 0, "resent": False}
        return again.model_copy(update={**fresh, "anchor": None, "turning": None})

    def lasting_from(self, now: datetime) -> "Job":
        """The job with its lifetime begun anew, unless it said itself when it is too late."""
        if self.action.expires_at is not None:
            return self
        action = self.action.model_copy(update={"expires_at": now + LIFETIME})
        return self.model_copy(update={"action": action})

    def to(self, state: State, at: datetime, **changes: object) -> "Job":
        """The job in another state; the state is owed a receipt once."""
        passed = () if self.closed else self.passed
        if state is not State.QUEUED and all(one.state is not state for one in passed):
            passed = (*passed, Passed(state=state, at=at))
        told = {"state": state, "passed": passed, "closed": False, "not_before": None}
        return self.model_copy(update=told | changes)

    def going_on(self) -> "Job":
        """Queued again after a wait; its bytes stay in the ledger until it ends."""
        changes = {"reason": None, "detail": None, "passed": (), "closed": False}
        return self.model_copy(update=changes | {"state": State.QUEUED, "not_before": None})

    def back(self, reason: str) -> "Job":
        """Queued again after a fault before the intent; the states passed will come anew."""
        return self.model_copy(
            update={"state": State.QUEUED, "passed": (), "tries": self.tries + 1, "reason": reason}
        )

    def entry(self, at: datetime) -> ActionEntry:
        """What the ledger keeps: with its bytes what may go on after its offset has passed."""
        waits = self.parked or (self.state is State.UNKNOWN and self.reason != GIVEN_UP)
        keeps = waits or (self.kept and not self.terminal)
        return ActionEntry(
            action_id=self.action_id,
            chat_id=self.chat_id,
            attempt=self.action.attempt,
            state=self.state,
            at=at,
            anchor=self.anchor,
            taps=self.taps,
            not_before=self.not_before,
            reason=self.reason,
            held=self.action.model_dump_json() if keeps else None,
            partition=self.partition if keeps else None,
            offset=self.offset if keeps else None,
            part=self.part,
            cut=self.cut,
            draft_cleared=self.draft_cleared,
            approved=self.approved,
        )

    def receipt(self, passed: Passed) -> Receipt:
        """The receipt of one state reached."""
        last = passed.state is self.state
        return Receipt(
            action_id=self.action_id,
            channel=self.action.channel,
            account=self.action.account,
            chat_id=self.chat_id,
            state=passed.state,
            attempt=self.action.attempt,
            at=passed.at,
            reason=self.reason if last else None,
            detail=self.detail if last else None,
            event_id=self.action.event_id,
            part=self.part,
            screenshot=self.screenshot if last else None,
            not_before=self.not_before if last else None,
            draft_cleared=self.draft_cleared if last else None,
        )


def rank(state: State) -> int:
    """How far a state is; ends come last. One that is held or waits has not begun."""
    if state in {State.HELD, State.WAITING}:
        return 0
    return _ORDER.index(state) if state in _ORDER else len(_ORDER)


def merged(job: Job, entry: ActionEntry | None) -> Job:
    """A job as the further of spool and ledger; on conflict the ledger's word stands. Pure.

    What the ledger says of another attempt says nothing of this one.
    """
    if entry is None or entry.attempt != job.action.attempt or not _further(entry, job):
        return job
    owed = () if entry.state is State.QUEUED else (Passed(state=entry.state, at=entry.at),)
    changes = {
        "state": entry.state,
        "anchor": entry.anchor,
        "taps": entry.taps,
        "part": entry.part,
        "cut": entry.cut,
        "reason": entry.reason,
        "draft_cleared": job.draft_cleared or entry.draft_cleared,
        "passed": job.passed or owed,
        "kept": job.kept or entry.held is not None,
        "approved": job.approved or entry.approved,
        "not_before": entry.not_before,
    }
    if entry.part == job.part:
        changes |= {"anchor": entry.anchor or job.anchor, "taps": max(entry.taps, job.taps)}
    return job.model_copy(update=changes)


def _further(entry: ActionEntry, job: Job) -> bool:
    """Whether the ledger knows more of an attempt than the spool."""
    if entry.part != job.part:
        return entry.part > job.part
    if entry.state is State.UNKNOWN and job.owed and job.state in {State.SENT, State.NOT_SENT}:
        return False  # decided by a person since, and the ledger has not heard of it yet
    if entry.state is State.HELD and job.owed and job.approved != entry.approved:
        return False  # as above
    if entry.state is job.state:
        return entry.taps > job.taps or (entry.reason == GIVEN_UP != job.reason)
    return rank(entry.state) >= rank(job.state)


@lru_cache(maxsize=64)
def _parts(text: str, limits: Limits) -> tuple[str, ...]:
    return split(text, limits)  # asked again at each look


def backoff(tries: int, chance: float) -> float:
    """Seconds before try number `tries` + 1: full jitter up to 0.5, 1, 2 … 60."""
    return chance * float(min(60.0, 0.25 * 2 ** min(tries, 10)))

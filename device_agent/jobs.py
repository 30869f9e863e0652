"""All actions on their way: accepted once, in order per chat, with the ledger's word on each."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from loguru import logger

from device_agent.job import Job, merged
from device_agent.letterhead import Letterhead
from device_agent.resolving import resolved
from device_agent.spool import Spool
from schemas.action import Action
from schemas.approval import Approval
from schemas.ledger import ActionEntry, Cut
from schemas.receipt import REPEATABLE, TERMINAL, State
from schemas.resolution import Resolution

_KEPT = 5000
_LEDGER_KEEPS = timedelta(days=30)
"""After so long the ledger forgets an action, and so do we (`schemas/topics.py`)."""


class Jobs:
    """The actions of one account; every change goes to the spool before it counts."""

    def __init__(self, spool: Spool, head: Letterhead, cut: Cut | None = None) -> None:
        """Read what the spool holds; `learn` then adds the ledger. `cut`: the limits of one bubble;
        none: no text is cut.
        """
        self._spool = spool
        self._head = head
        self._cut = cut
        self._entries: dict[str, ActionEntry] = {}
        self._jobs: dict[str, Job] = {}
        self._lanes: dict[str, dict[str, None]] = defaultdict(dict)
        self.not_before: dict[str, float] = {}
        self.withheld: set[str] = set()
        """Ids of jobs whose settling waits a moment for their screenshot."""
        for body in spool.actions():
            self._keep(Job.model_validate_json(body))

    def learn(self, entries: list[ActionEntry]) -> None:
        """Merge the ledger, read to its end, into what the spool holds."""
        old = sorted(entries, key=lambda entry: entry.at)
        self._entries = {entry.action_id: entry for entry in old}
        for job in list(self._jobs.values()):
            entry = self._entries.get(job.action_id)
            if entry is not None and entry.attempt > job.action.attempt:
                self._drop(job)  # another machine had its next attempt: that one's word counts
            else:
                self._start_over(merged(job, entry))
        for entry in entries:
            if entry.held and entry.action_id not in self._jobs:
                self._start_over(merged(_kept_in(entry), entry))

    def _start_over(self, job: Job) -> None:
        """After a restart: an unproven tap stays; what came before the intent is queued again."""
        if job.state in {State.CLAIMED, State.OPENED, State.TYPED}:
            job = job.back("restarted")
        if job != self._jobs.get(job.action_id):
            self.put(job)

    def accept(self, action: Action, partition: int, offset: int, trace: str | None) -> Job | None:
        """A record of the outbox: the job it stands for, or None where it is to be dropped.

        An unknown action_id is taken, and `attempt` = last + 1 after an end that allows another
        try. A record delivered again finds its job.
        """
        known = self._jobs.get(action.action_id)
        entry = self._entries.get(action.action_id)
        if known is not None and action.attempt == known.action.attempt:
            return self._found_again(known, partition, offset)
        job = Job(action=action, partition=partition, offset=offset, traceparent=trace)
        if self._cut is not None:
            job = job.cut_by(self._cut)
        if known is None and entry is not None and entry.attempt == action.attempt:
            job = merged(job, entry)  # an end too: its receipts may be owed
        elif not _follows(action, known, entry):
            return None
        else:
            job = _continued(job, known, entry)
        self.put(job)
        return job

    def _found_again(self, known: Job, partition: int, offset: int) -> Job | None:
        if known.closed:
            return None
        if (known.partition, known.offset) == (partition, offset):
            return known
        if known.offset >= 0:
            return None  # a second record of the same action
        placed = known.model_copy(update={"partition": partition, "offset": offset})
        self.put(placed)
        return placed

    def resolve(self, word: Resolution | Approval, partition: int, offset: int) -> Job | None:
        """Let a person's decision count, once: the job whose settling its record's offset waits
        for, or None where it changes nothing (any more).
        """
        job = self._jobs.get(word.action_id)
        if job is not None and job.decided == (partition, offset):
            return job if job.owed else None
        changed = None if job is None else resolved(job, word, self._head.clock())
        if changed is None:
            state = "not known here" if job is None else job.state.value
            logger.warning("{} as {} comes too late: {}", word.action_id, word.verdict, state)
            return None
        logger.info("{} is resolved as {} by {}", word.action_id, word.verdict, word.by)
        changed = changed.model_copy(update={"decided": (partition, offset)})
        self.put(changed)
        return changed

    def put(self, job: Job) -> None:
        """Store a job as it stands now."""
        over = job.closed and job.terminal and not job.blocks
        with self._spool.transaction():
            self._spool.put_action(
                job.action_id,
                chat_id=job.chat_id,
                body=job.model_dump_json(),
                state="closed" if over else job.state.value,
                partition=job.partition,
                place=job.offset,
            )
        self._keep(job)

    def _keep(self, job: Job) -> None:
        self._jobs[job.action_id] = job
        lane = self._lanes[job.chat_id]
        if job.terminal and not job.blocks:
            lane.pop(job.action_id, None)
        else:
            lane[job.action_id] = None

    def move(self, job: Job, chat_id: str) -> None:
        """The job's chat has another id: it is that one's from now on."""
        self._lanes[job.chat_id].pop(job.action_id, None)
        action = job.action.model_copy(update={"chat_id": chat_id})
        self.put(job.model_copy(update={"action": action}))

    def untold(self, action: Action) -> Job | None:
        """The attempt before this one, if its end is still owed to ledger or receipts."""
        known = self._jobs.get(action.action_id)
        if known is None or known.settled or not known.terminal:
            return None
        return known if known.action.attempt < action.attempt else None

    def _drop(self, job: Job) -> None:
        self._spool.forget_action(job.action_id)
        del self._jobs[job.action_id]
        self._lanes[job.chat_id].pop(job.action_id, None)

    def unfinished(self) -> list[Job]:
        """Jobs that something still follows, one that waits for a person included."""
        return [self._jobs[action_id] for lane in self._lanes.values() for action_id in lane]

    def get(self, action_id: str) -> Job:
        """The job as it stands now."""
        return self._jobs[action_id]

    def lane(self, chat_id: str) -> list[Job]:
        """A chat's unfinished jobs in the order of their records, one that blocks included."""
        found = [self._jobs[action_id] for action_id in self._lanes.get(chat_id, {})]
        return sorted(found, key=lambda job: (job.partition, job.offset))

    def heads(self, clock: float) -> list[Job]:
        """The first job of each chat that may be worked on now, unproven taps first, then by age.
        Before it comes one that waited past its expiry, whatever it waits behind.

        `clock` in epoch seconds.
        """
        found = []
        for chat_id in [chat for chat, lane in self._lanes.items() if lane]:
            lane = self.lane(chat_id)
            if any(job.blocks for job in lane):
                continue
            tapped = next((job for job in lane if job.tapped), None)
            late = None if tapped else next((job for job in lane if _late(job, clock)), None)
            if late is None and self.not_before.get(chat_id, 0.0) > clock:
                continue
            first = tapped or late or lane[0]
            if first.settled and (first.state is not State.HELD or first is late):
                found.append(first)
        return sorted(found, key=lambda job: (not job.tapped, job.action.requested_at))

    def to_hold(self) -> list[Job]:
        """Jobs behind one that waits for a person, not written to the ledger as held yet."""
        found = []
        for chat_id in [chat for chat, lane in self._lanes.items() if len(lane) > 1]:
            lane = self.lane(chat_id)
            if any(job.blocks for job in lane):
                found += [job for job in lane if job.state is State.QUEUED and not job.owed]
        return found

    def to_park(self) -> list[Job]:
        """Jobs behind one that waits, or asks a person, that are not in the ledger themselves."""
        found = []
        for chat_id in [chat for chat, lane in self._lanes.items() if len(lane) > 1]:
            lane = self.lane(chat_id)
            if lane[0].asks or lane[0].state is State.WAITING:
                found += [job for job in lane[1:] if job.state is State.QUEUED and not job.owed]
        return found

    def to_release(self) -> list[Job]:
        """Jobs held behind one that waits for a person no longer, in their order."""
        found = []
        for chat_id in [chat for chat, lane in self._lanes.items() if lane]:
            lane = self.lane(chat_id)
            if not any(job.blocks for job in lane):
                found += [job for job in lane if job.state is State.HELD and not job.asks]
        return found

    def unsettled(self) -> Iterator[Job]:
        """Jobs whose end, hold or resolution is owed to ledger, receipts or offset."""
        for job in list(self._jobs.values()):
            if not job.settled and job.action_id not in self.withheld:
                yield job

    def close(self, job: Job) -> None:
        """What a job came to is acked in ledger and receipts."""
        over = job.terminal or job.parked
        passed = job.passed if over else ()
        kept = job.kept or job.parked or job.blocks
        changes = {"closed": over, "owed": False, "kept": kept, "passed": passed}
        self.put(job.model_copy(update=changes))
        self._remember(job.entry(self._head.clock()))
        if len(self._jobs) > 2 * _KEPT:
            self._forget()

    def _remember(self, entry: ActionEntry) -> None:
        """Keep what tells a second record of it from its next attempt, for as long as the ledger
        does: an end needs no anchor.
        """
        if entry.state in TERMINAL and entry.state is not State.UNKNOWN:
            entry = entry.model_copy(update={"anchor": None})
        self._entries.pop(entry.action_id, None)
        self._entries[entry.action_id] = entry
        oldest = next(iter(self._entries.values()))
        if entry.at - oldest.at > _LEDGER_KEEPS and oldest.action_id not in self._jobs:
            del self._entries[oldest.action_id]

    def _forget(self) -> None:
        self._spool.forget_actions(_KEPT)
        closed = [
            key for key, job in self._jobs.items() if job.closed and job.terminal and not job.blocks
        ]
        for key in closed[: len(closed) - _KEPT]:
            del self._jobs[key]
        logger.debug("forgot {} settled actions; the ledger knows them", len(closed))

    @property
    def tapped(self) -> bool:
        """Whether there is a tap whose outcome is not known."""
        return any(job.tapped for job in self._jobs.values())

    @property
    def open_count(self) -> int:
        """Jobs not settled."""
        return sum(len(lane) for lane in self._lanes.values())


def _late(job: Job, clock: float) -> bool:
    """Whether a job waited, or asked a person, past its expiry."""
    waits = job.asks or job.state is State.WAITING
    return waits and job.settled and job.expires_at.timestamp() <= clock


def _kept_in(entry: ActionEntry) -> Job:
    """The job whose bytes the ledger has."""
    action = Action.model_validate_json(entry.held or "")
    place = {"partition": entry.partition, "offset": entry.offset}
    known = {name: number for name, number in place.items() if number is not None}
    return Job(action=action, kept=True, **known)


def _continued(job: Job, known: Job | None, entry: ActionEntry | None) -> Job:
    """A next attempt goes on behind the parts that the last one proved sent."""
    last = known or entry
    if last is None or not last.part:
        return job
    return job.model_copy(update={"part": last.part, "cut": last.cut})


def _follows(action: Action, known: Job | None, entry: ActionEntry | None) -> bool:
    """Whether an action is new, or the next attempt after an end that allows one."""
    if known is not None:
        last, state = known.action.attempt, known.state
    elif entry is not None:
        last, state = entry.attempt, entry.state
    else:
        return True
    return action.attempt == last + 1 and state in REPEATABLE

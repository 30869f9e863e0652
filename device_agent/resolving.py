"""What a person's decision makes of an action that waits for one. Pure."""

from datetime import datetime

from device_agent.job import GIVEN_UP, Job, Passed
from schemas.approval import Approval
from schemas.receipt import State
from schemas.resolution import Resolution

RESOLVED = "resolved"
"""The reason in the receipts of what a person decided."""
RELEASED = "released"
"""The reason in the receipt of what was held and goes on."""
APPROVED = "approved"
"""The reason in the receipt of what a person lets go on."""
REFUSED = "refused"
"""The reason in the receipt of what a person does not let go on."""

Told = dict[str, str | None]


def resolved(job: Job, word: Resolution | Approval, now: datetime) -> Job | None:
    """The job as decided, its new state owed to ledger and receipts; None: the word is not of this
    job as it stands now (decided before, another attempt or part, or under way), and changes
    nothing.
    """
    if isinstance(word, Approval):
        return _judged(job, word, now)
    if (word.attempt, word.part) != (job.action.attempt, job.part) or job.owed:
        return None
    said = f"{word.by}: {word.reason}"
    partly = job.partly if word.verdict in {"not_sent", "drop"} else None
    told: Told = {"reason": RESOLVED, "detail": f"{partly}; {said}" if partly else said}
    if job.state is State.UNKNOWN and job.reason != GIVEN_UP:
        return _decided(job, word, now, told)
    if job.state in {State.QUEUED, State.HELD, State.WAITING} and word.verdict == "drop":
        return _owing(job, State.CANCELLED, now, told)
    return None


def _judged(job: Job, word: Approval, now: datetime) -> Job | None:
    """A person's word on one that asks for it; the wait for it took none of its time, unless it
    said itself when it is too late.
    """
    if not job.asks or job.owed or word.attempt != job.action.attempt:
        return None
    detail = f"{word.by}: {word.reason}"
    if word.verdict == "refuse":
        return _owing(job, State.CANCELLED, now, {"reason": REFUSED, "detail": detail})
    agreed = job.lasting_from(now).model_copy(update={"approved": word.by})
    return _owing(agreed, State.QUEUED, now, {"reason": APPROVED, "detail": detail})


def released(job: Job, now: datetime) -> Job:
    """A held job that goes on: what it waited for is decided. The wait took none of its time,
    unless it said itself when it is too late.
    """
    told: Told = {"reason": RELEASED, "detail": None}
    return _owing(job.lasting_from(now), State.QUEUED, now, told)


def _decided(job: Job, word: Resolution, now: datetime, told: Told) -> Job:
    if word.verdict == "sent" and not job.last_part:
        return _owing(job.next_part().lasting_from(now), State.QUEUED, now, told)
    if word.verdict == "sent":
        return _owing(job, State.SENT, now, told)
    if word.verdict == "not_sent":
        return _owing(job, State.NOT_SENT, now, told)
    if word.verdict == "drop":
        return _owing(job, State.UNKNOWN, now, told | {"reason": GIVEN_UP})
    return _owing(job.next_attempt(now), State.QUEUED, now, told)


def _owing(job: Job, state: State, now: datetime, told: Told) -> Job:
    passed = (Passed(state=state, at=now),)
    changes = {"state": state, "passed": passed, "owed": True, "closed": False, "not_before": None}
    return job.model_copy(update=changes | told)

"""Asks the governor about each job, and keeps what it needs to know, across restarts."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from typing import Final

from loguru import logger
from prometheus_client import Counter, Gauge

from device_agent.chats import Chats
from device_agent.governor import Ask, Bubble, Wait, decide, volley_of
from device_agent.job import Job
from device_agent.jobs import Jobs
from device_agent.past_sends import DAY, PastSends, Sent
from device_agent.policy import Policy
from device_agent.rest import FOREVER, Rest
from device_agent.spool import Spool
from device_agent.stored import unpack
from schemas.content import Text
from schemas.envelope import decode
from schemas.event import MessageReceived
from schemas.failure import Poison
from schemas.ledger import ActionEntry
from schemas.phone import KnownChat
from schemas.receipt import State

WAITS = Counter("hongyan_pace_waits", "Messages put off or held by the governor", ["reason"])
SENDS = Gauge("hongyan_pace_sends_today", "Bubbles sent by this phone within 24 hours")
TELL_SECONDS: Final = 60.0
"""A wait so long is written to the ledger and receipted; a shorter one only passes."""
_MOST_BUBBLES = 4096
_WORDS: Final = {
    "pace": "a hand is not faster",
    "quiet_hours": "quiet hours",
    "behind": "one before it in this chat waits",
    "budget_device": "the phone has sent all that it may",
    "budget_chat": "this chat has got all that it may",
    "budget_new_chats": "as many new chats were written to as may be",
}


class Pacing:
    """Lets jobs go, puts them off, or holds them for a person; without a policy a rest alone."""

    def __init__(
        self,
        *,
        policy: Policy | None,
        spool: Spool,
        jobs: Jobs,
        chats: Chats,
        rest: Rest,
        clock: Callable[[], datetime],
        zone: Callable[[], tzinfo],
        settle_soon: Callable[[], None],
        crowded: Callable[[], bool] = lambda: False,
    ) -> None:
        """`zone` is the phone's; `settle_soon` is called when a job is put off or held; `crowded`:
        so much is open that short waits are written down too, and what comes behind is read.
        """
        self._policy = policy
        self._spool = spool
        self._jobs = jobs
        self._chats = chats
        self.rest = rest
        self._clock = clock
        self._zone = zone
        self._settle_soon = settle_soon
        self._crowded = crowded
        self._bubbles: dict[tuple[str, int], Bubble] = {}
        self._past = PastSends()
        if policy is not None:
            now = clock().timestamp()
            spool.forget_sends(now - DAY)
            self._past = PastSends.of(spool.sends(now - DAY, now))
        SENDS.set_function(self._today)

    def learn(self, entries: Iterable[ActionEntry]) -> None:
        """What another machine tapped within the day counts here too, whatever came of it."""
        if self._policy is None:
            return
        now = self._clock().timestamp()
        with self._spool.transaction():
            for entry in entries:
                tapped = entry.taps > 0 or entry.state is State.SENT
                if now - DAY < entry.at.timestamp() <= now:
                    one = Sent(entry.at.timestamp(), entry.chat_id)
                    name = _name(entry.action_id, entry.attempt)
                    for part in range(entry.part + tapped):
                        self._spool.add_send(name, part, one)
        self._past = PastSends.of(self._spool.sends(now - DAY, now))

    def admit(self, job: Job, *, opened: bool = False) -> bool:
        """Whether a job that was not tapped may be worked on now. `opened`: its chat is open and
        read. One that may not is put off or held.
        """
        now = self._clock()
        if self.rest.until is not None:
            self._resting(job, now)
            return False
        chat = self._chats.known.get(job.chat_id)
        if self._policy is None or chat is None:
            return self._freed(job)
        bubble = self._bubble(job, chat, opened=opened)
        decision = decide(self._policy, self._past, bubble, now.timestamp(), self._zone())
        if isinstance(decision, Wait):
            self._put_off(job, decision, now)
            return False
        if isinstance(decision, Ask):
            self._hold(job, decision, now)
            return False
        return self._freed(job)

    def sent(self, job: Job) -> None:
        """A bubble is about to be tapped: it counts once, whatever comes of it, also where nothing
        was tapped in the end and it is tried again.
        """
        chat = self._chats.known.get(job.chat_id)
        if self._policy is None or chat is None:
            return
        bubble = self._bubble(job, chat, opened=False)
        loop = self._policy.terms(chat.title, chat.kind).loop
        volley = volley_of(self._past, bubble, loop.volley_seconds)
        at, first = self._clock().timestamp(), self._untouched(job.chat_id)
        one = Sent(at, job.chat_id, bubble.text, bubble.answers, volley, first)
        if self._spool.add_send(_name(job.action_id, job.action.attempt), job.part, one):
            self._past.add(one)
        self._bubbles.pop((job.action_id, job.part), None)

    def _today(self) -> int:
        """How many bubbles were sent within 24 hours, at the moment somebody asks."""
        return self._past.since(self._clock().timestamp() - DAY)

    def _freed(self, job: Job) -> bool:
        if job.state is State.WAITING:
            self._jobs.put(job.going_on())
        return True

    def _resting(self, job: Job, now: datetime) -> None:
        """Nothing is asked again until the rest is over; a long one is written down."""
        until, reason = self.rest.until, self.rest.code
        if until is None or reason is None:
            return
        left = (until - now).total_seconds()
        true = job.not_before is None or job.not_before > now
        told = job.state is State.WAITING and job.reason == reason and true
        if told or (left <= TELL_SECONDS and not self._crowded()):
            return
        not_before = None if until == FOREVER else until
        self._park(job, now, reason, self.rest.words, not_before)

    def _put_off(self, job: Job, wait: Wait, now: datetime) -> None:
        until = min(wait.until, job.expires_at.timestamp())
        self._jobs.not_before[job.chat_id] = until
        if job.state is State.WAITING and job.not_before is not None and job.not_before > now:
            return  # what was told is still true: it goes no earlier
        if wait.until - now.timestamp() <= TELL_SECONDS and not self._crowded():
            return
        about = wait.reason.rpartition("_")[0] if "budget" in wait.reason else wait.reason
        not_before = datetime.fromtimestamp(wait.until, UTC)
        self._park(job, now, wait.reason, _WORDS.get(about, about), not_before)

    def _park(
        self, job: Job, now: datetime, reason: str, detail: str, not_before: datetime | None
    ) -> None:
        parked = job.to(State.WAITING, now, reason=reason, detail=detail, not_before=not_before)
        self._jobs.put(parked)
        WAITS.labels(reason=reason).inc()
        logger.info("{} waits: {} ({})", job.action_id, detail, reason)
        self._settle_soon()

    def _hold(self, job: Job, ask: Ask, now: datetime) -> None:
        self._jobs.put(job.to(State.HELD, now, reason=ask.reason, detail=ask.detail))
        WAITS.labels(reason=ask.reason).inc()
        logger.warning("{} is held until a person agrees: {}", job.action_id, ask.detail)
        self._settle_soon()

    def _untouched(self, chat_id: str) -> bool:
        """Whether nobody has written in a chat, as far as it was read."""
        tail = self._chats.tails.get(chat_id)
        return (tail is None or not tail.rows) and chat_id not in self._past.last

    def _bubble(self, job: Job, chat: KnownChat, *, opened: bool) -> Bubble:
        key = (job.action_id, job.part)
        known = self._bubbles.get(key)
        if known is None or known.title != chat.title or known.approved != bool(job.approved):
            if len(self._bubbles) >= _MOST_BUBBLES:
                self._bubbles.clear()
            known = self._bubbles[key] = self._made(job, chat)
        if not opened:
            return known
        changes = {"untouched": self._untouched(job.chat_id)}
        return Bubble(**{name: getattr(known, name) for name in Bubble.__slots__} | changes)

    def _made(self, job: Job, chat: KnownChat) -> Bubble:
        content = job.action.content
        words = content.text if isinstance(content, Text) else ""
        return Bubble(
            chat_id=job.chat_id,
            title=chat.title,
            kind=chat.kind,
            text=sha256(content.model_dump_json().encode()).hexdigest()[:16],
            words=words.casefold(),
            length=len(job.text),
            asked_at=job.action.requested_at.timestamp(),
            answers=self._answers(job),
            everybody=job.action.mention_all,
            part=job.part,
            approved=bool(job.approved),
            chance=drawn(job.action_id, job.part),
        )

    def _answers(self, job: Job) -> str | None:
        """Whose message of the same chat it answers."""
        packed = self._spool.event(job.action.event_id) if job.action.event_id else None
        if packed is None:
            return None
        _, record = unpack(packed)
        try:
            event = decode(record.headers, record.value)
        except Poison as error:
            logger.debug("what {} answers cannot be read: {}", job.action_id, error)
            return None
        same = isinstance(event, MessageReceived) and event.chat_id == job.chat_id
        return event.sender.name if same and isinstance(event, MessageReceived) else None


def _name(action_id: str, attempt: int) -> str:
    """Under which an attempt's bubbles are remembered: a person's next one is another bubble."""
    return action_id if attempt == 1 else f"{action_id}#{attempt}"


def drawn(action_id: str, part: int) -> float:
    """A bubble's own chance in [0, 1): ids are random, and the same one draws the same again, so
    that asking often does not make a wait longer.
    """
    digest = sha256(f"{action_id}\x1f{part}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48

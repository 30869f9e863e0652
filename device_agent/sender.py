"""Sends: type, verify, write the intent, tap once, look; and says truthfully what came of it.

Design 8. From an open chat a send costs five calls: look, set the text, look, tap, look; the last
look is the first of the next send to the same chat. Before the intent is acked in the ledger every
fault is safe. After it nothing is repeated that a look has not proven undone.
"""

from collections.abc import Callable
from datetime import timedelta

from loguru import logger

from connectors.failpoint import reach
from device_agent.chats import Chats
from device_agent.evidence import Evidence
from device_agent.job import Job, backoff
from device_agent.jobs import Jobs
from device_agent.lease import Lease
from device_agent.letterhead import Letterhead
from device_agent.looking import Looking
from device_agent.nodes import Box
from device_agent.outbox import Outbox
from device_agent.pacing import Pacing
from device_agent.parcel import refusal
from device_agent.phone import InputDenied, OutcomeUnknown, denied
from device_agent.pilot import Pilot
from device_agent.reader import Reader
from device_agent.screen import ChatScreen
from device_agent.sending import MOST_TAPS, Verdict, anchor_for, pause
from device_agent.sharing import Sharing
from device_agent.shipping import Shipping
from device_agent.way import Ready, Undeliverable, Way
from device_agent.writing import Writing
from schemas.content import Text
from schemas.failure import Failure, Retryable
from schemas.ledger import Anchor
from schemas.phone import KnownChat
from schemas.receipt import State

_MOST_PAUSE = 5.0


class Sender:
    """Carries out the jobs of the chat that is open."""

    def __init__(
        self,
        *,
        pilot: Pilot,
        reader: Reader,
        writing: Writing,
        sharing: Sharing,
        chats: Chats,
        jobs: Jobs,
        outbox: Outbox,
        shipping: Shipping,
        lease: Lease,
        head: Letterhead,
        pacing: Pacing,
        evidence: Evidence,
        chance: Callable[[], float],
        settle: float,
        retap: float,
        most_bytes: int,
    ) -> None:
        """`chance` gives numbers in [0, 1) for backoff. `settle`: seconds a bubble may show that it
        is being sent. `retap`: seconds over which further taps are spread. `most_bytes`: of a
        picture, video or file.
        """
        self._most_bytes = most_bytes
        self._pilot = pilot
        self._reader = reader
        self._writing = writing
        self._sharing = sharing
        self._chats = chats
        self._jobs = jobs
        self._outbox = outbox
        self._shipping = shipping
        self._lease = lease
        self._head = head
        self._pacing = pacing
        self._rest = pacing.rest
        self._evidence = evidence
        self._chance = chance
        self._settle = timedelta(seconds=settle)
        self._retap = retap
        self._looking = Looking(pilot, reader)

    def end(self, job: Job, state: State, reason: str | None = None, detail: str = "") -> None:
        """An end: stored, then settled beside the phone. Of a long text it says how far it came."""
        ended = job.to(state, self._head.clock(), reason=reason)
        detail = "; ".join(words for words in (ended.partly, detail) if words)
        ended = ended.model_copy(update={"detail": detail or None})
        self._jobs.put(ended)
        reach("agent.verified")
        self._evidence.take(ended)
        if state is State.UNKNOWN:
            logger.warning("the outcome of {} is unknown: {}", job.action_id, detail)
        self._outbox.settle_soon()

    def refusal(self, job: Job) -> tuple[str, str] | None:
        """Why a job's content cannot be sent to any chat, as reason and detail; None: it can."""
        return refusal(job.action, self._most_bytes)

    def claim(self, job: Job) -> Job:
        """Mark that the phone turns to this job."""
        claimed = job.to(State.CLAIMED, self._head.clock())
        self._jobs.put(claimed)
        reach("agent.claimed")
        return claimed

    def put_off(self, job: Job, reason: str) -> None:
        """Back to the queue after a fault before the tap, with backoff until it expires."""
        seconds = backoff(job.tries, self._chance())
        self._delay(job.back(reason), seconds)
        logger.info("{} is put off for {:.1f} s: {}", job.action_id, seconds, reason)

    def wait(self, job: Job, reason: str) -> None:
        """A tap whose chat cannot be looked at: its chat waits; past its expiry it is unknown."""
        if job.expires_at <= self._head.clock():
            self.end(job, State.UNKNOWN, "unsettled", reason)
            return
        self._wait(job)

    def _wait(self, job: Job) -> None:
        seconds = backoff(job.tries, self._chance())
        self._delay(job.model_copy(update={"tries": job.tries + 1}), seconds)

    def _delay(self, job: Job, seconds: float) -> None:
        """Store it; its chat waits, the phone does not."""
        self._jobs.put(job)
        self._jobs.not_before[job.chat_id] = self._head.clock().timestamp() + seconds

    async def send(self, job: Job, chat: KnownChat, screen: ChatScreen) -> ChatScreen | None:
        """Carry out one job in the open chat; the chat as it was last seen, if it still shows.

        Raises:
            Retryable: the phone failed after the intent; the job is reconciled later.
            LeaseLost: another agent has the phone.

        """
        way: Way = self._writing if isinstance(job.action.content, Text) else self._sharing
        shown = await self._carry_out(job, chat, screen, way)
        job = self._jobs.get(job.action_id)
        if job.terminal:
            await way.tidy(job)
        return shown

    async def _carry_out(
        self, job: Job, chat: KnownChat, screen: ChatScreen, way: Way
    ) -> ChatScreen | None:
        if job.tapped:
            return await self._reconcile(job, chat, screen, way)
        if job.state is State.QUEUED:
            job = self.claim(job)
        job = job.to(State.OPENED, self._head.clock())
        self._jobs.put(job)
        reach("agent.opened")
        try:
            job, ready = await way.prepare(job, chat, screen)
        except Undeliverable as error:
            self.end(self._jobs.get(job.action_id), State.FAILED, error.reason, str(error))
        except Retryable as error:
            self.put_off(self._jobs.get(job.action_id), f"before the tap: {error}")
        else:
            return await self._commit(job, chat, ready, way)
        await way.clear(job)
        return None

    async def _commit(self, job: Job, chat: KnownChat, ready: Ready, way: Way) -> ChatScreen | None:
        """Intent, one tap, look.

        Raises:
            InputDenied: the phone refused the tap; the job waits.

        """
        taps, anchor = job.taps, self._anchor(chat, ready)
        if taps == 0:
            self._pacing.sent(job)
        job = job.to(State.INTENT, self._head.clock(), anchor=anchor, taps=taps + 1)
        untapped = job.model_copy(update={"taps": taps})
        self._jobs.put(job)
        reach("agent.intent_stored")
        try:
            await self._write_down(job)
        except Retryable as error:
            await self._unwritten(untapped, way, error)
            return None
        reach("agent.intent_acked")
        if self._rest.until is not None:  # a warning, or a stop, that came since
            await self._untapped(untapped, way, Retryable(self._rest.words))
            return None
        try:
            await self._tap(ready.button)
        except InputDenied as error:
            await self._untapped(untapped, way, error)
            raise
        job = job.to(State.TAPPED, self._head.clock())
        if taps == 0:
            self._jobs.put(job)
        reach("agent.tapped")
        verdict, glance = await self._looking.after_tap(job, chat, way)
        if self._may_tap(job, verdict):
            self._pause(job)
        else:
            await self._decided(job, verdict)
        return glance.screen

    async def _write_down(self, job: Job) -> None:
        """Have the ledger ack how far a job is.

        Raises:
            Retryable: it did not.

        """
        entry = job.entry(self._head.clock())
        await self._shipping.send_soon(*self._head.entry(entry, job.traceparent))

    async def _unwritten(self, job: Job, way: Way, error: Failure) -> None:
        """No tap without its intent in the ledger. An earlier tap of it is not forgotten."""
        if job.taps:
            self._wait(job)
            return
        self.put_off(job, f"no tap without its intent in the ledger: {error}")
        await way.clear(job)

    async def _untapped(self, job: Job, way: Way, error: Failure) -> None:
        """The phone says that it did not tap: that counts as no tap. One that was tapped before
        keeps its anchor, lest that tap lands yet.
        """
        if job.taps:
            self._wait(job)
        else:
            await self._withdraw(job, way, f"before the tap: {error}")

    async def _withdraw(self, job: Job, way: Way, reason: str) -> None:
        """Back to the queue from an intent whose tap is proven undone: the ledger hears it first,
        else a restart would look for a draft that is cleared, and not know.
        """
        try:
            await self._write_down(job.back(reason).model_copy(update={"anchor": None}))
        except Retryable as error:
            logger.info("{} stays an intent: {}", job.action_id, error)
            self._wait(job)
            return
        reach("agent.withdrawn")
        self.put_off(job, reason)
        await way.clear(job)

    def _may_tap(self, job: Job, verdict: Verdict) -> bool:
        """Whether it may be tapped again, as a look proves that the last tap did nothing."""
        resting, late = self._rest.until is not None, job.expires_at <= self._head.clock()
        return verdict is Verdict.DRAFT and job.taps < MOST_TAPS and not resting and not late

    def _pause(self, job: Job) -> None:
        """Until the next tap its chat waits, ever longer; what it shows then is judged first."""
        left = (job.expires_at - self._head.clock()).total_seconds()
        seconds = pause(job.taps, self._retap, left, self._chance())
        self._delay(job, seconds)
        logger.info("tap {} of {} did nothing, {:.1f} s", job.taps, job.action_id, seconds)
        reach("agent.tap_undone")

    def _anchor(self, chat: KnownChat, ready: Ready) -> Anchor:
        """The rows on the screen; where one row fills it, the last ones that were taken in."""
        screen = ready.screen
        if screen.rows:
            rows = [row.row for row in screen.rows]
            return anchor_for(rows, ready.bubble, at_top=screen.short)
        tail = self._chats.tails[chat.chat_id]
        return anchor_for(tail.rows, ready.bubble, at_top=tail.whole)

    async def _decided(self, job: Job, verdict: Verdict) -> None:
        """Write what a verdict comes to where no tap follows."""
        if verdict is Verdict.SENT and not job.last_part:
            await self._go_on(job.next_part())
        elif verdict is Verdict.SENT:
            self.end(job, State.SENT, detail=job.note or "")
        elif verdict is Verdict.FAILED:
            self.end(job, State.FAILED, self._why(job), "the bubble carries the red mark")
        elif verdict is Verdict.DRAFT and self._rest.until is not None:
            self.put_off(job, self._rest.words)
        elif verdict is Verdict.DRAFT:
            self.end(job, State.NOT_SENT, "draft_still_there", f"{job.taps} taps did nothing")
        elif verdict is Verdict.SENDING:
            self._turning(job)
        else:
            self._unknown(job)

    def _why(self, job: Job) -> str:
        """Why a bubble carries the red mark, as far as WeChat has said it."""
        state = self._reader.state_of(job.chat_id)
        if state in {"removed", "blocked"}:
            return state
        return "too_frequent" if self._rest.code == "too_frequent" else "send_failed_mark"

    async def _go_on(self, job: Job) -> None:
        """The next part's turn comes once the ledger has that the one before it is sent."""
        self._jobs.put(job)
        reach("agent.part_sent")
        try:
            await self._write_down(job)
        except Retryable as error:
            self.put_off(job, f"the part before is not in the ledger: {error}")
        reach("agent.part_acked")

    def _turning(self, job: Job) -> None:
        """The bubble stands with its spinner: its chat waits; in the end nobody knows."""
        now = self._head.clock()
        since = job.turning or now
        if now - since > self._settle:
            self.end(job, State.UNKNOWN, "unsettled", "the bubble shows that it is being sent")
            return
        seconds = min(_MOST_PAUSE, backoff(job.tries, 1.0))
        self._delay(job.model_copy(update={"turning": since, "tries": job.tries + 1}), seconds)

    def _unknown(self, job: Job) -> None:
        detail = "neither the bubble nor the draft was found"
        if job.action.on_unknown == "resend" and not job.resent:
            again = job.back("resent by its own rule")
            self._jobs.put(again.model_copy(update={"resent": True, "taps": 0, "anchor": None}))
            return
        self.end(job, State.UNKNOWN, "unsettled", detail)

    async def _tap(self, button: Box) -> None:
        """One compare-and-tap. An answer other than `tapped` proves nothing but a lost lease.

        Raises:
            InputDenied: Android refused it, nothing was tapped.

        """
        self._pilot.screen = None
        try:
            answer = await self._pilot.phone.shell(self._lease.tap(*button.middle))
        except OutcomeUnknown as error:
            logger.info("the tap's answer is lost, looking: {}", error)
            return
        if denied(answer):
            raise InputDenied
        if "tapped" in answer:
            return
        renewal = await self._pilot.phone.shell(self._lease.renewal())
        if not self._lease.renewed(renewal):
            await self._lease.acquire()

    async def _reconcile(
        self, job: Job, chat: KnownChat, screen: ChatScreen, way: Way
    ) -> ChatScreen | None:
        """An intent without an outcome, after a crash or a lost phone: count, else say unknown.

        Raises:
            NotReady: the chat went away meanwhile.

        """
        verdict, shown = await self._looking.afresh(job, chat, screen, way)
        logger.info("reconciled {}: {}", job.action_id, verdict.value)
        if not self._may_tap(job, verdict):
            await self._decided(job, verdict)
            return shown
        if not way.resumes(job):
            await self._withdraw(job, way, "it was not sent, and is to be made ready anew")
            return None
        await self._pilot.phone.wake()  # a dark screen takes no taps
        ready = await way.resume(job, chat, shown)
        if ready is None:
            self._wait(job)
            return shown
        return await self._commit(job, chat, ready, way)

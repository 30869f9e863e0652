"""Sends: type, verify, write the intent, tap once, look; and says truthfully what came of it.

Design 8. From an open chat a send costs five calls: look, set the text, look, tap, look; the last
look is the first of the next send to the same chat. Before the intent is acked in the ledger every
fault is safe. After it nothing is repeated that a look has not proven undone.
"""

import asyncio
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
from device_agent.nodes import Box
from device_agent.outbox import Outbox
from device_agent.parcel import refusal
from device_agent.phone import OutcomeUnknown
from device_agent.pilot import Pilot
from device_agent.reader import Reader
from device_agent.rest import Rest
from device_agent.screen import ChatScreen
from device_agent.sending import (
    LOOKS,
    MOST_TAPS,
    SPINNER_LOOKS,
    Verdict,
    anchor_for,
    judge,
)
from device_agent.sharing import Sharing
from device_agent.shipping import Shipping
from device_agent.way import Glance, NotReady, Ready, Sign, Undeliverable, Way
from device_agent.window import Scroller, Window
from device_agent.writing import Writing
from schemas.content import Text
from schemas.failure import Retryable
from schemas.ledger import Anchor
from schemas.phone import KnownChat
from schemas.receipt import State

_PAUSE = 0.1  # seconds before another look, times its number
_MOST_PAUSE = 5.0
_MOST_PAGES = 16
_STALE_LOOKS = 4
_STALE_PAUSE = 0.6  # seconds; a tree was seen to lag by 1.5 (reference/phone.md 3)


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
        rest: Rest,
        evidence: Evidence,
        chance: Callable[[], float],
        settle: float,
        most_bytes: int,
    ) -> None:
        """`chance` gives numbers in [0, 1) for backoff. `settle`: seconds a bubble may show that it
        is being sent. `most_bytes`: of a picture, video or file.
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
        self._rest = rest
        self._evidence = evidence
        self._chance = chance
        self._settle = timedelta(seconds=settle)
        self._scroller = Scroller(pilot)

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
        self._jobs.put(job.back(reason))
        wait = backoff(job.tries, self._chance())
        self._jobs.not_before[job.chat_id] = self._head.clock().timestamp() + wait
        logger.info("{} is put off for {:.1f} s: {}", job.action_id, wait, reason)

    def wait(self, job: Job, reason: str) -> None:
        """A tap whose chat cannot be looked at: its chat waits; past its expiry it is unknown."""
        if job.expires_at <= self._head.clock():
            self.end(job, State.UNKNOWN, "unsettled", reason)
            return
        self._jobs.put(job.model_copy(update={"tries": job.tries + 1}))
        wait = backoff(job.tries, self._chance())
        self._jobs.not_before[job.chat_id] = self._head.clock().timestamp() + wait

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

    async def _commit(
        self, job: Job, chat: KnownChat, ready: Ready | None, way: Way
    ) -> ChatScreen | None:
        """Intent, tap, look; again while a look proves that it was not sent."""
        shown: ChatScreen | None = None
        while ready is not None:
            first = job.taps == 0
            job = job.to(
                State.INTENT,
                self._head.clock(),
                anchor=self._anchor(chat, ready),
                taps=job.taps + 1,
            )
            self._jobs.put(job)
            reach("agent.intent_stored")
            try:
                entry = job.entry(self._head.clock())
                await self._shipping.send_soon(*self._head.entry(entry, job.traceparent))
            except Retryable as error:
                untapped = job.model_copy(update={"taps": job.taps - 1})
                self.put_off(untapped, f"no tap without its intent in the ledger: {error}")
                await way.clear(job)
                return None
            reach("agent.intent_acked")
            await self._tap(ready.button)
            job = job.to(State.TAPPED, self._head.clock())
            if first:
                self._jobs.put(job)
            reach("agent.tapped")
            verdict, glance = await self._verify(job, chat, way)
            shown = glance.screen
            if await self._decided(job, verdict):
                return shown
            ready = _again(ready, glance)
        self.end(job, State.UNKNOWN, "unsettled", "the chat did not show what came of the tap")
        return shown

    def _anchor(self, chat: KnownChat, ready: Ready) -> Anchor:
        """The rows on the screen; where one row fills it, the last ones that were taken in."""
        screen = ready.screen
        if screen.rows:
            rows = [row.row for row in screen.rows]
            return anchor_for(rows, ready.bubble, at_top=screen.short)
        tail = self._chats.tails[chat.chat_id]
        return anchor_for(tail.rows, ready.bubble, at_top=tail.whole)

    async def _decided(self, job: Job, verdict: Verdict) -> bool:
        """Write the end that a verdict is; False: the draft is still there, tap again."""
        if verdict is Verdict.SENT and not job.last_part:
            await self._go_on(job.next_part())
        elif verdict is Verdict.SENT:
            self.end(job, State.SENT, detail=job.note or "")
        elif verdict is Verdict.FAILED:
            self.end(job, State.FAILED, self._why(job), "the bubble carries the red mark")
        elif verdict is Verdict.DRAFT and self._rest.until is not None:
            self.put_off(job, "WeChat asks for a rest")
        elif verdict is Verdict.DRAFT:
            if job.taps < MOST_TAPS:
                await self._pilot.phone.wake()  # a dark screen takes no taps
                return False
            self.end(job, State.NOT_SENT, "draft_still_there", f"{job.taps} taps did nothing")
        elif verdict is Verdict.SENDING:
            self._turning(job)
        else:
            self._unknown(job)
        return True

    def _why(self, job: Job) -> str:
        """Why a bubble carries the red mark, as far as WeChat has said it."""
        state = self._reader.state_of(job.chat_id)
        if state in {"removed", "blocked"}:
            return state
        return "send_failed_mark" if self._rest.until is None else "too_frequent"

    async def _go_on(self, job: Job) -> None:
        """The next part's turn comes once the ledger has that the one before it is sent."""
        self._jobs.put(job)
        reach("agent.part_sent")
        entry = job.entry(self._head.clock())
        try:
            await self._shipping.send_soon(*self._head.entry(entry, job.traceparent))
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
        self._jobs.put(job.model_copy(update={"turning": since, "tries": job.tries + 1}))
        pause = min(_MOST_PAUSE, backoff(job.tries, 1.0))
        self._jobs.not_before[job.chat_id] = now.timestamp() + pause

    def _unknown(self, job: Job) -> None:
        detail = "neither the bubble nor the draft was found"
        if job.action.on_unknown == "resend" and not job.resent:
            again = job.back("resent by its own rule")
            self._jobs.put(again.model_copy(update={"resent": True, "taps": 0, "anchor": None}))
            return
        self.end(job, State.UNKNOWN, "unsettled", detail)

    async def _tap(self, button: Box) -> None:
        """One compare-and-tap. An answer other than `tapped` proves nothing but a lost lease."""
        self._pilot.screen = None
        try:
            answer = await self._pilot.phone.shell(self._lease.tap(*button.middle))
        except OutcomeUnknown as error:
            logger.info("the tap's answer is lost, looking: {}", error)
            return
        if "tapped" in answer:
            return
        renewal = await self._pilot.phone.shell(self._lease.renewal())
        if not self._lease.renewed(renewal):
            await self._lease.acquire()

    async def _verify(self, job: Job, chat: KnownChat, way: Way) -> tuple[Verdict, Glance]:
        """Look until the outcome shows, at most four times, more often while a spinner turns; the
        last look scrolls back too.

        Raises:
            Retryable: the chat was not seen again; what came of the tap shows when it is.

        """
        verdict, last = Verdict.UNSETTLED, None
        number = 0
        while number <= (SPINNER_LOOKS if verdict is Verdict.SENDING else LOOKS):
            await asyncio.sleep(_PAUSE * number)
            number += 1
            try:
                glance = await way.glance(job, chat)
            except OutcomeUnknown:
                raise
            except Retryable as error:
                if number > LOOKS:
                    raise
                logger.info("look {} after the tap failed: {}", number, error)
                continue
            verdict, last = await self._weighed(job, chat, way, glance)
            if verdict in {Verdict.SENT, Verdict.FAILED}:
                break
        if last is None:
            raise NotReady("the chat went away after the tap")
        return verdict, last

    async def _weighed(
        self, job: Job, chat: KnownChat, way: Way, glance: Glance | None
    ) -> tuple[Verdict, Glance | None]:
        """What one look after our tap proves, and the chat at its last row after it."""
        if glance is None:
            return Verdict.UNSETTLED, None
        if glance.screen is None:
            return Verdict.DRAFT, glance
        sign = way.sign(job, glance.screen, tapped_now=True)
        verdict, shown = await self._judged(job, chat, glance.screen, sign)
        return verdict, Glance(shown, shown.send_bounds)

    async def _judged(
        self, job: Job, chat: KnownChat, screen: ChatScreen, sign: Sign
    ) -> tuple[Verdict, ChatScreen]:
        """What the screen, scrolled back as far as it takes, says of a job."""
        if job.anchor is None:
            return Verdict.UNSETTLED, screen
        window = Window(screen, list(screen.rows), at_top=screen.short)
        while True:
            verdict = judge(
                job.anchor, window.rows, at_top=window.at_top, held=sign.held, gone=sign.gone
            )
            if verdict is not Verdict.UNSETTLED or window.pages >= _MOST_PAGES:
                break
            if not await self._scroller.extend(window):
                break
        if window.pages:
            screen = await self._scroller.to_bottom(window.screen) or screen
        return verdict, await self._reader.take_in(screen, opened=chat)

    async def _reconcile(
        self, job: Job, chat: KnownChat, screen: ChatScreen, way: Way
    ) -> ChatScreen | None:
        """An intent without an outcome, after a crash or a lost phone: count, else say unknown.

        Raises:
            NotReady: the chat went away meanwhile.

        """
        sign = way.sign(job, screen, tapped_now=False)
        verdict, shown = await self._judged(job, chat, screen, sign)
        for _ in range(_STALE_LOOKS):
            if verdict is not Verdict.UNSETTLED:
                break
            await asyncio.sleep(_STALE_PAUSE)
            again = await self._pilot.look_at_chat()
            if again is None or not again.is_of(chat.title):
                raise NotReady("the chat went away before what came of the tap was seen")
            sign = way.sign(job, again, tapped_now=False)
            verdict, shown = await self._judged(job, chat, again, sign)
        logger.info("reconciled {}: {}", job.action_id, verdict.value)
        if await self._decided(job, verdict):
            return shown
        if not way.resumes(job):
            self.put_off(job, "it was not sent, and is to be made ready anew")
            return shown
        return await self._commit(job, chat, await way.resume(job, chat, shown), way)


def _again(ready: Ready, glance: Glance) -> Ready | None:
    """Ready for another tap, where a look proved that the last one did nothing."""
    if glance.button is None:
        return None
    return Ready(glance.screen or ready.screen, glance.button, ready.bubble)

"""Looks at a chat after a tap until they say what came of it, scrolled back as far as it takes."""

import asyncio

from loguru import logger

from device_agent.job import Job
from device_agent.phone import OutcomeUnknown
from device_agent.pilot import Pilot, TreeChanged
from device_agent.reader import Reader
from device_agent.screen import ChatScreen
from device_agent.sending import LOOKS, SPINNER_LOOKS, Verdict, judge
from device_agent.way import Glance, NotReady, Sign, Way
from device_agent.window import Scroller, Window
from schemas.failure import Retryable
from schemas.phone import KnownChat

_PAUSE = 0.1  # seconds before another look, times its number
_MOST_PAGES = 16
_STALE_LOOKS = 4
_STALE_PAUSE = 0.6  # seconds; a tree was seen to lag by 1.5 (reference/phone.md 3)


class Looking:
    """The eyes of one phone's sends."""

    def __init__(self, pilot: Pilot, reader: Reader) -> None:
        """Both of one phone."""
        self._pilot = pilot
        self._reader = reader
        self._scroller = Scroller(pilot)

    async def after_tap(self, job: Job, chat: KnownChat, way: Way) -> tuple[Verdict, Glance]:
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
            except (OutcomeUnknown, TreeChanged):
                raise  # a picture proves nothing of a tap: it is judged when the tree is back
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

    async def afresh(
        self, job: Job, chat: KnownChat, screen: ChatScreen, way: Way
    ) -> tuple[Verdict, ChatScreen]:
        """What the open chat says of an earlier tap, and the chat at its last row after it; a few
        looks more where that settles nothing.

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
        return verdict, shown

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
        return verdict, Glance(shown)

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

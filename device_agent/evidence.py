"""Keeps a redacted screenshot of the moment at which a message's fate was told, for its receipt.

The picture is taken on the phone's own thread before anything else is asked of the phone, and
redacted and stored beside it; the receipt waits for that a few seconds at most. What cannot be had
is left out: no screenshot ever holds up a message.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from loguru import logger

from connectors.media.store import MediaStore
from connectors.settings import Screenshots
from device_agent.job import Job
from device_agent.jobs import Jobs
from device_agent.phone import Phone, Picture
from device_agent.redaction import redacted
from schemas.content import Media
from schemas.failure import Failure
from schemas.receipt import State

_PATIENCE: Final = 8.0
_TOLD: Final = frozenset({State.UNKNOWN, State.NOT_SENT, State.FAILED})


class Evidence:
    """Takes pictures of one phone."""

    def __init__(
        self,
        *,
        phone: Phone,
        store: MediaStore,
        jobs: Jobs,
        titles: Callable[[str], str | None],
        settle_soon: Callable[[], None],
        when: Screenshots,
    ) -> None:
        """`titles` gives a chat's title by its id; `settle_soon` is called when a job's receipts
        need wait no longer.
        """
        self._phone = phone
        self._store = store
        self._jobs = jobs
        self._titles = titles
        self._settle_soon = settle_soon
        self._when = when
        self._under_way: set[asyncio.Task[None]] = set()

    def take(self, job: Job) -> None:
        """Picture the screen for a job that just ended, if its end is worth it."""
        if not self._worth(job):
            return
        self._jobs.withheld.add(job.action_id)
        picture = self._phone.picture()
        task = asyncio.create_task(self._keep(job, picture))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _worth(self, job: Job) -> bool:
        """Whether the screen shows what became of the job: not where the phone was never asked."""
        if self._when == "none" or (self._when == "faults" and job.state not in _TOLD):
            return False
        begun = any(one.state is State.CLAIMED for one in job.passed)
        return begun or job.reason == "ambiguous_recipient"

    async def _keep(self, job: Job, picture: "Future[Picture]") -> None:
        title = self._titles(job.chat_id)
        shown = frozenset(words for words in (title, *job.texts) if words)
        try:
            media = await self._kept(picture, shown, f"{job.action_id.replace('/', '-')}.png")
            now = self._jobs.get(job.action_id)  # a next attempt may have come meanwhile
            if media is not None and now.action.attempt == job.action.attempt:
                self._jobs.put(now.model_copy(update={"screenshot": media}))
        finally:
            self._jobs.withheld.discard(job.action_id)
            self._settle_soon()

    async def of_now(self) -> Media | None:
        """The screen as it stands, with no person's words in it; None: it cannot be had."""
        if self._when == "none":
            return None
        return await self._kept(self._phone.picture(), frozenset(), "phone.png")

    async def _kept(
        self, picture: "Future[Picture]", shown: frozenset[str], name: str
    ) -> Media | None:
        try:
            async with asyncio.timeout(_PATIENCE):
                taken = await asyncio.wrap_future(picture)
                data = await asyncio.to_thread(redacted, taken.image, taken.xml, shown)
                return await self._store.put(data, mime="image/png", name=name)
        except (Failure, TimeoutError, ValueError) as error:
            logger.info("no screenshot: {}", repr(error))
            return None

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

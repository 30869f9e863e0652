"""The way of texts: into the field, read back, and one tap on 发送."""

from loguru import logger

from connectors.failpoint import reach
from device_agent.job import Job
from device_agent.jobs import Jobs
from device_agent.letterhead import Letterhead
from device_agent.pilot import Pilot
from device_agent.rows import print_of
from device_agent.screen import ChatScreen
from device_agent.sending import mangled
from device_agent.way import Glance, NotReady, OpenChat, Ready, Sign
from device_agent.wording import normal
from schemas.content import Text
from schemas.failure import Retryable
from schemas.phone import KnownChat
from schemas.receipt import State


class Writing:
    """Types a text and proves that the field holds it."""

    resumes = True

    def __init__(self, pilot: Pilot, chat: OpenChat, jobs: Jobs, head: Letterhead) -> None:
        """All of one phone."""
        self._pilot = pilot
        self._open = chat
        self._jobs = jobs
        self._head = head

    async def prepare(self, job: Job, chat: KnownChat, screen: ChatScreen) -> tuple[Job, Ready]:
        """See `Way`."""
        text = normal(job.text)
        job = self._keep_draft(job, screen.field_text, text)
        if screen.field_text != text:
            await self._pilot.write(job.text)
        shown = await self._open.read(chat)  # always fresh: title and text are proven by it
        if shown.field_text != text or shown.send_bounds is None:
            if mangled(shown.field_text, text):
                await self._pilot.write("")  # else the next try would take it for a person's draft
            raise NotReady("the field does not hold the text")
        job = job.to(State.TYPED, self._head.clock())
        self._jobs.put(job)
        reach("agent.typed")
        return job, Ready(shown, shown.send_bounds, Text(text=text))

    def _keep_draft(self, job: Job, draft: str, text: str) -> Job:
        """Words of somebody else, about to be cleared, are stored before they are gone."""
        if not draft or draft == text:
            return job
        job = job.keeping_draft(draft)
        self._jobs.put(job)
        reach("agent.draft_kept")
        return job

    async def glance(self, job: Job, chat: KnownChat) -> Glance | None:
        """See `Way`."""
        screen = await self._pilot.look_at_chat()
        return Glance(screen) if screen is not None and screen.is_of(chat.title) else None

    def sign(self, job: Job, screen: ChatScreen, *, tapped_now: bool) -> Sign:
        """See `Way`. The field held exactly our text at the intent. Later an empty one proves
        nothing: an app that died forgets its draft.
        """
        field = screen.field_text
        held = job.anchor is not None and job.anchor.text_print == _print(field)
        return Sign(held=bool(field) and held, gone=tapped_now and not field)

    async def resume(self, job: Job, chat: KnownChat, screen: ChatScreen) -> Ready | None:
        """See `Way`."""
        shown = screen
        if not self.sign(job, shown, tapped_now=False).held:
            shown = await self._open.read(chat)
        if shown.send_bounds is None:
            return None
        return Ready(shown, shown.send_bounds, Text(text=shown.field_text))

    async def clear(self, job: Job) -> None:
        """See `Way`."""
        try:
            screen = await self._pilot.look()
            if isinstance(screen, ChatScreen) and screen.field_text == normal(job.text):
                await self._pilot.write("")
        except Retryable as error:
            logger.debug("the draft stays for now: {}", error)

    async def tidy(self, job: Job) -> None:
        """See `Way`: a text leaves nothing."""


def _print(text: str) -> str:
    return print_of("own", "", Text(text=text))

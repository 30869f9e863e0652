"""The way of texts: into the field, read back, and one tap on 发送."""

from loguru import logger

from connectors.failpoint import reach
from device_agent.calling import Call, flat, segments
from device_agent.citing import Citing, NotQuotable
from device_agent.job import Job
from device_agent.jobs import Jobs
from device_agent.letterhead import Letterhead
from device_agent.pilot import Pilot
from device_agent.rows import print_of
from device_agent.screen import ChatScreen
from device_agent.sending import mangled
from device_agent.typist import Typist
from device_agent.way import Glance, NotReady, OpenChat, Ready, Sign, Undeliverable
from device_agent.wording import normal
from schemas.content import Text
from schemas.failure import Retryable
from schemas.phone import KnownChat
from schemas.receipt import State


class Writing:
    """Types a text, what it calls and quotes included, and proves that the field holds it."""

    def __init__(
        self,
        *,
        pilot: Pilot,
        chat: OpenChat,
        typist: Typist,
        citing: Citing,
        jobs: Jobs,
        head: Letterhead,
    ) -> None:
        """All of one phone."""
        self._pilot = pilot
        self._open = chat
        self._typist = typist
        self._citing = citing
        self._jobs = jobs
        self._head = head

    def resumes(self, job: Job) -> bool:
        """See `Way`. Names picked and a quote are lost with the page they were chosen on."""
        return not job.calls and job.quote is None

    async def prepare(self, job: Job, chat: KnownChat, screen: ChatScreen) -> tuple[Job, Ready]:
        """See `Way`."""
        if job.action_calls and chat.kind != "group":
            raise Undeliverable("not_a_group", f"nobody can be called in {chat.title}")
        job, line = await self._quoted(job, chat)
        job = self._keep_draft(job, screen.field_text)
        text = await self._typed(job, chat, screen)
        shown = await self._open.read(chat)  # always fresh: title and text are proven by it
        if shown.field_text != text or shown.send_bounds is None:
            if job.calls or mangled(shown.field_text, text):
                await self._pilot.write("")  # else the next try would take it for a person's draft
            raise NotReady("the field does not hold the text")
        if (shown.quoting.line if shown.quoting else None) != line:
            await self._citing.unquote(shown.quoting)
            raise NotReady("the quote under the field is not the one asked for")
        job = job.to(State.TYPED, self._head.clock())
        self._jobs.put(job)
        reach("agent.typed")
        return job, Ready(shown, shown.send_bounds, Text(text=text))

    async def _quoted(self, job: Job, chat: KnownChat) -> tuple[Job, str | None]:
        """The message that this answers, quoted; what stands under the field then. One that cannot
        be quoted is answered without, and the receipt says so, unless the action forbids it.
        """
        if job.quote is None:
            return job, None
        try:
            line = await self._citing.quote(chat, job.quote)
        except NotQuotable as error:
            if job.action.quote_required:
                raise Undeliverable("quote_not_found", str(error)) from error
            job = job.noting(f"sent without its quote: {error}")
            self._jobs.put(job)
            return job, None
        reach("agent.quoted")
        return job, line

    async def _typed(self, job: Job, chat: KnownChat, screen: ChatScreen) -> str:
        """What the field should hold now."""
        text = normal(job.text)
        if not job.calls:
            if screen.field_text != text:
                await self._pilot.write(job.text)
            return text
        parts = segments(job.text, job.calls)
        if sum(isinstance(part, Call) for part in parts) < len(job.calls):
            raise Undeliverable("mention_not_placed", "the names called run into each other")
        typed = await self._typist.type(chat, screen, parts)
        reach("agent.called")
        return typed

    def _keep_draft(self, job: Job, draft: str) -> Job:
        """Words of somebody else, about to be cleared, are stored before they are gone."""
        text = normal(job.text)
        ours = job.calls and job.tries and flat(draft).rstrip("@ ") in flat(text)
        if not draft or draft == text or ours:
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
            if not isinstance(screen, ChatScreen):
                return
            await self._citing.unquote(screen.quoting)
            ours = screen.field_text == normal(job.text) or bool(job.calls)
            if screen.field_text and ours:
                await self._pilot.write("")
        except Retryable as error:
            logger.debug("the draft stays for now: {}", error)

    async def tidy(self, job: Job) -> None:
        """See `Way`: a text leaves nothing."""


def _print(text: str) -> str:
    return print_of("own", "", Text(text=text))

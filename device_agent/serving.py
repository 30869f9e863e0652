"""Serves the jobs that wait: which may be worked on, which are refused, and their chats opened."""

from collections.abc import Awaitable, Callable

from device_agent.approach import Ambiguous, Approach, Elsewhere
from device_agent.chats import Chats
from device_agent.job import Job
from device_agent.jobs import Jobs
from device_agent.letterhead import Letterhead
from device_agent.pacing import Pacing
from device_agent.pilot import Pilot
from device_agent.reader import Reader
from device_agent.screen import ChatScreen
from device_agent.sender import Sender
from device_agent.standing import MOST_TRIES, shut
from device_agent.visits import Visits
from schemas.failure import Retryable
from schemas.phone import KnownChat
from schemas.receipt import State

_IN_A_ROW = 20


class Serving:
    """Decides what is sent next and where; `Sender` does it in the chat that is open."""

    def __init__(
        self,
        *,
        pilot: Pilot,
        reader: Reader,
        sender: Sender,
        chats: Chats,
        jobs: Jobs,
        pacing: Pacing,
        head: Letterhead,
        approach: Approach,
        visits: Visits,
        progress: Callable[[], Awaitable[None]],
    ) -> None:
        """All of one phone. `progress` is awaited after each send."""
        self._pilot = pilot
        self._reader = reader
        self._sender = sender
        self._chats = chats
        self._jobs = jobs
        self._pacing = pacing
        self._head = head
        self._approach = approach
        self._visits = visits
        self._progress = progress
        self.may_send = False

    def heads(self) -> list[Job]:
        """The jobs that may be worked on now, one a chat, unproven taps first. The governor is
        asked about each: what may not be sent yet waits, or is held, from now on.
        """
        if not self.may_send:
            return []
        now = self._head.clock()
        heads = self._jobs.heads(now.timestamp())
        if self._pilot.hidden:  # what was tapped is judged when the tree is back
            return [job for job in heads if job.expires_at <= now and not job.tapped]
        # A layout that only stands in may take one field for another: it reads, and sends nothing.
        sure = self._pilot.may_write
        return [
            self._jobs.get(job.action_id)
            for job in heads
            if job.tapped or job.expires_at <= now or (sure and self._pacing.admit(job))
        ]

    async def serve(self, job: Job) -> bool:
        """Open the job's chat and send what waits for it."""
        chat = self._chats.home_of(job.chat_id)
        if chat is not None and chat.chat_id != job.chat_id:
            self._jobs.move(job, chat.chat_id)
            return True
        if chat is None:
            end = State.UNKNOWN if job.tapped else State.FAILED
            self._sender.end(job, end, "unknown_chat", f"no chat has id {job.chat_id}")
            return True
        if self._refused(job, chat):
            return True
        if not job.tapped:
            job = self._sender.claim(job)
        screen = await self._open(job, chat)
        if screen is not None:
            sure = not job.tapped or self._approach.proven(chat)
            shown = await self._send_all(chat, screen, sure=sure)
            if shown is not None:
                self._visits.note(shown)
        return True

    async def send_waiting(self, chat: KnownChat, screen: ChatScreen) -> ChatScreen:
        """Before an open chat is left: send what waits for it, if its title alone proves it."""
        if self._reader.namesakes.in_doubt(chat):
            return screen
        waiting = [job for job in self.heads() if job.chat_id == chat.chat_id]
        if waiting and not self._refused(waiting[0], chat):
            sure = self._approach.proven(chat)
            screen = await self._send_all(chat, screen, sure=sure) or screen
        return screen

    def _refused(self, job: Job, chat: KnownChat) -> bool:
        """Ends a job that must not be sent; never one whose tap is not proven undone."""
        if job.tapped:
            return False
        if job.expires_at <= self._head.clock():
            self._sender.end(job, State.EXPIRED, "expired", job.reason or "")
        elif (state := self._shut(job, chat)) is not None:
            self._sender.end(job, State.FAILED, state, "WeChat says so in that chat")
        elif (why := self._sender.refusal(job)) is not None:
            self._sender.end(job, State.FAILED, *why)
        else:
            return False
        return True

    def _shut(self, job: Job, chat: KnownChat) -> str | None:
        """Why nothing arrives in the chat, where that need not be found out once more."""
        known = self._chats.known[chat.chat_id]
        since, now = known.state_at or known.at, self._head.clock()
        attempt, tries = job.action.attempt, job.tries
        if not shut(known.state, since, attempt=attempt, tries=tries, now=now):
            return None
        if tries >= MOST_TRIES:
            self._reader.naming.change(known, state_at=now)
        return known.state

    async def _open(self, job: Job, chat: KnownChat) -> ChatScreen | None:
        """The job's chat, opened and proven; None when the job ended or waits over it.

        Raises:
            Retryable: the phone failed; the job waits.

        """
        try:
            if job.tapped:
                return await self._approach.look_at(chat)
            return await self._approach.open(chat)
        except Ambiguous as error:
            job = self._jobs.get(job.action_id)  # it may have been sent on the way
            if job.tapped:
                self._sender.wait(job, "the search finds another chat of its name")
            elif not job.terminal:
                self._sender.end(job, State.FAILED, "ambiguous_recipient", str(error))
        except Elsewhere as error:
            self._put_off(job, str(error))
        except Retryable as error:
            self._put_off(job, f"the chat was not opened: {error}")
            raise
        return None

    def _put_off(self, job: Job, reason: str) -> None:
        """Put the job off as it stands now: leaving an open chat may have carried it out, and a
        tap that cannot be looked at holds its own chat alone.
        """
        job = self._jobs.get(job.action_id)
        if job.tapped:
            self._sender.wait(job, reason)
        elif not job.terminal:
            self._sender.put_off(job, reason)

    async def _send_all(
        self, chat: KnownChat, screen: ChatScreen, *, sure: bool
    ) -> ChatScreen | None:
        """Send what waits for the open chat, in order; after so many others have a turn. Unless
        the chat is `sure` to be this one, only what came of a tap is looked at.
        """
        shown: ChatScreen | None = screen
        for _ in range(_IN_A_ROW):
            heads = [job for job in self.heads() if job.chat_id == chat.chat_id]
            if shown is None or not heads or self._refused(heads[0], chat):
                break
            if not heads[0].tapped and not sure:
                break
            if not heads[0].tapped and not self._pacing.admit(heads[0], opened=True):
                break
            if not heads[0].tapped and not self._reader.only(shown, chat):
                detail = f"the title on the screen, {shown.title}, fits another chat too"
                self._sender.end(heads[0], State.FAILED, "ambiguous_recipient", detail)
                break
            shown = await self._sender.send(heads[0], chat, shown)
            await self._progress()
        return shown

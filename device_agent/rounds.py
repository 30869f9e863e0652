"""What the phone does next: visits to chats that call, sends that wait, else watch and rest."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from loguru import logger

from device_agent.chats import Chats
from device_agent.covers import Cover, Then
from device_agent.job import Job
from device_agent.jobs import Jobs
from device_agent.lease import RENEW_SECONDS, Lease
from device_agent.letterhead import Letterhead
from device_agent.listing import Listing
from device_agent.listwalk import MOST_PAGES, ListWalk
from device_agent.notification import read_notifications
from device_agent.pilot import Pilot
from device_agent.reader import Reader
from device_agent.reading import words_of
from device_agent.rest import Rest
from device_agent.screen import ChatScreen, ListRow, ListScreen
from device_agent.sender import Sender
from schemas.content import Text
from schemas.failure import DependencyDown, Retryable
from schemas.phone import KnownChat
from schemas.receipt import State

SWEEP_SECONDS = 10.0
QUIET_SECONDS = 20.0
REST_SECONDS = 2.0
_IN_A_ROW = 20
_POLL = "dumpsys notification --noredact"


@dataclass
class Clocks:
    """When what was last done, on a monotonic clock in seconds."""

    renewed: float = 0.0
    swept: float = 0.0
    worked: float = 0.0
    whole: bool = False
    resting: bool = False
    named: frozenset[str] = frozenset()
    notices: frozenset[tuple[int, str, int]] = field(default_factory=frozenset)


class Rounds:
    """The order of the phone's work: unproven taps first, then reading, then sending."""

    def __init__(
        self,
        *,
        pilot: Pilot,
        reader: Reader,
        sender: Sender,
        chats: Chats,
        jobs: Jobs,
        lease: Lease,
        rest: Rest,
        head: Letterhead,
        monotonic: Callable[[], float],
    ) -> None:
        """All of one phone. `monotonic` in seconds."""
        self._pilot = pilot
        self._reader = reader
        self._sender = sender
        self._chats = chats
        self._jobs = jobs
        self._lease = lease
        self.rest = rest
        self._head = head
        self._monotonic = monotonic
        self._listing = Listing()
        self._walk = ListWalk(pilot, self._listing)
        self._clocks = Clocks()
        self.may_send = False
        self.revisit: set[str] = set(chats.openings)
        pilot.on_chat = self._in_chat
        pilot.on_cover = self._covered

    @property
    def swept(self) -> bool:
        """Whether the whole list has been read since the phone came."""
        return self._clocks.whole

    def start_over(self) -> None:
        """The phone is back: read the whole list again, and what was under way."""
        self._clocks = Clocks(worked=self._monotonic())
        self._walk.at_top = False

    async def turn(self) -> float:
        """One step; the seconds the phone may rest before the next one.

        Raises:
            Retryable, DependencyDown, LeaseLost: the step failed.

        """
        now = self._monotonic()
        if self._clocks.resting and not self._heads() and now - self._clocks.swept < SWEEP_SECONDS:
            if not await self._noticed():
                return 0.5
            self._clocks.swept = 0.0
        await self._renew()
        self._clocks.resting = False
        listing = await self._pilot.to_list()
        self._listing.note(listing.rows)
        worked = await self._work(listing)
        if worked:
            self._clocks.worked = self._monotonic()
            return 0.0
        self._clocks.swept = self._monotonic()
        return await self._rest()

    async def _rest(self) -> float:
        """Nothing to do: settle visits, then the launcher, where WeChat posts notifications."""
        if await self._settle_visit(QUIET_SECONDS):
            return 0.0
        idle = self._monotonic() - self._clocks.worked
        if idle < REST_SECONDS:
            return 0.2
        if await self._settle_visit(0.0):
            return 0.0
        await self._pilot.home()
        self._clocks.resting = True
        return 0.3

    async def _noticed(self) -> bool:
        """One shell call: whether a notification came or changed; renews the lease when due."""
        due = self._monotonic() - self._clocks.renewed >= RENEW_SECONDS
        command = f"{_POLL}; {self._lease.renewal()}" if due else _POLL
        answer = await self._pilot.phone.shell(command)
        if due:
            await self._take_renewal(answer)
        read = read_notifications(answer)
        notices = frozenset((n.id, n.text, n.when) for n in read)
        fresh = notices - self._clocks.notices
        self._clocks.named |= {n.title for n in read if (n.id, n.text, n.when) in fresh}
        self._clocks.notices = notices
        return bool(fresh)

    async def _renew(self) -> None:
        if self._monotonic() - self._clocks.renewed >= RENEW_SECONDS:
            await self._take_renewal(await self._pilot.phone.shell(self._lease.renewal()))

    async def _take_renewal(self, answer: str) -> None:
        if not self._lease.renewed(answer):
            await self._lease.acquire()
        self._clocks.renewed = self._monotonic()

    # --- reading ---

    async def _work(self, listing: ListScreen) -> bool:
        """Reconcile, visit, send; whether anything was done."""
        tapped = [job for job in self._heads() if job.tapped]
        if tapped:
            return await self._serve(tapped[0])
        if await self._sweep(listing):
            return True
        heads = self._heads()
        return await self._serve(heads[0]) if heads else False

    async def _sweep(self, listing: ListScreen) -> bool:
        """Visit what calls, page by page from the top: the whole list once after each start and
        when a notification names a chat that is not on the first page (pinned chats may fill it),
        else as far as rows changed.
        """
        page = listing
        if not (self._clocks.whole and self._walk.at_top):
            page = await self._walk.to_top(listing)
        named = self._clocks.named
        whole = not self._clocks.whole or bool(named - {row.title for row in page.rows})
        titles: Counter[str] = Counter()
        last, worked = await self._visit_pages(page, titles, whole=whole)
        if last is None:
            return worked
        self._clocks.named -= named
        if whole:
            self._listing.titles = titles
            self._clocks.whole = True
            self._reader.swept()
        if whole or worked:
            await self._walk.to_top(last)
        return worked

    async def _visit_pages(
        self, first: ListScreen, titles: Counter[str], *, whole: bool
    ) -> tuple[ListScreen | None, bool]:
        """Counts titles into `titles`; the last page seen (None: cut short), and whether anything
        was visited.
        """
        page: ListScreen | None = first
        worked = False
        for _ in range(MOST_PAGES):
            if page is None:
                break
            page, visited = await self._visit_page(page)
            worked = worked or visited
            if page is None or not (whole or visited):
                break
            titles |= Counter(row.title for row in page.rows)
            below = await self._walk.page_below(page)
            if below is None:
                break
            page = below
        return page, worked

    async def _visit_page(self, page: ListScreen) -> tuple[ListScreen | None, bool]:
        """Visit the rows of a page that call, until none does."""
        worked = False
        tried: Counter[str] = Counter()
        while True:
            row = next((row for row in page.rows if self._due(row, tried)), None)
            if row is None:
                return page, worked
            tried[row.title] += 1
            alike = self._listing.alike(row.title, page.rows)
            await self._visit(row, page)
            worked = True
            if alike > 1:
                self._listing.accept(row)
            page = await self._pilot.to_list()
            self._listing.note(page.rows)

    def _due(self, row: ListRow, tried: Counter[str]) -> bool:
        if not row.complete or tried[row.title] >= 3:  # then the next sweep
            return False
        if self._listing.shut(row.title, self._monotonic()):
            return False
        again = any(chat.chat_id in self.revisit for chat in self._chats.titled(row.title))
        return again or self._listing.calls(row)

    async def _visit(self, row: ListRow, page: ListScreen) -> ChatScreen | None:
        alike = self._listing.alike(row.title, page.rows)
        try:
            screen = await self._reader.visit(row, alike=alike)
        except DependencyDown as error:
            if "broker" not in str(error):
                raise
            logger.info("a new chat waits for the broker")
            self._listing.visited(row.title, "")
            return None
        if screen is None:
            self._listing.refused(row.title, self._monotonic())
        else:
            self._note(screen)
        self.revisit |= set(self._chats.openings)  # opened perhaps, and not read: no badge calls
        return screen

    async def _in_chat(self, screen: ChatScreen) -> ChatScreen:
        """Before a chat is left: take in what it shows, and send what waits for it."""
        screen = await self._reader.take_in(screen)
        chat = self._reader.identify(screen)
        if chat is not None:
            waiting = [job for job in self._heads() if job.chat_id == chat.chat_id]
            if waiting and not self._refused(waiting[0], chat):
                screen = await self._send_all(chat, screen) or screen
        self._note(screen)
        return screen

    def _note(self, screen: ChatScreen) -> None:
        chat = self._reader.identify(screen)
        if chat is None:
            return
        last = words_of(screen.rows[-1].content) if screen.rows else ""
        self._listing.visited(chat.title, last)
        self.revisit.discard(chat.chat_id)

    async def _settle_visit(self, quiet: float) -> bool:
        """Re-read one chat that had activity and was quiet since: what came between our last look
        and leaving it made no badge, and may have equal words.
        """
        now = self._head.clock().timestamp()
        due = [chat for chat, at in self._reader.active.items() if now - at >= quiet]
        for chat_id in due:
            active = self._reader.active[chat_id]
            found = await self._walk.find(self._chats.known[chat_id])
            if found is not None:
                await self._visit(*found)
            if self._reader.active.get(chat_id) == active:  # else the visit found something
                del self._reader.active[chat_id]
            if found is not None:
                return True
        return False

    # --- sending ---

    def _heads(self) -> list[Job]:
        if not self.may_send:
            return []
        now = self._head.clock()
        heads = self._jobs.heads(now.timestamp())
        if self._pilot.layout.certain and self.rest.until is None:
            return heads
        # A layout that only stands in may take one field for another: it reads, and sends nothing.
        return [job for job in heads if job.tapped or job.expires_at <= now]

    def _covered(self, cover: Cover) -> None:
        if cover.then is Then.REST:
            self.rest.begin()

    async def _serve(self, job: Job) -> bool:
        """Open the job's chat and send what waits for it."""
        chat = self._chats.known.get(job.chat_id)
        if chat is None:
            self._sender.end(job, State.FAILED, "unknown_chat", f"no chat has id {job.chat_id}")
            return True
        if self._refused(job, chat):
            return True
        if not job.tapped:
            job = self._sender.claim(job)
        try:
            screen = await self._open(job, chat)
        except Retryable as error:
            self._put_off(job, f"the chat was not opened: {error}")
            raise
        if screen is not None:
            shown = await self._send_all(chat, screen)
            if shown is not None:
                self._note(shown)
        return True

    def _refused(self, job: Job, chat: KnownChat) -> bool:
        """Ends a job that must not be sent; never one whose tap is not proven undone."""
        if job.tapped:
            return False
        if job.expires_at <= self._head.clock():
            self._sender.end(job, State.EXPIRED, "expired", job.reason or "")
        elif not isinstance(job.action.content, Text):
            self._sender.end(job, State.FAILED, "unsupported_content", "only text can be sent")
        elif not job.action.content.text:
            self._sender.end(job, State.FAILED, "unsupported_content", "there is no text to send")
        elif self._alike(chat, ()):
            self._refuse_ambiguous(job, chat)
        else:
            return False
        return True

    def _alike(self, chat: KnownChat, page: tuple[ListRow, ...]) -> bool:
        known = len(self._chats.titled(chat.title)) > 1
        return known or self._listing.alike(chat.title, page) > 1

    def _refuse_ambiguous(self, job: Job, chat: KnownChat) -> None:
        names = [
            f"{one.chat_id} ({one.kind}, {one.title})" for one in self._chats.titled(chat.title)
        ]
        detail = f"several chats are called {chat.title}: {', '.join(names)}"
        self._sender.end(job, State.FAILED, "ambiguous_recipient", detail)

    async def _open(self, job: Job, chat: KnownChat) -> ChatScreen | None:
        """The job's chat, opened and checked; None when the job ended over it."""
        found = await self._walk.find(chat)
        if found is None:
            self._put_off(job, "the chat is not in the list")
            return None
        row, page = found
        job = self._jobs.get(job.action_id)
        if job.terminal:  # sent on the way, from the open chat
            return None
        if self._alike(chat, page.rows) and not job.tapped:
            self._refuse_ambiguous(job, chat)
            return None
        screen = await self._visit(row, page)
        if screen is None or self._reader.identify(screen, chat) != chat:
            # the list moved under the finger; what came was taken in under its own name
            self._put_off(job, "another chat opened")
            return None
        return screen

    def _put_off(self, job: Job, reason: str) -> None:
        """Put the job off as it stands now: leaving an open chat may have carried it out, and a
        tap that cannot be looked at holds its own chat alone.
        """
        job = self._jobs.get(job.action_id)
        if job.tapped:
            self._sender.wait(job, reason)
        elif not job.terminal:
            self._sender.put_off(job, reason)

    async def _send_all(self, chat: KnownChat, screen: ChatScreen) -> ChatScreen | None:
        """Send what waits for the open chat, in order; after so many others have a turn."""
        shown: ChatScreen | None = screen
        for _ in range(_IN_A_ROW):
            heads = [job for job in self._heads() if job.chat_id == chat.chat_id]
            if shown is None or not heads or self._refused(heads[0], chat):
                break
            if not heads[0].tapped and not self._reader.only(shown, chat):
                self._refuse_ambiguous(heads[0], chat)
                break
            shown = await self._sender.send(heads[0], chat, shown)
            self._clocks.worked = self._monotonic()
            await self._renew()
        return shown

"""What the phone does next: visits to chats that call, sends that wait, errands, else rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from device_agent.approach import Approach
from device_agent.chats import Chats
from device_agent.covers import Cover, Then
from device_agent.errands import Errand
from device_agent.folder_errand import FolderErrand
from device_agent.jobs import Jobs
from device_agent.lease import RENEW_SECONDS, Lease
from device_agent.letterhead import Letterhead
from device_agent.listing import Listing
from device_agent.listwalk import MOST_PAGES, ListWalk
from device_agent.notification import read_notifications
from device_agent.pacing import Pacing
from device_agent.phone import START_WECHAT
from device_agent.pilot import Pilot
from device_agent.proving import Proving
from device_agent.reader import Reader
from device_agent.screen import ChatScreen, ListScreen
from device_agent.search import Search
from device_agent.sender import Sender
from device_agent.serving import Serving
from device_agent.tally import Tally
from device_agent.visits import Visits

SWEEP_SECONDS = 10.0
WARNINGS = frozenset({"account_restricted", "logged_out"})
"""Covers that are left to a person, and after which nothing is sent for a time."""
WIDE_SECONDS = 600.0
"""Muted chats call by nothing but their rows, and those may stand below a page of pinned ones."""
QUIET_SECONDS = 20.0
REST_SECONDS = 2.0
POLL_SECONDS = 1.0
"""Between two looks at the notifications while the phone rests: each is a shell call."""
_MOST_VISITS = 4
"""Sweeps that found something to read, one after the other, before a reply has its turn."""
_POLL = "dumpsys notification --noredact"
_LEAVE_HOME = f"dumpsys activity activities | grep -q 'esumedActivity.*auncher' && {START_WECHAT}"
"""WeChat comes to the front from the launcher alone: a call that rings there is not touched."""


@dataclass
class Clocks:
    """When what was last done, on a monotonic clock in seconds; `visits` counts the sweeps that
    found something to read, one after the other. `failed`: an urgent errand did, and a send comes
    before the next one.
    """

    renewed: float = 0.0
    swept: float = 0.0
    worked: float = 0.0
    visits: int = 0
    whole: bool = False
    surveyed: float = 0.0
    resting: bool = False
    failed: bool = False
    named: frozenset[str] = frozenset()
    notices: frozenset[tuple[int, str, int]] = field(default_factory=frozenset)


class Rounds:
    """The order of the phone's work: unproven taps first, then reading, then sending, then
    errands: `urgent` ones have a turn before each send, the others when nothing waits.
    """

    def __init__(
        self,
        *,
        pilot: Pilot,
        reader: Reader,
        sender: Sender,
        chats: Chats,
        jobs: Jobs,
        lease: Lease,
        pacing: Pacing,
        head: Letterhead,
        listing: Listing,
        monotonic: Callable[[], float],
        urgent: Sequence[Errand] = (),
        errands: Sequence[Errand] = (),
        pause: float = 0.0,
        wide_every: float = WIDE_SECONDS,
    ) -> None:
        """All of one phone. `monotonic` in seconds; `wide_every`: how many of them lie between two
        looks through the whole list, `pause` between two searches that nobody waits for.
        """
        self._pilot = pilot
        self._reader = reader
        self._lease = lease
        self.rest = pacing.rest
        self._head = head
        self._monotonic = monotonic
        self._listing = listing
        self._walk = ListWalk(pilot, self._listing)
        self._clocks = Clocks()
        self._visits = Visits(
            pilot=pilot,
            reader=reader,
            chats=chats,
            listing=self._listing,
            walk=self._walk,
            monotonic=monotonic,
        )
        approach = self._approach(chats)
        self._serving = Serving(
            pilot=pilot,
            reader=reader,
            sender=sender,
            chats=chats,
            jobs=jobs,
            pacing=pacing,
            head=head,
            approach=approach,
            visits=self._visits,
            progress=self._progress,
        )
        self._wide_every = wide_every
        self._urgent = tuple(urgent)
        proving = Proving(
            approach=approach, visits=self._visits, chats=chats, pause=pause, monotonic=monotonic
        )
        self._errands: tuple[Errand, ...] = (self._folder(), proving, *errands)
        pilot.on_chat = self._in_chat
        pilot.on_cover = self._covered

    def _folder(self) -> FolderErrand:
        return FolderErrand(
            pilot=self._pilot,
            walk=self._walk,
            visits=self._visits,
            naming=self._reader.naming,
        )

    def _approach(self, chats: Chats) -> Approach:
        return Approach(
            reader=self._reader,
            chats=chats,
            listing=self._listing,
            walk=self._walk,
            visits=self._visits,
            search=Search(self._pilot),
            monotonic=self._monotonic,
        )

    @property
    def swept(self) -> bool:
        """Whether the whole list has been read since the phone came."""
        return self._clocks.whole

    @property
    def revisit(self) -> set[str]:
        """The ids of chats that are to be opened once more, whatever their rows show."""
        return self._visits.revisit

    def take_up(self, *errands: Errand) -> None:
        """More errands, after those there are."""
        self._errands += errands

    def idle(self) -> float:
        """For how many seconds there was nothing to read or send."""
        return self._monotonic() - self._clocks.worked

    def busy(self) -> bool:
        """Whether an action waits for the phone."""
        return bool(self._serving.heads())

    @property
    def walk(self) -> ListWalk:
        """The way through the list."""
        return self._walk

    @property
    def visits(self) -> Visits:
        """The way into its chats."""
        return self._visits

    def let_send(self) -> None:
        """The ledger is read to its end: from now on actions are carried out."""
        self._serving.may_send = True

    @property
    def may_send(self) -> bool:
        """Whether the ledger has been read to its end."""
        return self._serving.may_send

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
        if self._clocks.resting and not self._awake(now):
            if not await self._noticed():
                return POLL_SECONDS
            self._clocks.swept = 0.0
        await self._renew()
        if self._clocks.resting:
            await self._pilot.phone.shell(_LEAVE_HOME)
        self._clocks.resting = False
        listing = await self._pilot.to_list()
        self._listing.note(listing.rows)
        worked = await self._work(listing)
        if worked:
            self._clocks.worked = self._monotonic()
            return 0.0
        self._clocks.swept = self._monotonic()
        return await self._rest()

    def _awake(self, now: float) -> bool:
        """Whether a phone at rest has something to do beside watching notifications."""
        if self._serving.heads() or now - self._clocks.swept >= SWEEP_SECONDS:
            return True
        return not self._pilot.hidden and any(
            errand.due(now) for errand in (*self._urgent, *self._errands)
        )

    async def _rest(self) -> float:
        """Nothing to do: settle visits, then the launcher, where WeChat posts notifications."""
        if await self._settle_visit(QUIET_SECONDS):
            return 0.0
        if await self._run_first(self._errands):
            return 0.0
        idle = self._monotonic() - self._clocks.worked
        if idle < REST_SECONDS:
            return 0.2
        if await self._settle_visit(0.0):
            return 0.0
        await self._pilot.home()
        self._clocks.resting = True
        return POLL_SECONDS

    async def _run_first(self, errands: Sequence[Errand]) -> bool:
        """Run the first errand that is due; whether it did anything. One that did nothing lets the
        next one have its turn. None runs by pictures alone: errands read pages that only the tree
        tells.
        """
        if self._pilot.hidden:
            return False
        for errand in errands:
            if errand.due(self._monotonic()):
                await self._pilot.to_list()
                if await errand.run():
                    return True
        return False

    async def _run_urgent(self) -> bool:
        """What somebody waits for; after a failure not in the next turn, which is for a send."""
        if self._clocks.failed:
            self._clocks.failed = False
            return False
        self._clocks.failed = True
        worked = await self._run_first(self._urgent)
        self._clocks.failed = False
        return worked

    async def _settle_visit(self, quiet: float) -> bool:
        return await self._visits.settle(self._head.clock().timestamp(), quiet)

    async def _noticed(self) -> bool:
        """One shell call: whether a notification came or changed; renews the lease when due."""
        due = self._monotonic() - self._clocks.renewed >= RENEW_SECONDS
        command = f"{_POLL}; {self._lease.renewal()}" if due else _POLL
        answer = await self._pilot.phone.shell(command)
        if due:
            await self._take_renewal(answer)
        read = read_notifications(answer)
        self._reader.naming.note(read)
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

    async def _progress(self) -> None:
        """A message was sent: that is work, and the lease must not run out over many."""
        self._clocks.worked = self._monotonic()
        await self._renew()

    async def _work(self, listing: ListScreen) -> bool:
        """Reconcile, visit, look up, send; whether anything was done."""
        tapped = [job for job in self._serving.heads() if job.tapped]
        if tapped:
            return await self._serving.serve(tapped[0])
        visited = await self._sweep(listing)
        worked = await self._run_urgent() or visited
        # Before the whole list was seen another chat of the same name may stand further down.
        heads = self._serving.heads() if self.swept else []
        self._clocks.visits = self._clocks.visits + 1 if visited else 0
        if not heads or 0 < self._clocks.visits < _MOST_VISITS:
            return worked
        self._clocks.visits = 0
        return await self._serving.serve(heads[0])

    async def _sweep(self, listing: ListScreen) -> bool:
        """Visit what calls, page by page from the top: the whole list once after each start and
        when a notification names a chat that is not on the first page (pinned chats may fill it),
        and rarely when nothing happens; else as far as rows changed.
        """
        page = listing
        if not (self._clocks.whole and self._walk.at_top):
            page = await self._walk.to_top(listing)
        named = self._clocks.named
        unseen = named - {row.title for row in page.rows}
        wide = self._monotonic() - self._clocks.surveyed >= self._wide_every
        whole = not self._clocks.whole or bool(unseen) or (wide and self.idle() >= REST_SECONDS)
        tally = Tally()
        last, worked = await self._visit_pages(page, tally, whole=whole)
        if last is None:
            return worked
        self._clocks.named -= named
        if whole:
            self._listing.titles = tally.counts
            self._clocks.surveyed = self._monotonic()
            if not self._clocks.whole:
                self._clocks.whole = True
                self._reader.swept()
        if whole or worked:
            await self._walk.to_top(last)
        return worked

    async def _visit_pages(
        self, first: ListScreen, tally: Tally, *, whole: bool
    ) -> tuple[ListScreen | None, bool]:
        """Counts rows into `tally`; the last page seen (None: cut short), and whether anything
        was visited.
        """
        page: ListScreen | None = first
        worked = False
        for _ in range(MOST_PAGES):
            if page is None:
                break
            page, visited = await self._visits.page(page)
            worked = worked or visited
            if page is None or not (whole or visited):
                break
            tally.add([row.title for row in page.rows])
            below = await self._walk.page_below(page)
            if below is None:
                break
            page = below
        return page, worked

    async def _in_chat(self, screen: ChatScreen) -> ChatScreen:
        """Before a chat is left: take in what it shows, and send what waits for it."""
        screen = await self._reader.take_in(screen)
        chat = self._reader.identify(screen)
        if chat is not None and self.swept:
            screen = await self._serving.send_waiting(chat, screen)
        self._visits.note(screen)
        return screen

    def _covered(self, cover: Cover) -> None:
        if cover.then is Then.REST or cover.name in WARNINGS:
            self.rest.begin(cover.name)

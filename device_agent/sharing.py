"""The way of pictures, videos and files: pushed to the phone, shared with WeChat, the chat chosen.

The content is proven by its hash on the phone and by the path that is shared; the chat by its open
page before, by the only row of exactly its name in the chooser's own search, under the heading of
its kind, and by the name in WeChat's question. Why not the album: docs/decisions/0008.
"""

import asyncio
import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from loguru import logger

from connectors.failpoint import reach
from connectors.media.store import MediaDamaged, MediaMissing, MediaStore
from device_agent.chats import Chats
from device_agent.chooser import Choice, Chooser, Question, Told, read_sharing
from device_agent.job import Job
from device_agent.jobs import Jobs
from device_agent.letterhead import Letterhead
from device_agent.parcel import FOLDER, Parcel, key_of, parcel_of
from device_agent.pilot import Pilot
from device_agent.screen import ChatScreen
from device_agent.way import Glance, NotReady, OpenChat, Ready, Sign, Undeliverable
from device_agent.wording import normal
from schemas.content import Content, File, Media, Sendable, Text, Video
from schemas.content import Image as Picture
from schemas.failure import DependencyDown, Retryable
from schemas.phone import KnownChat
from schemas.receipt import State

T = TypeVar("T", Chooser, Question)
_LOOKS = 6
_PAUSE = 0.1  # seconds before another look, times its number
_MOST_PAGES = 8


class Sharing:
    """Shares files with WeChat. What the phone said of a tap is remembered until the next one."""

    def __init__(
        self,
        *,
        pilot: Pilot,
        chat: OpenChat,
        chats: Chats,
        jobs: Jobs,
        head: Letterhead,
        store: MediaStore,
    ) -> None:
        """All of one phone; `store` has what is sent."""
        self._pilot = pilot
        self._open = chat
        self._chats = chats
        self._jobs = jobs
        self._head = head
        self._store = store
        self._stood: set[str] = set()
        self._gone: set[str] = set()
        pilot.on_escape = self._left

    # --- to the question ---

    async def prepare(self, job: Job, chat: KnownChat, screen: ChatScreen) -> tuple[Job, Ready]:
        """See `Way`."""
        content = job.action.content
        parcel = parcel_of(content, job.action_id)
        await self._place(parcel, await self._fetched(parcel.media))
        reach("agent.pushed")
        shown = await self._open.read(chat)  # title and last rows, right before
        self._stood.discard(job.action_id)
        self._gone.discard(job.action_id)
        self._pilot.screen = None
        await self._pilot.phone.shell(parcel.share)
        await self._pilot.tap((await self._chosen(chat)).bounds)
        question = await self._asked(chat)
        reach("agent.asked")
        job = job.to(State.TYPED, self._head.clock())
        self._jobs.put(job)
        reach("agent.typed")
        return job, Ready(shown, question.send, _bubble(content, parcel))

    async def _fetched(self, media: Media) -> bytes:
        try:
            data = await self._store.get(media.sha256)
        except MediaMissing as error:
            raise Undeliverable("media_missing", str(error)) from error
        except MediaDamaged as error:
            raise Undeliverable("media_damaged", str(error)) from error
        except DependencyDown as error:  # of the store, not of the phone
            raise NotReady(str(error)) from error
        if len(data) != media.size:  # the limit was held against the size that was named
            raise Undeliverable(
                "media_damaged", f"{len(data)} bytes are not the {media.size} named"
            )
        return data

    async def _place(self, parcel: Parcel, data: bytes) -> None:
        """The file on the phone, whole; what jobs that are over left there is taken away."""
        phone = self._pilot.phone
        left = await phone.shell(f"ls {FOLDER} 2>/dev/null; mkdir -p {parcel.folder}")
        wanted = {key_of(job.action_id) for job in self._jobs.unfinished()}
        stale = [name for name in left.split() if name.isalnum() and name not in wanted]
        if stale:
            await phone.shell("rm -rf " + " ".join(f"{FOLDER}/{name}" for name in stale))
        await phone.push(data, parcel.path)
        answer = await phone.shell(f"sha256sum {shlex.quote(parcel.path)}")
        if answer.split()[:1] != [parcel.media.sha256]:
            raise NotReady(f"the file is not whole on the phone: {answer.strip()[:200]}")

    async def _chosen(self, chat: KnownChat) -> Choice:
        """The only row of that name and kind in the chooser, on the screen."""
        await self._seen(Chooser)
        self._pilot.screen = None
        await self._pilot.phone.search(chat.title)
        page = await self._found(chat.title)
        rows, page = await self._whole(page)
        exact = [row for row in rows if _is_of(row, chat)]
        if len(exact) > 1 or page.more:
            names = ", ".join(f"{row.name} ({row.section})" for row in exact)
            raise Undeliverable(
                "ambiguous_recipient", f"the chooser does not show one {chat.title}: {names}"
            )
        if not exact or exact[0].section != chat.kind:
            raise NotReady(f"the chooser finds no {chat.kind} chat of its title")
        for _ in range(_MOST_PAGES):
            row = next((row for row in page.choices if _is_of(row, chat)), None)
            if row is not None and row.bounds.middle[1] < page.area.bottom:
                return row
            await self._pilot.swipe_down_list(page.area)
            page = await self._seen(Chooser)
        raise NotReady("the chooser's row is gone")

    async def _found(self, title: str) -> Chooser:
        """What the chooser finds, once two looks agree: hits come one by one."""
        before: Chooser | None = None
        for number in range(_LOOKS):
            page = await self._seen(Chooser)
            searched = page.words == normal(title)
            if searched and all(row.section != "recent" for row in page.choices):
                if before is not None and before.names == page.names:
                    return page
                before = page
            await asyncio.sleep(_PAUSE * number)
        raise NotReady("the chooser does not search for the title")

    async def _whole(self, page: Chooser) -> tuple[list[Choice], Chooser]:
        """All hits, and the page that is on the screen then."""
        rows = list(page.choices)
        for _ in range(_MOST_PAGES):
            low = page.choices[-1].bounds if page.choices else None
            if low is None or low.bottom + low.height < page.area.bottom:
                break
            await self._pilot.swipe_up_list(page.area)
            below = await self._seen(Chooser)
            if below.choices == page.choices:
                break
            rows, page = _joined(rows, below.choices), below
        return rows, page

    async def _asked(self, chat: KnownChat) -> Question:
        """WeChat's question, of that chat."""
        question = await self._seen(Question)
        if not question.asks_for(chat.title):
            raise NotReady("WeChat asks about another chat")
        return question

    async def _seen(self, kind: type[T]) -> T:
        """The screen of that kind, once it shows."""
        for number in range(_LOOKS):
            await asyncio.sleep(_PAUSE * number)
            await self._pilot.look(read_sharing)
            seen = read_sharing(self._pilot.xml)
            if isinstance(seen, kind):
                return seen
        raise NotReady(f"WeChat shows no {kind.__name__.lower()}")

    # --- after the tap ---

    async def glance(self, job: Job, chat: KnownChat) -> Glance | None:
        """See `Way`."""
        screen = await self._pilot.look(read_sharing)
        seen = None if isinstance(screen, ChatScreen) else read_sharing(self._pilot.xml)
        if isinstance(seen, Told):
            self._gone.add(job.action_id)
            await self._pilot.tap(seen.stay)
            screen = await self._pilot.look()
        if isinstance(seen, Question) and seen.asks_for(chat.title):
            return Glance(None)
        if isinstance(screen, ChatScreen) and screen.title is None:
            screen = await self._pilot.look()
        if isinstance(screen, ChatScreen) and screen.is_of(chat.title):
            return Glance(screen)
        return None

    def sign(self, job: Job, screen: ChatScreen, *, tapped_now: bool) -> Sign:
        """See `Way`. WeChat's own words count: its question stood until we left it, or it told
        that it was sent.
        """
        return Sign(held=job.action_id in self._stood, gone=job.action_id in self._gone)

    def _left(self, xml: str) -> None:
        """An unknown screen is left: a question that waits for its tap shows that the tap did
        nothing, WeChat's word that it was sent that it did.
        """
        seen = read_sharing(xml)
        tapped = [
            job.action_id
            for job in self._jobs.unfinished()
            if job.tapped and not isinstance(job.action.content, Text)
            if isinstance(seen, Told) or self._is_asked(job, seen)
        ]
        if len(tapped) == 1:
            (self._gone if isinstance(seen, Told) else self._stood).add(tapped[0])

    def _is_asked(self, job: Job, seen: Chooser | Question | None) -> bool:
        chat = self._chats.known.get(job.chat_id)
        return isinstance(seen, Question) and chat is not None and seen.asks_for(chat.title)

    def resumes(self, job: Job) -> bool:
        """See `Way`: a question that was left is gone."""
        return False

    async def resume(self, job: Job, chat: KnownChat, screen: ChatScreen) -> Ready | None:
        """See `Way`: a question that was left is asked anew."""
        return None

    async def clear(self, job: Job) -> None:
        """See `Way`: going back to the list leaves chooser and question behind."""

    async def tidy(self, job: Job) -> None:
        """See `Way`."""
        self._stood.discard(job.action_id)
        self._gone.discard(job.action_id)
        try:
            await self._pilot.phone.shell(f"rm -rf {FOLDER}/{key_of(job.action_id)}")
        except Retryable as error:
            logger.debug("the pushed file stays until the next one: {}", error)


def _bubble(content: Sendable, parcel: Parcel) -> Content:
    """What will stand in the chat, as far as a bubble shows it."""
    if isinstance(content, File):
        return File(name=parcel.name)
    return Video() if isinstance(content, Video) else Picture()


def _is_of(row: Choice, chat: KnownChat) -> bool:
    return row.name == chat.title


def _joined(above: list[Choice], below: Sequence[Choice]) -> list[Choice]:
    """Two pages of one list, their common rows once; what has no heading in sight stands under the
    last one above it.
    """
    section = above[-1].section if above else None
    rows = [row if row.section else replace(row, section=section) for row in below]
    names = [row.name for row in above]
    for common in range(min(len(above), len(rows)), 0, -1):
        if names[-common:] == [row.name for row in rows[:common]]:
            return [*above, *rows[common:]]
    return [*above, *rows]

"""Fetches what a bubble hides: opens it, has WeChat save it, stores what it saved."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from loguru import logger

from connectors.failpoint import reach
from connectors.media.store import MediaStore, mime_of
from device_agent.nodes import Box
from device_agent.phone_files import DOWNLOADS, PICTURES, PhoneFile, PhoneFiles, TooLarge
from device_agent.pilot import Pilot
from device_agent.promises import Fetchable, with_media, without
from device_agent.rows import SeenRow
from device_agent.screen import ChatScreen, OtherScreen
from device_agent.viewer import (
    download_button,
    is_expired,
    read_viewer,
    save_button,
    shows_file,
    whole_text,
)
from schemas.content import Content, File, Media, Text
from schemas.failure import DependencyDown, Retryable

_PAUSE = 0.2  # seconds between looks at a page or a folder that has to change
_LOOKS = 12
_BACKS = 6


class StoreAway(Exception):
    """The media store does not take anything now; the phone is well."""


class _NotNow(Exception):
    """The page that a tap should open did not come."""


class Fetcher:
    """Works on one open chat; every method leaves that chat on the screen, or raises Retryable."""

    def __init__(
        self,
        *,
        pilot: Pilot,
        files: PhoneFiles,
        store: MediaStore,
        folder: Path,
        most_bytes: int,
        monotonic: Callable[[], float],
    ) -> None:
        """`folder` takes a file on its way to the store; `most_bytes` is the largest."""
        self._pilot = pilot
        self._files = files
        self._store = store
        self._folder = folder
        self.most_bytes = most_bytes
        self._monotonic = monotonic
        self._ours: Callable[[str], object] = read_viewer
        """Tells the page that was opened last from what may lie over WeChat."""

    async def fetch(self, row: SeenRow, content: Content, until: float) -> Content | None:
        """A row's content, whole, or with the reason why it stays without; None: not by `until`
        (monotonic seconds), or not this time.

        Raises:
            Retryable: the phone failed, or the chat is gone.
            StoreAway: see there.

        """
        try:
            if isinstance(content, Text):
                return await self._text(row, content.text, until)
            if row.body is None or not isinstance(content, Fetchable):
                return without(content, "unavailable")
            media = await self._media(row.body, content, until)
        except TooLarge as error:
            logger.info("{}", error)
            return without(content, "too_large")
        except _NotNow:
            return None
        return with_media(content, media) if isinstance(media, Media) else media

    async def leave(self) -> ChatScreen:
        """Back to the chat from whatever was opened out of it.

        Raises:
            Retryable: it does not come.

        """
        for _ in range(_BACKS):
            screen = self._pilot.screen or await self._pilot.look(self._ours)
            if isinstance(screen, ChatScreen):
                return screen
            if not isinstance(screen, OtherScreen):
                break
            self._pilot.screen = None
            await self._pilot.phone.press("back")
        raise Retryable("the way back to the chat is lost")

    async def _text(self, row: SeenRow, beginning: str, until: float) -> Content | None:
        if row.more is None:
            return None
        self._ours = lambda xml: whole_text(xml, beginning) is not None
        await self._pilot.tap(row.more)
        await self._await(self._ours, until)
        text = whole_text(self._pilot.xml, beginning)
        return None if text is None else Text(text=text)

    async def _media(self, body: Box, content: Fetchable, until: float) -> Content | Media | None:
        if isinstance(content, File):
            folders = DOWNLOADS
            before = await self._files.listing(folders)
            found = await self._download(body, content, until)
        else:
            folders = PICTURES
            before = await self._files.listing(folders)
            found = await self._save(body, content, until)
        if found is not None:
            return found
        while self._monotonic() < until:
            for file in await self._files.listing(folders) - before:
                media = await self._stored(file, folders, content)
                if media is not None:
                    return media
            await asyncio.sleep(_PAUSE)
        return None

    async def _save(self, body: Box, content: Fetchable, until: float) -> Content | None:
        """Open a picture or video and have it saved; a content where that cannot be."""
        self._ours = lambda xml: read_viewer(xml) or save_button(xml) or is_expired(xml)
        await self._pilot.tap(body)
        await self._await(lambda xml: read_viewer(xml) or is_expired(xml), until)
        if is_expired(self._pilot.xml):
            return without(content, "expired")
        viewer = read_viewer(self._pilot.xml)
        if viewer is None:
            raise _NotNow
        if viewer.more is not None:
            await self._pilot.tap(viewer.more)
        else:
            self._pilot.screen = None
            await self._pilot.phone.hold(*viewer.picture.middle)
        await self._await(save_button, until)
        return await self._press(save_button, content)

    async def _download(self, body: Box, content: File, until: float) -> Content | None:
        """Open a file's page and have it downloaded. One that lies there already may be another
        message's file of the same name: it proves nothing.
        """

        def expired(xml: str) -> bool:
            return is_expired(xml, content.name)

        self._ours = lambda xml: shows_file(xml, content.name) or expired(xml)
        await self._pilot.tap(body)
        await self._await(self._ours, until)
        if expired(self._pilot.xml):
            return without(content, "expired")
        return await self._press(download_button, content)

    async def _press(
        self, button: Callable[[str], Box | None], content: Fetchable
    ) -> Content | None:
        place = button(self._pilot.xml)
        if place is None:
            return without(content, "unavailable")
        await self._pilot.tap(place)
        return None

    async def _await(self, wanted: Callable[[str], object], until: float) -> None:
        """Look until a page is what is wanted. Raises _NotNow."""
        for _ in range(_LOOKS):
            await self._pilot.look(wanted)
            if wanted(self._pilot.xml):
                return
            if self._monotonic() >= until:
                break
            await asyncio.sleep(_PAUSE)
        raise _NotNow

    async def _stored(
        self, file: PhoneFile, folders: tuple[str, ...], content: Fetchable
    ) -> Media | None:
        """Pull a new file and put it in the store; None while it is still being written."""
        if file.size > self.most_bytes:
            await self._files.remove(file)
            raise TooLarge(f"{file.path} has {file.size} bytes")
        scratch = self._folder / f"fetched-{uuid4().hex}"
        try:
            size = await self._files.pull(file, scratch, self.most_bytes)
            if size == 0 or PhoneFile(file.path, size) not in await self._files.listing(folders):
                return None
            name = content.name if isinstance(content, File) else None
            try:
                media = await self._store.put(scratch, mime=mime_of(name or file.name), name=name)
            except DependencyDown as error:
                raise StoreAway(str(error)) from error
            reach("agent.media_stored")
        finally:
            scratch.unlink(missing_ok=True)
        await self._files.remove(file)
        return media

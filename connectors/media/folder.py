"""A media store in a folder: one file for each blob, for one machine or a shared file system."""

import asyncio
import errno
import fcntl
import filecmp
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from connectors.media.store import (
    CHUNK,
    MediaMissing,
    MediaStore,
    Source,
    chunks_of,
    proven,
)
from schemas.content import Media
from schemas.failure import DependencyDown

_INCOMING = "incoming"
_ABANDONED = timedelta(days=1)
"""How old a half-written file is when its writer is surely gone."""


class FolderStore(MediaStore):
    """Files `ab/abcd…` under one folder, written beside and linked into place when whole."""

    def __init__(self, folder: Path) -> None:
        """Nothing is touched yet; the folder is made when something is put."""
        self._folder = folder

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    async def put(self, source: Source, *, mime: str, name: str | None = None) -> Media:
        """See the class above; the file and its folder are forced to the disk."""
        with self._mapped("written"):
            scratch = await asyncio.to_thread(self._scratch)
        try:
            sha256, size = await self._written(scratch, source)
            with self._mapped("written"):
                await asyncio.to_thread(self._settle, scratch, self._path(sha256))
        finally:
            scratch.unlink(missing_ok=True)
        return Media(sha256=sha256, size=size, mime=mime, name=name)

    def _scratch(self) -> Path:
        incoming = self._folder / _INCOMING
        incoming.mkdir(parents=True, exist_ok=True)
        return incoming / uuid4().hex

    async def _written(self, scratch: Path, source: Source) -> tuple[str, int]:
        """Write the source to a file of its own; its hash and size."""
        found, size = hashlib.sha256(), 0
        with self._mapped("written"):
            file = await asyncio.to_thread(scratch.open, "xb")
        with _closed_anyway(file):
            async for chunk in chunks_of(source):
                found.update(chunk)
                size += len(chunk)
                with self._mapped("written"):
                    await asyncio.to_thread(file.write, chunk)
            with self._mapped("written"):
                await asyncio.to_thread(_force, file)
        return found.hexdigest(), size

    def _settle(self, scratch: Path, path: Path) -> None:
        """Give a whole file its name. One that stands there is kept, unless it is damaged."""
        path.parent.mkdir(exist_ok=True)
        with self._alone():
            try:
                os.link(scratch, path)
            except FileExistsError:
                if filecmp.cmp(scratch, path, shallow=False):
                    path.touch()
                else:
                    scratch.replace(path)
        for folder in (path.parent, self._folder):
            _force_folder(folder)

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        """See the class above."""
        async for chunk in proven(sha256, self._chunks(sha256)):
            yield chunk

    async def _chunks(self, sha256: str) -> AsyncIterator[bytes]:
        with self._mapped("read"):
            try:
                file = await asyncio.to_thread(self._path(sha256).open, "rb")
            except FileNotFoundError as error:
                raise MediaMissing(f"no blob {sha256} is in {self._folder}") from error
        with file:
            while True:
                with self._mapped("read"):
                    chunk = await asyncio.to_thread(file.read, CHUNK)
                if not chunk:
                    return
                yield chunk

    async def holds(self, sha256: str) -> bool:
        """See the class above."""
        with self._mapped("read"):
            return await asyncio.to_thread(self._path(sha256).is_file)

    async def sweep(self, before: datetime) -> int:
        """See the class above; what writers that died left half-written goes too."""
        with self._mapped("swept"):
            return await asyncio.to_thread(self._sweep, before)

    def _sweep(self, before: datetime) -> int:
        gone = 0
        for path in self._folder.glob("*/*"):
            limit = before
            if path.parent.name == _INCOMING:
                limit = before - _ABANDONED
            with self._alone(), suppress(FileNotFoundError):  # another sweep may be faster
                if path.stat().st_mtime < limit.timestamp():
                    path.unlink()
                    gone += path.parent.name != _INCOMING
        return gone

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No two processes name and sweep at once: what is put again must not be swept."""
        with (self._folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _mapped(self, done: str) -> Iterator[None]:
        """The operating system's refusals as ours."""
        try:
            yield
        except OSError as error:
            what = os.strerror(error.errno) if error.errno else str(error)
            raise DependencyDown(
                f"the media folder {self._folder} cannot be {done}: {what}"
            ) from error


@contextmanager
def _closed_anyway(file: BinaryIO) -> Iterator[None]:
    """Close a file whose bytes are on the disk, or are of no account: a full disk refuses them once
    more then, and what was said first counts.
    """
    try:
        yield
    finally:
        with suppress(OSError):
            file.close()


def _force(file: BinaryIO) -> None:
    """Have a file's bytes on the disk."""
    file.flush()
    os.fsync(file.fileno())


def _force_folder(folder: Path) -> None:
    """Have a folder's entries on the disk; some file systems know no such thing."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(handle)

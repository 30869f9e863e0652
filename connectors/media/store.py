"""What every media store promises: a blob is known by the SHA-256 of its bytes, and checked."""

import asyncio
import hashlib
import mimetypes
import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from schemas.content import Media
from schemas.failure import Permanent

CHUNK = 1 << 20  # bytes read or written at once
Source = bytes | Path | AsyncIterable[bytes]
"""Where a blob's bytes come from: memory, a file, a stream."""


class MediaMissing(Permanent):
    """No blob of that hash is in the store: it was never put there, or was swept away."""


class MediaDamaged(Permanent):
    """The bytes under a hash are not those that were put there."""


class MediaStore(ABC):
    """A content-addressed store. Blobs never change; putting one twice is putting it once.

    All methods raise DependencyDown while the store cannot be reached, read or written; each may
    be called again then. Any number of processes may use one store at once.
    """

    @abstractmethod
    async def put(self, source: Source, *, mime: str, name: str | None = None) -> Media:
        """Store the bytes and give what a record says of them. When it returns they are safe: a
        crash, or of a folder a power cut, does not lose them. `mime` and `name` travel in the
        record alone. A blob that was there already counts as new for `sweep`.
        """

    @abstractmethod
    def read(self, sha256: str) -> AsyncIterator[bytes]:
        """The bytes in chunks. They are proven only when the iteration ends without an error:
        whoever acts on them earlier should use `get` or `copy`.

        Raises:
            MediaMissing, MediaDamaged: see there.

        """

    @abstractmethod
    async def holds(self, sha256: str) -> bool:
        """Whether a blob is there; it is not read."""

    @abstractmethod
    async def sweep(self, before: datetime) -> int:
        """Delete the blobs last put before that moment; how many went. May run many times at once.
        What is being put meanwhile is kept.
        """

    async def get(self, sha256: str) -> bytes:
        """A whole blob, proven.

        Raises:
            MediaMissing, MediaDamaged: see there.

        """
        return b"".join([chunk async for chunk in self.read(sha256)])

    async def copy(self, sha256: str, path: Path) -> None:
        """Write a blob to a file: whole and proven, or the file stays as it was.

        Raises:
            MediaMissing, MediaDamaged: see there.
            OSError: the file cannot be written.

        """
        scratch = path.with_name(f".{path.name}.{uuid4().hex}")
        try:
            file = await asyncio.to_thread(scratch.open, "xb")
            with file:
                async for chunk in self.read(sha256):
                    await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(os.replace, scratch, path)
        finally:
            scratch.unlink(missing_ok=True)


async def chunks_of(source: Source) -> AsyncIterator[bytes]:
    """The bytes of a source, some at a time. Raises OSError: the file cannot be read."""
    if isinstance(source, bytes):
        for start in range(0, len(source), CHUNK):
            yield source[start : start + CHUNK]
    elif isinstance(source, Path):
        file = await asyncio.to_thread(source.open, "rb")
        with file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk
    else:
        async for chunk in source:
            yield chunk


async def proven(sha256: str, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The chunks, and at their end the proof. Raises MediaDamaged."""
    found = hashlib.sha256()
    async for chunk in chunks:
        found.update(chunk)
        yield chunk
    if found.hexdigest() != sha256:
        raise MediaDamaged(f"the bytes stored as {sha256} have the hash {found.hexdigest()}")


def mime_of(name: str) -> str:
    """A media type by a file name's ending; `application/octet-stream` where it tells nothing."""
    return mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"

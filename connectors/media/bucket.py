"""A media store in an S3 bucket, for processes that share no file system.

Any server that speaks S3 will do; the client is obstore. The bucket must be there.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from connectors.media.store import CHUNK, MediaMissing, MediaStore, Source, chunks_of, proven
from connectors.settings import MediaSettings
from schemas.content import Media
from schemas.failure import DependencyDown

_FRESH = timedelta(days=1)
"""A blob put within this time is not uploaded again: no sweep is that quick."""


class BucketStore(MediaStore):
    """Objects `PREFIX/ab/abcd…`. A sweep and a put do not exclude each other as in a folder: a blob
    that is a hundred days old and put again in the very moment of its sweep may go.
    """

    def __init__(self, bucket: str, prefix: str, settings: MediaSettings) -> None:
        """Nothing is sent yet. Without a key in the settings the client looks for credentials where
        AWS's own tools do.
        """
        self._name = f"s3://{bucket}/{prefix}"
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            endpoint=settings.media_endpoint,
            region=settings.media_region,
            client_options={"allow_http": True, "connect_timeout": "5s", "timeout": "120s"},
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
            **_credentials(settings),
        )

    async def put(self, source: Source, *, mime: str, name: str | None = None) -> Media:
        """See the class above; the bytes lie in a temporary file until their hash is known."""
        with tempfile.NamedTemporaryFile(prefix="hongyan-media-") as scratch:
            found, size = hashlib.sha256(), 0
            async for chunk in chunks_of(source):
                found.update(chunk)
                size += len(chunk)
                await asyncio.to_thread(scratch.write, chunk)
            await asyncio.to_thread(scratch.flush)
            sha256 = found.hexdigest()
            if not await self._fresh(sha256, size):
                with self._mapped("written"):
                    await obstore.put_async(
                        self._store,
                        _path(sha256),
                        Path(scratch.name),
                        attributes={"Content-Type": mime},
                    )
        return Media(sha256=sha256, size=size, mime=mime, name=name)

    async def _fresh(self, sha256: str, size: int) -> bool:
        """Whether these bytes were put a short while ago."""
        with self._mapped("read"):
            try:
                known = await obstore.head_async(self._store, _path(sha256))
            except FileNotFoundError:
                return False
        return known["size"] == size and known["last_modified"] > datetime.now(UTC) - _FRESH

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        """See the class above."""
        async for chunk in proven(sha256, self._chunks(sha256)):
            yield chunk

    async def _chunks(self, sha256: str) -> AsyncIterator[bytes]:
        with self._mapped("read"):
            try:
                found = await obstore.get_async(self._store, _path(sha256))
            except FileNotFoundError as error:
                raise MediaMissing(f"no blob {sha256} is in {self._name}") from error
            stream = found.stream(min_chunk_size=CHUNK)
        while True:
            with self._mapped("read"):
                chunk = await anext(stream, None)
            if chunk is None:
                return
            yield bytes(chunk)

    async def holds(self, sha256: str) -> bool:
        """See the class above."""
        with self._mapped("read"):
            try:
                await obstore.head_async(self._store, _path(sha256))
            except FileNotFoundError:
                return False
        return True

    async def sweep(self, before: datetime) -> int:
        """See the class above; each is looked at once more before it goes."""
        gone = 0
        with self._mapped("swept"):
            async for page in obstore.list(self._store):
                for one in page:
                    if one["last_modified"] < before:
                        gone += await self._sweep(one["path"], before)
        return gone

    async def _sweep(self, path: str, before: datetime) -> bool:
        try:
            if (await obstore.head_async(self._store, path))["last_modified"] >= before:
                return False
            await obstore.delete_async(self._store, path)
        except FileNotFoundError:  # another sweep was faster
            return False
        return True

    @contextmanager
    def _mapped(self, done: str) -> Iterator[None]:
        """The client's errors as ours; a bucket that is not there is one too."""
        try:
            yield
        except (BaseError, OSError) as error:
            words = str(error).partition("\n")[0]
            raise DependencyDown(
                f"the media store {self._name} cannot be {done}: {words}"
            ) from error


def _path(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def _credentials(settings: MediaSettings) -> dict[str, Any]:
    if settings.media_key is None or settings.media_secret is None:
        return {}
    return {
        "access_key_id": settings.media_key,
        "secret_access_key": settings.media_secret.get_secret_value(),
    }

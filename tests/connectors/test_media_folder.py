"""A media folder gives back what was put there, or says that it cannot."""

import asyncio
import hashlib
import os
import resource
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.media.address import open_store
from connectors.media.folder import FolderStore
from connectors.media.store import CHUNK, MediaDamaged, MediaMissing, mime_of
from connectors.retention import MEDIA_KEPT, sweep_media_hourly
from connectors.settings import MediaSettings
from schemas.failure import DependencyDown, Permanent

NOW = datetime.now(UTC)
LARGE = os.urandom(CHUNK) * 2 + b"end"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "media")


def files(store: FolderStore) -> list[Path]:
    return [one for one in store._folder.glob("*/*") if one.is_file()]


async def pieces() -> AsyncIterator[bytes]:
    for start in range(0, len(LARGE), 1000):
        yield LARGE[start : start + 1000]


async def test_bytes_a_file_and_a_stream_of_equal_bytes_are_one_blob(
    store: FolderStore, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(LARGE)

    put = [await store.put(one, mime="video/mp4", name="a.mp4") for one in (LARGE, source)]
    put.append(await store.put(pieces(), mime="video/mp4", name="a.mp4"))

    assert put[0] == put[1] == put[2]
    assert (put[0].size, put[0].sha256) == (len(LARGE), hashlib.sha256(LARGE).hexdigest())
    assert await store.get(put[0].sha256) == LARGE
    assert await store.holds(put[0].sha256)
    assert len(files(store)) == 1


async def test_a_copy_is_whole_or_the_file_stays_as_it_was(
    store: FolderStore, tmp_path: Path
) -> None:
    media = await store.put(LARGE, mime="image/png")
    target = tmp_path / "target"
    target.write_bytes(b"before")
    await store.copy(media.sha256, target)
    assert target.read_bytes() == LARGE

    files(store)[0].write_bytes(b"something else")
    with pytest.raises(MediaDamaged):
        await store.copy(media.sha256, target)

    assert target.read_bytes() == LARGE


async def test_a_damaged_blob_is_refused_and_healed_by_putting_it_again(store: FolderStore) -> None:
    media = await store.put(b"picture", mime="image/png")
    files(store)[0].write_bytes(b"pictur")
    with pytest.raises(MediaDamaged):
        await store.get(media.sha256)

    await store.put(b"picture", mime="image/png")

    assert await store.get(media.sha256) == b"picture"


async def test_a_blob_that_was_never_put_is_missing(store: FolderStore) -> None:
    with pytest.raises(MediaMissing):
        await store.get("0" * 64)
    assert not await store.holds("0" * 64)


async def test_a_source_that_breaks_leaves_nothing(store: FolderStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.put(broken(), mime="image/png")

    assert files(store) == []


async def test_many_writers_of_one_blob_at_once_store_it_once(store: FolderStore) -> None:
    put = await asyncio.gather(*(store.put(b"same", mime="text/plain") for _ in range(8)))

    assert len(set(put)) == 1
    assert len(files(store)) == 1


async def test_a_sweep_takes_what_is_old_and_keeps_what_was_put_again(store: FolderStore) -> None:
    old, again, young = [
        await store.put(words, mime="text/plain") for words in (b"old", b"again", b"young")
    ]
    past = (NOW - timedelta(days=200)).timestamp()
    for path in files(store):
        if path.name in {old.sha256, again.sha256}:
            os.utime(path, (past, past))
    await store.put(b"again", mime="text/plain")
    half = store._folder / "incoming" / "half"
    half.write_bytes(b"a writer died here")
    os.utime(half, (past, past))

    assert await store.sweep(NOW - timedelta(days=100)) == 1

    assert {path.name for path in files(store)} == {again.sha256, young.sha256}


async def test_the_relay_sweeps_blobs_that_no_record_can_name_any_more(store: FolderStore) -> None:
    await store.put(b"old", mime="text/plain")
    past = (NOW - MEDIA_KEPT - timedelta(days=1)).timestamp()
    os.utime(files(store)[0], (past, past))
    asked = 0

    async def pause(seconds: float) -> None:
        nonlocal asked
        asked += 1
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await sweep_media_hourly(store, lambda: NOW, pause)

    assert (asked, files(store)) == (1, [])


async def test_a_folder_that_cannot_be_written_is_a_dependency_that_is_down(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(DependencyDown, match="cannot be written"):
        await FolderStore(tmp_path / "file").put(b"x", mime="text/plain")


async def test_a_disk_that_is_full_at_the_last_bytes_is_a_dependency_that_is_down(
    store: FolderStore,
) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (CHUNK, before[1]))
    try:
        with pytest.raises(DependencyDown, match="cannot be written"):
            await store.put(bytes(CHUNK) + b"end", mime="image/png")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_address_names_a_folder_or_is_refused(tmp_path: Path) -> None:
    assert isinstance(open_store(MediaSettings(media=str(tmp_path))), FolderStore)
    with pytest.raises(Permanent, match="ftp"):
        open_store(MediaSettings(media="ftp://somewhere"))


def test_a_media_type_is_told_by_the_name() -> None:
    assert [mime_of(name) for name in ("a.JPG", "b.mp4", "c.pdf", "d")] == [
        "image/jpeg", "video/mp4", "application/pdf", "application/octet-stream",
    ]  # fmt: skip

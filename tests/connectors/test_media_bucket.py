"""A media store in S3 keeps the promises of a folder, against a server that speaks S3."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from connectors.media.address import open_store
from connectors.media.bucket import BucketStore
from connectors.media.store import CHUNK, MediaDamaged, MediaMissing
from connectors.settings import MediaSettings
from schemas.failure import DependencyDown, Permanent

NOW = datetime.now(UTC)
LARGE = os.urandom(CHUNK) * 2 + b"end"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Bucket:
    """The bucket as another client sees it."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.name = name
        self._client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )
        self._client.create_bucket(Bucket=name)

    def keys(self) -> list[str]:
        found = self._client.list_objects_v2(Bucket=self.name)
        return [one["Key"] for one in found.get("Contents", [])]

    def overwrite(self, key: str, data: bytes) -> None:
        self._client.put_object(Bucket=self.name, Key=key, Body=data)

    def mime(self, key: str) -> str:
        return str(self._client.head_object(Bucket=self.name, Key=key)["ContentType"])


@pytest.fixture
def bucket(endpoint: str, request: pytest.FixtureRequest) -> Bucket:
    return Bucket(endpoint, f"bucket-{abs(hash(request.node.name))}")


def settings(endpoint: str, bucket: str) -> MediaSettings:
    return MediaSettings(
        media=f"s3://{bucket}/hongyan/media",
        media_endpoint=endpoint,
        media_key="key",
        media_secret="secret",  # type: ignore[arg-type]  # read from the environment as text
    )


@pytest.fixture
def store(endpoint: str, bucket: Bucket) -> BucketStore:
    opened = open_store(settings(endpoint, bucket.name))
    assert isinstance(opened, BucketStore)
    return opened


async def pieces() -> AsyncIterator[bytes]:
    for start in range(0, len(LARGE), 100_000):
        yield LARGE[start : start + 100_000]


async def test_bytes_a_file_and_a_stream_are_one_object(
    store: BucketStore, bucket: Bucket, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(LARGE)

    put = [await store.put(one, mime="video/mp4", name="a.mp4") for one in (source, LARGE)]
    put.append(await store.put(pieces(), mime="video/mp4", name="a.mp4"))

    assert put[0] == put[1] == put[2]
    sha256 = put[0].sha256
    assert bucket.keys() == [f"hongyan/media/{sha256[:2]}/{sha256}"]
    assert bucket.mime(bucket.keys()[0]) == "video/mp4"
    assert await store.get(sha256) == LARGE
    assert await store.holds(sha256)
    await store.copy(sha256, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == LARGE


async def test_what_is_missing_or_damaged_is_said(store: BucketStore, bucket: Bucket) -> None:
    assert not await store.holds("0" * 64)
    with pytest.raises(MediaMissing):
        await store.get("0" * 64)
    media = await store.put(b"picture", mime="image/png")
    bucket.overwrite(bucket.keys()[0], b"pictur")
    with pytest.raises(MediaDamaged):
        await store.get(media.sha256)

    await store.put(b"picture", mime="image/png")

    assert await store.get(media.sha256) == b"picture"


async def test_a_sweep_takes_what_is_old(store: BucketStore, bucket: Bucket) -> None:
    await store.put(b"one", mime="text/plain")
    await store.put(b"two", mime="text/plain")

    assert await store.sweep(NOW - timedelta(days=100)) == 0
    assert len(bucket.keys()) == 2
    assert await store.sweep(NOW + timedelta(hours=1)) == 2
    assert bucket.keys() == []


async def test_a_server_or_bucket_that_is_not_there_is_a_dependency_that_is_down(
    endpoint: str,
) -> None:
    for address, name in ((endpoint, "nowhere"), ("http://127.0.0.1:1", "b")):
        with pytest.raises(DependencyDown, match="cannot be"):
            await open_store(settings(address, name)).put(b"x", mime="text/plain")


def test_an_address_without_a_bucket_is_refused() -> None:
    with pytest.raises(Permanent, match="s3://BUCKET"):
        open_store(MediaSettings(media="s3://"))

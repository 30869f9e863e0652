"""HTTP to the outside: what goes wrong is said without what is secret."""

import asyncio
import traceback
from collections.abc import AsyncIterator

import pytest

from connectors.outside_http import OutsideHttp
from schemas.failure import BadRequest, Denied


@pytest.fixture
async def outside() -> AsyncIterator[OutsideHttp]:
    made = OutsideHttp(trust_env=False)
    yield made
    await made.close()


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A server that answers everybody."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_a_header_or_address_that_is_none_is_named_without_its_secret(
    outside: OutsideHttp, url: str
) -> None:
    wrong = (
        (url, {"authorization": "Bearer s3cret\n"}),
        (url, {"s3cret header": "x"}),
        ("http://user:s3cret@127.0.0.1:s3cret/", {}),
        ("odd://user:s3cret@127.0.0.1/?token=s3cret", {}),
    )
    for address, headers in wrong:
        with pytest.raises(BadRequest) as raised:
            await outside.fetch("GET", address, headers, None, 5)
        assert "s3cret" not in "".join(traceback.format_exception(raised.value))


async def test_a_redirect_is_followed_where_it_may_lead(outside: OutsideHttp, url: str) -> None:
    async def elsewhere(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 302 Found\r\nlocation: {url}\r\nconnection: close\r\n\r\n".encode())
        writer.close()

    def refuse(target: str) -> None:
        raise Denied(target, capability="http", target=target)

    server = await asyncio.start_server(elsewhere, "127.0.0.1", 0)
    async with server:
        start = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert (await outside.fetch("GET", start, {}, None, 5))[0] == 204
        with pytest.raises(Denied, match=url):
            await outside.fetch("GET", start, {}, None, 5, passes=refuse)


async def test_a_circle_of_redirects_is_no_answer(outside: OutsideHttp) -> None:
    async def again(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nlocation: /\r\nconnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(again, "127.0.0.1", 0)
    async with server:
        start = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        with pytest.raises(BadRequest, match="circle"):
            await outside.fetch("GET", start, {}, None, 5)

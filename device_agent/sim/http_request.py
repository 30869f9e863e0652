"""Reads HTTP/1.1 requests from a stream, and says what is wrong with what is none."""

import asyncio
from asyncio import StreamReader
from dataclasses import dataclass

_LONGEST_BODY = 8 * 1024 * 1024
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})


class BadRequest(Exception):
    """The request gets this status and text, and its connection ends."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Request:
    """A request; the path is without its query."""

    method: str
    path: str
    body: bytes


async def read_request(reader: StreamReader) -> Request:
    """The next request. Raises BadRequest, and IncompleteReadError where the client hangs up."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as long:
        raise BadRequest(431, "the head of the request is too long") from long
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or words[0] not in _METHODS or not words[2].startswith("HTTP/1."):
        raise BadRequest(400, f"not a request line of HTTP/1.1: {lines[0][:80]!r}")
    length = _length(lines[1:])
    body = await reader.readexactly(length) if length else b""
    return Request(words[0], words[1].partition("?")[0], body)


def _length(lines: list[str]) -> int:
    length = 0
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "transfer-encoding":
            raise BadRequest(411, "a body needs its Content-Length; Transfer-Encoding is not known")
        if name == "content-length":
            if not (value.isascii() and value.isdigit()):
                raise BadRequest(400, f"Content-Length is no number: {value[:80]!r}")
            length = int(value[:20])
    if length > _LONGEST_BODY:
        raise BadRequest(413, f"a body of {length} bytes is too long; at most {_LONGEST_BODY}")
    return length

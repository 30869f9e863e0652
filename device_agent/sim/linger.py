"""Ends a connection so that its last answer arrives, whatever the client still sends."""

import asyncio
from asyncio import StreamReader, StreamWriter

# How long, and how much, a client that is refused may still send.
_PATIENCE_S = 1.0
_MOST_BYTES = 16 * 1024 * 1024


async def linger(reader: StreamReader, writer: StreamWriter) -> None:
    """Say that nothing more comes, and take what the client sends until it hangs up.

    A socket that is closed over unread bytes is reset, and the answer on its way is lost.
    """
    await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    left = _MOST_BYTES
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while left > 0 and (taken := await reader.read(64 * 1024)):
                left -= len(taken)
    except TimeoutError:
        return

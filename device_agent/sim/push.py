"""adb's sync protocol: STAT, LIST, SEND and RECV on the phone's files."""

import struct
from asyncio import StreamReader, StreamWriter

from device_agent.sim.linger import linger
from device_agent.sim.phone import Phone

_CHUNK = 64 * 1024
_LONGEST_PATH = 4096
_LARGEST_FILE = 512 * 1024 * 1024


class Refused(Exception):
    """The request gets FAIL with this text, and its connection ends."""


async def synchronise(phone: Phone, reader: StreamReader, writer: StreamWriter) -> None:
    """Answer sync requests until the client quits, or sends what is none: that is told."""
    try:
        while await _request(phone, reader, writer):
            await writer.drain()
    except Refused as refused:
        _fail(writer, str(refused))
        await linger(reader, writer)


async def _request(phone: Phone, reader: StreamReader, writer: StreamWriter) -> bool:
    """Answer the next request; False at the end. Raises Refused."""
    head = await reader.read(8)
    if not head:
        return False
    if len(head) < 8:
        head += await reader.readexactly(8 - len(head))
    verb, length = head[:4], int.from_bytes(head[4:], "little")
    if verb == b"QUIT":
        return False
    answer = _VERBS.get(verb)
    if answer is None and verb != b"SEND":
        raise Refused(f"unknown sync request {verb!r}; known: STAT, LIST, RECV, SEND, QUIT")
    if length > _LONGEST_PATH:
        raise Refused(f"{verb.decode()}: a path of {length} bytes is longer than {_LONGEST_PATH}")
    path = (await reader.readexactly(length)).decode("utf-8", "replace")
    if answer is not None:
        answer(phone, path, writer)
    else:
        await _send(phone, path, reader, writer)
    return True


def _fail(writer: StreamWriter, reason: str) -> None:
    writer.write(b"FAIL" + struct.pack("<I", len(reason.encode())) + reason.encode())


def _stat(phone: Phone, path: str, writer: StreamWriter) -> None:
    writer.write(b"STAT" + struct.pack("<III", *phone.files.mode_of(path)))


def _list(phone: Phone, path: str, writer: StreamWriter) -> None:
    for name in phone.files.listing(path) if phone.files.is_folder(path) else ():
        entry = phone.files.mode_of(f"{path.rstrip('/')}/{name}")
        writer.write(b"DENT" + struct.pack("<IIII", *entry, len(name.encode())) + name.encode())
    writer.write(b"DONE" + bytes(16))


def _receive(phone: Phone, path: str, writer: StreamWriter) -> None:
    data = phone.files.read(path)
    if data is None:
        _fail(writer, f"open failed: {path}: No such file or directory")
        return
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK]
        writer.write(b"DATA" + struct.pack("<I", len(chunk)) + chunk)
    writer.write(b"DONE" + bytes(4))


async def _send(phone: Phone, target: str, reader: StreamReader, writer: StreamWriter) -> None:
    path, comma, mode = target.rpartition(",")
    if not comma:
        path, mode = target, ""
    data = bytearray()
    while True:
        head = await reader.readexactly(8)
        verb, number = head[:4], int.from_bytes(head[4:], "little")
        if verb == b"DONE":
            break
        if verb != b"DATA":
            raise Refused(f"SEND {path}: DATA or DONE must follow, not {verb!r}")
        if len(data) + number > _LARGEST_FILE:
            raise Refused(f"SEND {path}: a file may have {_LARGEST_FILE} bytes at most")
        data += await reader.readexactly(number)
    done = phone.files.push(path, bytes(data), _mode(mode), number)
    phone.keep()
    if done:
        writer.write(b"OKAY" + bytes(4))
    else:
        _fail(writer, f"couldn't create file {path}: Is a directory")


def _mode(text: str) -> int:
    return int(text[:10]) if text.isascii() and text.isdigit() else 0o644


_VERBS = {b"STAT": _stat, b"LIST": _list, b"RECV": _receive}

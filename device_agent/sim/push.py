"""adb's sync protocol: STAT, LIST, SEND and RECV on the phone's files."""

import struct
from asyncio import StreamReader, StreamWriter

from device_agent.sim.failure import StreamBroken
from device_agent.sim.phone import Phone

_CHUNK = 64 * 1024
_LONGEST_PATH = 4096
_LARGEST_FILE = 512 * 1024 * 1024


async def synchronise(phone: Phone, reader: StreamReader, writer: StreamWriter) -> None:
    """Answer sync requests until the client quits. Raises StreamBroken on rubbish."""
    verbs = {b"STAT": _stat, b"LIST": _list, b"RECV": _receive}
    while True:
        head = await reader.read(8)
        if not head:
            return
        if len(head) < 8:
            head += await reader.readexactly(8 - len(head))
        verb, length = head[:4], int.from_bytes(head[4:], "little")
        if verb == b"QUIT":
            return
        if length > _LONGEST_PATH:
            raise StreamBroken
        path = (await reader.readexactly(length)).decode("utf-8", "replace")
        if verb == b"SEND":
            await _send(phone, path, reader, writer)
        elif verb in verbs:
            verbs[verb](phone, path, writer)
        else:
            _fail(writer, f"unknown sync request {verb!r}")
        await writer.drain()


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
    path, _, mode = target.rpartition(",")
    data = bytearray()
    while True:
        head = await reader.readexactly(8)
        verb, number = head[:4], int.from_bytes(head[4:], "little")
        if verb == b"DONE":
            break
        if verb != b"DATA" or len(data) + number > _LARGEST_FILE:
            raise StreamBroken
        data += await reader.readexactly(number)
    done = phone.files.push(path, bytes(data), int(mode) if mode.isdigit() else 0o644, number)
    phone.keep()
    if done:
        writer.write(b"OKAY" + bytes(4))
    else:
        _fail(writer, f"couldn't create file {path}: Is a directory")

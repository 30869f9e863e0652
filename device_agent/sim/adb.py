"""The adb server's smart-socket protocol on TCP, for any number of simulated phones."""

import asyncio
from asyncio import IncompleteReadError, StreamReader, StreamWriter

from loguru import logger

from device_agent.sim.cable import ABSENT
from device_agent.sim.failure import StreamBroken
from device_agent.sim.phone import Phone
from device_agent.sim.push import synchronise
from device_agent.sim.rpc import RpcServer
from device_agent.sim.shell.runner import run, serve_automation, starts_automation

VERSION = b"0029"
FEATURES = b"shell_v2,cmd"
AUTOMATION_PORT = 9008
_LONGEST = 0xFFFF


class Refused(Exception):
    """The request gets FAIL with this text."""


class AdbServer:
    """Answers adb clients; `phones` may grow while it runs."""

    def __init__(self, phones: dict[str, Phone]) -> None:
        self._phones = phones
        self._servers: dict[str, RpcServer] = {}
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def announce(self) -> None:
        """Tell those who track devices that one came or went."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One client's connection, from its first request to its end."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await self._requests(reader, writer)
        except (StreamBroken, ConnectionError, IncompleteReadError, asyncio.LimitOverrunError):
            writer.transport.abort()
        except asyncio.CancelledError:
            writer.transport.abort()
        except Exception:  # noqa: BLE001  # a connection's supervisor: the phone goes on
            logger.exception("a connection to the simulated phone failed")
            writer.transport.abort()
        finally:
            writer.close()

    def drop(self) -> None:
        """End all connections but the one that asks for it."""
        asking = asyncio.current_task()
        for task in list(self._tasks):
            if task is not asking:
                task.cancel()

    async def stop(self) -> None:
        """End all connections, and wait for their ends."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _requests(self, reader: StreamReader, writer: StreamWriter) -> None:
        phone: Phone | None = None
        while True:
            request = await _request(reader)
            if request is None:
                return
            try:
                if phone is not None:
                    await self._on_phone(phone, request, reader, writer)
                    return
                phone = await self._on_host(request, reader, writer)
            except Refused as refused:
                writer.write(b"FAIL" + _block(str(refused).encode()))
                await writer.drain()
                return
            if phone is None:
                await writer.drain()
                return

    async def _on_host(
        self, request: str, reader: StreamReader, writer: StreamWriter
    ) -> Phone | None:
        """Answer a request to the server; a transport request names the phone to go on with."""
        prefix, _, rest = request.partition(":")
        if prefix == "host-serial":
            phone, command = self._named(rest)
            await self._about(phone, command, writer)
            return None
        if prefix in {"host-usb", "host-local"}:
            prefix = "host"
        if prefix == "host-transport-id":
            number, _, command = rest.partition(":")
            await self._about(self._numbered(number), command, writer)
            return None
        if prefix != "host":
            raise Refused(f"unknown host service '{request}'")
        return await self._on_server(rest, reader, writer)

    async def _on_server(
        self, command: str, reader: StreamReader, writer: StreamWriter
    ) -> Phone | None:
        if command == "version":
            writer.write(b"OKAY" + _block(VERSION))
        elif command in {"devices", "devices-l"}:
            writer.write(b"OKAY" + _block(self._devices(long=command.endswith("-l"))))
        elif command in {"track-devices", "track-devices-l"}:
            await self._track(reader, writer, long=command.endswith("-l"))
        elif command == "host-features":
            writer.write(b"OKAY" + _block(FEATURES))
        elif command.startswith(("connect:", "disconnect:")):
            verb, _, address = command.partition(":")
            done = "already connected to" if verb == "connect" else "disconnected"
            writer.write(b"OKAY" + _block(f"{done} {address}".encode()))
        elif command == "kill":
            writer.write(b"OKAY")
        elif command.startswith(("tport:", "transport")):
            return self._transport(command, writer)
        else:
            await self._about(self._only(), command, writer)
        return None

    def _transport(self, command: str, writer: StreamWriter) -> Phone:
        verb, _, target = command.partition(":")
        if verb == "transport-id":
            phone = self._numbered(target)
        elif verb == "tport" and target.startswith("serial:"):
            phone = self._phone(target.removeprefix("serial:"))
        elif verb == "transport":
            phone = self._phone(target)
        else:
            phone = self._only()
        writer.write(b"OKAY")
        if verb == "tport":
            writer.write(self._number(phone).to_bytes(8, "little"))
        return phone

    async def _about(self, phone: Phone | None, command: str, writer: StreamWriter) -> None:
        if command.startswith("wait-for-"):
            writer.write(b"OKAY")
            await writer.drain()
            await self._wait_for(phone, absent=command.endswith("-disconnect"))
            writer.write(b"OKAY")
            return
        if command in {"list-forward", "reverse:list-forward"}:
            writer.write(b"OKAY" + _block(b""))
            return
        if phone is None or phone.cable.state == ABSENT:
            raise Refused("device not found")
        if command != "get-state":
            _ready(phone)
        answers = {
            "get-state": phone.cable.state.encode(),
            "get-serialno": phone.serial.encode(),
            "get-devpath": b"usb:1-1",
            "features": FEATURES,
        }
        if command not in answers:
            raise Refused(f"unknown host service '{command}'")
        writer.write(b"OKAY" + _block(answers[command]))

    async def _wait_for(self, phone: Phone | None, *, absent: bool) -> None:
        watched = [phone] if phone else list(self._phones.values())
        while any(one.cable.present for one in watched) is absent:  # noqa: ASYNC110 - back by the clock
            await asyncio.sleep(0.02)

    def _devices(self, *, long: bool) -> bytes:
        lines = []
        for number, phone in enumerate(self._phones.values(), start=1):
            state = phone.cable.state
            if state == ABSENT:
                continue
            model = (
                "product:hongyan_sim model:Simulated_Phone device:hongyan_sim "
                if phone.cable.present
                else ""
            )
            detail = f"usb:1-{number} {model}transport_id:{number}"
            line = f"{phone.serial:<22} {state} {detail}" if long else f"{phone.serial}\t{state}"
            lines.append(f"{line}\n")
        return "".join(lines).encode()

    async def _track(self, reader: StreamReader, writer: StreamWriter, *, long: bool) -> None:
        writer.write(b"OKAY")
        gone = asyncio.ensure_future(reader.read(1))
        told = None
        try:
            while not gone.done():
                now = self._devices(long=long)
                if now != told:
                    told = now
                    writer.write(_block(now))
                    await writer.drain()
                changed = asyncio.ensure_future(self._changed.wait())
                # A phone comes back by the clock, without an announcement.
                await asyncio.wait(
                    {gone, changed}, timeout=0.1, return_when=asyncio.FIRST_COMPLETED
                )
                changed.cancel()
        finally:
            gone.cancel()

    def _phone(self, serial: str) -> Phone:
        phone = self._phones.get(serial)
        if phone is None or phone.cable.state == ABSENT:
            raise Refused(f"device '{serial}' not found")
        return _ready(phone)

    def _named(self, rest: str) -> tuple[Phone | None, str]:
        for serial in sorted(self._phones, key=len, reverse=True):
            if rest.startswith(f"{serial}:"):
                return self._phones[serial], rest[len(serial) + 1 :]
        return None, rest.rpartition(":")[2]

    def _only(self) -> Phone:
        present = [one for one in self._phones.values() if one.cable.state != ABSENT]
        if len(present) != 1:
            raise Refused(
                "more than one device/emulator" if present else "no devices/emulators found"
            )
        return _ready(present[0])

    def _number(self, phone: Phone) -> int:
        return list(self._phones.values()).index(phone) + 1

    def _numbered(self, number: str) -> Phone:
        phones = list(self._phones.values())
        if not number.isdigit() or not 0 < int(number) <= len(phones):
            raise Refused(f"no device with transport id '{number}'")
        return self._phone(phones[int(number) - 1].serial)

    async def _on_phone(
        self, phone: Phone, request: str, reader: StreamReader, writer: StreamWriter
    ) -> None:
        if phone.cable.state == ABSENT:
            raise Refused(f"device '{phone.serial}' not found")
        _ready(phone).cable.links.add(writer)
        try:
            await self._service(phone, request, reader, writer)
            await writer.drain()
        finally:
            phone.cable.links.discard(writer)

    async def _service(
        self, phone: Phone, request: str, reader: StreamReader, writer: StreamWriter
    ) -> None:
        service, _, rest = request.partition(":")
        kind = service.split(",")
        if kind[0] in {"shell", "exec"}:
            writer.write(b"OKAY")
            framed = kind[0] == "shell" and "v2" in kind[1:]
            await self._shell(phone, rest, reader, writer, framed=framed)
        elif service == "sync":
            writer.write(b"OKAY")
            await synchronise(phone, reader, writer)
        elif service == "tcp":
            if rest.partition(":")[0] != str(AUTOMATION_PORT) or phone.automation.server is None:
                raise Refused("closed")
            writer.write(b"OKAY")
            await self._servers.setdefault(phone.serial, RpcServer(phone)).converse(reader, writer)
        else:
            raise Refused(f"unknown service '{request}'")

    async def _shell(
        self, phone: Phone, line: str, reader: StreamReader, writer: StreamWriter, *, framed: bool
    ) -> None:
        if starts_automation(line):
            phone.truth.shell["app_process"] += 1
            writer.write(await serve_automation(phone, reader))
            return
        outcome = await run(phone, line, reader)
        if not framed:
            writer.write(outcome.both)
            return
        for kind, data in ((1, outcome.out), (2, outcome.err), (3, bytes([outcome.status & 255]))):
            if data:
                writer.write(bytes([kind]) + len(data).to_bytes(4, "little") + data)


def _ready(phone: Phone) -> Phone:
    """The phone, if adb may talk to it. Raises Refused in the words of the real server."""
    if phone.cable.state == "offline":
        raise Refused("device offline")
    if phone.cable.state == "unauthorized":
        raise Refused(
            "device unauthorized.\nThis adb server's $ADB_VENDOR_KEYS is not set\n"
            "Try 'adb kill-server' if that seems wrong.\n"
            "Otherwise check for a confirmation dialog on your device."
        )
    return phone


async def _request(reader: StreamReader) -> str | None:
    """A request: four hex digits of length, then its text; None at the end or for rubbish."""
    head = await reader.read(4)
    if not head:
        return None
    if len(head) < 4:
        head += await reader.readexactly(4 - len(head))
    try:
        length = int(head, 16)
    except ValueError:
        return None
    return (await reader.readexactly(length)).decode("utf-8", "replace")


def _block(data: bytes) -> bytes:
    return f"{len(data):04x}".encode() + data[:_LONGEST]

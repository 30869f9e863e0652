"""The adb server's smart-socket protocol on TCP, for any number of simulated phones."""

import asyncio
import re
from asyncio import IncompleteReadError, StreamReader, StreamWriter

from loguru import logger

from device_agent.sim.adb_host import Host, Refused, block, ready
from device_agent.sim.cable import ABSENT
from device_agent.sim.failure import StreamBroken
from device_agent.sim.linger import linger
from device_agent.sim.phone import Phone
from device_agent.sim.push import synchronise
from device_agent.sim.rpc import RpcServer
from device_agent.sim.shell.runner import run, serve_automation, starts_automation

AUTOMATION_PORT = 9008
_HEX = re.compile(rb"[0-9a-fA-F]{4}")


class AdbServer:
    """Answers adb clients; `phones` may grow while it runs."""

    def __init__(self, phones: dict[str, Phone]) -> None:
        self._phones = phones
        self._servers: dict[str, RpcServer] = {}
        self._host = Host(phones)
        self._tasks: set[asyncio.Task[None]] = set()

    def announce(self) -> None:
        """Tell those who track devices that one came or went; forget the servers of the gone."""
        for serial in self._servers.keys() - self._phones.keys():
            del self._servers[serial]
        self._host.announce()

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
            try:
                request = await _request(reader)
                if request is None:
                    return
                if phone is not None:
                    await self._on_phone(phone, request, reader, writer)
                    return
                phone = await self._host.answer(request, reader, writer)
            except Refused as refused:
                writer.write(b"FAIL" + block(str(refused).encode()))
                await linger(reader, writer)
                return
            if phone is None:
                await writer.drain()
                return

    async def _on_phone(
        self, phone: Phone, request: str, reader: StreamReader, writer: StreamWriter
    ) -> None:
        if phone.cable.state == ABSENT:
            raise Refused(f"device '{phone.serial}' not found")
        ready(phone).cable.links.add(writer)
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
        elif request == "reverse:list-forward":
            writer.write(b"OKAY" + block(b""))
        elif service == "tcp":
            if rest.partition(":")[0] != str(AUTOMATION_PORT) or phone.automation.server is None:
                raise Refused("closed")
            writer.write(b"OKAY")
            if phone.serial not in self._servers:
                self._servers[phone.serial] = RpcServer(phone)
            await self._servers[phone.serial].converse(reader, writer)
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


async def _request(reader: StreamReader) -> str | None:
    """A request: four hex digits of length, then its text; None at the end. Raises Refused."""
    head = await reader.read(4)
    if not head:
        return None
    if len(head) < 4:
        head += await reader.readexactly(4 - len(head))
    if not _HEX.fullmatch(head):
        raise Refused(f"a request starts with its length in four hex digits, not with {head!r}")
    return (await reader.readexactly(int(head, 16))).decode("utf-8", "replace")

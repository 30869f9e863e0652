"""What the adb server answers about its phones: lists, states, waits, and transports to them."""

import asyncio
import math
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable

from device_agent.sim.cable import ABSENT
from device_agent.sim.phone import Phone

VERSION = b"0029"
# No `cmd`: clients then install by `pm`, which this phone has.
FEATURES = b"shell_v2"
_LONGEST = 0xFFFF
_POLL_S = 0.02
# What one may wait for; the simulated phone is never in those that it does not know.
_STATES = frozenset(
    {"device", "disconnect", "any", "offline", "unauthorized", "recovery", "rescue", "sideload"}
    | {"bootloader"}
)


class Refused(Exception):
    """The request gets FAIL with this text."""


class Host:
    """Answers host requests; `phones` may grow while it runs."""

    def __init__(self, phones: dict[str, Phone]) -> None:
        self._phones = phones
        self._changed = asyncio.Event()

    def announce(self) -> None:
        """Tell those who track devices that one came or went."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def answer(
        self, request: str, reader: StreamReader, writer: StreamWriter
    ) -> Phone | None:
        """Answer a request to the server; a transport request names the phone to go on with.

        Raises Refused.
        """
        prefix, _, rest = request.partition(":")
        if prefix in {"host-usb", "host-local"}:
            prefix = "host"
        if prefix == "host-serial":
            serial, command = self._named(rest)
        elif prefix == "host-transport-id":
            number, _, command = rest.partition(":")
            serial = self._numbered(number).serial
        elif prefix == "host":
            return await self._on_server(rest, reader, writer)
        else:
            raise Refused(f"unknown host service '{request}'")
        if command.startswith("wait-for-"):
            await self._wait_for(serial, command, writer)
        elif serial in self._phones:
            writer.write(b"OKAY" + self._about(self._phones[serial], command))
        else:
            raise Refused(f"device '{serial}' not found")
        return None

    async def _on_server(
        self, command: str, reader: StreamReader, writer: StreamWriter
    ) -> Phone | None:
        if command.startswith(("tport:", "transport")):
            return self._transport(command, writer)
        if command in {"track-devices", "track-devices-l"}:
            await self._track(reader, writer, long=command.endswith("-l"))
        elif command.startswith("wait-for-"):
            await self._wait_for(None, command, writer)
        elif command == "kill":
            writer.write(b"OKAY")
        else:
            writer.write(b"OKAY" + self._told(command))
        return None

    def _told(self, command: str) -> bytes:
        verb, _, address = command.partition(":")
        answers: dict[str, Callable[[], bytes]] = {
            "version": lambda: VERSION,
            "devices": lambda: self._devices(long=False),
            "devices-l": lambda: self._devices(long=True),
            "host-features": lambda: FEATURES,
            "list-forward": lambda: b"",
            "connect": lambda: self._connect(address).encode(),
            "disconnect": lambda: self._disconnect(address).encode(),
        }
        if verb in answers:
            return block(answers[verb]())
        return self._about(self._only(), command)

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

    def _on_network(self, address: str) -> Phone | None:
        """The phone on the network, whose serial is its address."""
        return self._phones.get(address) if ":" in address else None

    def _connect(self, address: str) -> str:
        phone = self._on_network(address)
        if phone is None:
            return f"failed to connect to '{address}': Connection refused"
        if phone.cable.state != ABSENT:
            return f"already connected to {address}"
        phone.cable.mend()
        return f"connected to {address}"

    def _disconnect(self, address: str) -> str:
        phone = self._on_network(address)
        if phone is None or phone.cable.state == ABSENT:
            raise Refused(f"no such device '{address}'")
        phone.unplug(math.inf)
        return f"disconnected {address}"

    def _about(self, phone: Phone, command: str) -> bytes:
        if phone.cable.state == ABSENT:
            raise Refused(f"device '{phone.serial}' not found")
        if command not in {"get-state", "list-forward"}:
            ready(phone)
        answers = {
            "get-state": phone.cable.state.encode(),
            "get-serialno": phone.serial.encode(),
            "get-devpath": b"usb:1-1",
            "features": FEATURES,
            "list-forward": b"",
        }
        if command not in answers:
            raise Refused(f"unknown host service '{command}'")
        return block(answers[command])

    async def _wait_for(self, serial: str | None, command: str, writer: StreamWriter) -> None:
        """Answer when a phone, or any if `serial` is None, is in a state."""
        state = command.rpartition("-")[2]
        if state not in _STATES:
            raise Refused(f"unknown state '{state}' in '{command}'")
        writer.write(b"OKAY")
        await writer.drain()
        while not self._any_is(serial, state):  # noqa: ASYNC110 - back by the clock
            await asyncio.sleep(_POLL_S)
        writer.write(b"OKAY")

    def _any_is(self, serial: str | None, wanted: str) -> bool:
        states = [one.cable.state for one in self._phones.values() if serial in {None, one.serial}]
        if wanted == "disconnect":
            return all(state == ABSENT for state in states)
        if wanted == "any":
            return any(state != ABSENT for state in states)
        return wanted in states

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
                    writer.write(block(now))
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
        return ready(phone)

    def _named(self, rest: str) -> tuple[str, str]:
        for serial in sorted(self._phones, key=len, reverse=True):
            if rest.startswith(f"{serial}:"):
                return serial, rest[len(serial) + 1 :]
        serial, _, command = rest.rpartition(":")
        return serial, command

    def _only(self) -> Phone:
        present = [one for one in self._phones.values() if one.cable.state != ABSENT]
        if len(present) != 1:
            raise Refused(
                "more than one device/emulator" if present else "no devices/emulators found"
            )
        return ready(present[0])

    def _number(self, phone: Phone) -> int:
        return list(self._phones.values()).index(phone) + 1

    def _numbered(self, number: str) -> Phone:
        phones = list(self._phones.values())
        if not number.isdigit() or not 0 < int(number) <= len(phones):
            raise Refused(f"no device with transport id '{number}'")
        return self._phone(phones[int(number) - 1].serial)


def ready(phone: Phone) -> Phone:
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


def block(data: bytes) -> bytes:
    """Bytes with their length before them, as adb's answers are."""
    return f"{len(data):04x}".encode() + data[:_LONGEST]

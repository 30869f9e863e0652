"""Hears from the adb server when phones come and go, and calls a wireless one back.

`host:track-devices` pushes the list at each change, so nobody asks in a loop; `host:connect` is
how adb finds a phone at an address again (adb's SERVICES.TXT).
"""

import asyncio
import re
from asyncio import StreamReader
from collections.abc import Callable

from loguru import logger

_AGAIN_SECONDS = 0.5  # until an adb server that is away is asked for again
_FIRST_CALL_SECONDS = 1.0
_LAST_CALL_SECONDS = 30.0
_ANSWER_SECONDS = 10.0
_PATIENCE = 5.0
_SOON = 0.5
_ADDRESS = re.compile(r"^[^\s:]+:\d+$")


class Plug:
    """The adb server's list of phones, kept fresh while `run` runs."""

    def __init__(self, adb: str, serial: Callable[[], str]) -> None:
        """`adb` is the server's HOST:PORT; `serial` names our phone, empty while none is chosen."""
        host, _, port = adb.rpartition(":")
        self._place = (host, int(port))
        self._serial = serial
        self._heard = False
        self.states: dict[str, str] | None = None
        """How adb lists each phone (`device`, `offline`, `unauthorized`); None: no adb server."""
        self.changed = asyncio.Event()
        """Set at the next change; each change has an event of its own."""

    def patience(self) -> float:
        """Seconds until a phone that failed is tried again where no change is heard before."""
        there = self.states is not None and self.states.get(self._serial()) == "device"
        return _SOON if there or not self._heard else _PATIENCE

    async def run(self) -> None:
        """Listen until cancelled."""
        calling = asyncio.create_task(self._call_back())
        try:
            while True:
                try:
                    await self._listen()
                except (OSError, EOFError, ValueError) as error:
                    logger.debug("the adb server's list of phones: {}", repr(error))
                self._take(None)
                await asyncio.sleep(_AGAIN_SECONDS)
        finally:
            calling.cancel()

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection(*self._place)
        try:
            writer.write(_asked("host:track-devices"))
            await _okay(reader)
            while True:
                lines = (await _block(reader)).splitlines()
                words = [line.split() for line in lines]
                self._take({found[0]: found[1] for found in words if len(found) > 1})
        finally:
            writer.close()

    def _take(self, states: dict[str, str] | None) -> None:
        if self._heard and states == self.states:
            return
        self._heard = True
        before, self.states = self.states or {}, states
        serial = self._serial()
        now = (states or {}).get(serial)
        if serial and now != before.get(serial):
            logger.info("adb lists phone {} as {}", serial, now or "absent")
        self.changed.set()
        self.changed = asyncio.Event()

    async def _call_back(self) -> None:
        """Have adb connect to a phone on the network whenever it is not there, ever more seldom."""
        pause = _FIRST_CALL_SECONDS
        while True:
            if not self._wanted():
                pause = _FIRST_CALL_SECONDS
                await self.changed.wait()
                continue
            try:
                if self.states and self.states.get(self._serial()) == "offline":
                    await self._say(f"host:disconnect:{self._serial()}")
                logger.info("{}", await self._say(f"host:connect:{self._serial()}"))
            except (OSError, EOFError, ValueError) as error:
                logger.info("phone {} cannot be called: {}", self._serial(), repr(error))
            await _either(self.changed, pause)
            pause = min(2 * pause, _LAST_CALL_SECONDS)

    def _wanted(self) -> bool:
        serial = self._serial()
        if self.states is None or not _ADDRESS.match(serial):
            return False
        return self.states.get(serial) in {None, "offline"}

    async def _say(self, request: str) -> str:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(*self._place)
            try:
                writer.write(_asked(request))
                await _okay(reader)
                return await _block(reader)
            finally:
                writer.close()


def _asked(request: str) -> bytes:
    """A request as adb's smart socket reads it: four hex digits of length, then the text."""
    return f"{len(request):04x}{request}".encode()


async def _okay(reader: StreamReader) -> None:
    answer = await reader.readexactly(4)
    if answer != b"OKAY":
        raise ValueError(f"the adb server refuses: {await _block(reader)}")


async def _block(reader: StreamReader) -> str:
    size = int(await reader.readexactly(4), 16)
    return (await reader.readexactly(size)).decode(errors="replace")


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return

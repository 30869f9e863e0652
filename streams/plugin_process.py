"""A plugin's process as the worker holds it: started, talked to, ended."""

import asyncio
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Any

from plugins.plugin import Instance, Plugin
from schemas.failure import Retryable
from streams.process_frames import LENGTH, read, written


class PluginProcess:
    """A process and the line to it; made by `started`."""

    def __init__(
        self,
        plugin: Plugin,
        popen: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.plugin = plugin
        self._popen = popen
        self._reader = reader
        self._writer = writer
        self._resting: asyncio.TimerHandle | None = None
        self._ended = False

    @classmethod
    async def started(cls, instance: Instance) -> "PluginProcess":
        """A new one.

        Raises:
            Retryable: the machine gives none.

        """
        try:
            popen, ours = _spawned()
            reader, writer = await asyncio.open_connection(sock=ours)
        except OSError as error:
            raise Retryable(f"no process for {instance.name}: {error}") from error
        return cls(instance.plugin, popen, reader, writer)

    @property
    def alive(self) -> bool:
        return not self._ended and self._popen.poll() is None

    def rests(self, until: asyncio.TimerHandle | None) -> None:
        """It is free, and ends at this time; None: it is taken."""
        if self._resting is not None:
            self._resting.cancel()
        self._resting = until

    def send(self, frame: object) -> None:
        """Bytes that a dead process does not take are noticed by who reads.

        Raises:
            Exception: whatever pickle raises over what cannot travel.

        """
        body = written(frame)
        if not self._writer.is_closing():
            self._writer.write(body)

    async def read(self) -> Any:
        """The next frame.

        Raises:
            EOFError: it is gone.

        """
        try:
            (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
            return read(await self._reader.readexactly(length))
        except OSError as error:
            raise EOFError from error

    def end(self) -> None:
        """Kill it, whatever it does."""
        if self._ended:
            return
        self._ended = True
        self.rests(None)
        self._popen.kill()
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(1)
        self._writer.close()

    async def last_words(self) -> str:
        """How it ended by itself."""
        try:
            code = await asyncio.to_thread(self._popen.wait, 1)
        except subprocess.TimeoutExpired:
            return "its line was closed"
        return f"signal {-code}" if code < 0 else f"exit {code}"


def _spawned() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            popen = subprocess.Popen(
                [sys.executable, "-P", "-m", "streams.process_side", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        except OSError:
            ours.close()
            raise
    return popen, ours

"""Runs simulated phones in a thread of their own, and lets other threads do things to them."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from loguru import logger

from device_agent.sim.fleet import Fleet
from device_agent.sim.main import Address, running

T = TypeVar("T")
_PATIENCE_S = 20.0
_NOT_RUNNING = "the simulated phone is not running: use it in a `with` block"


class PhoneThread:
    """One event loop with an adb server, the control API and their phones, on free ports."""

    def __init__(
        self,
        *,
        serial: str,
        seed: int,
        data: Path | None,
        transition_ms: int,
        stopped_at: float | None,
    ) -> None:
        self._serial = serial
        self._seed = seed
        self._data = data
        self._transition_ms = transition_ms
        self._stopped_at = stopped_at
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, name="simulated-phone", daemon=True)
        self._address: Address | None = None
        self._fleet: Fleet | None = None
        self._failure: Exception | None = None

    def start(self) -> None:
        """Start, and wait until it answers. Raises OSError where a folder cannot be used."""
        self._thread.start()
        if not self._ready.wait(_PATIENCE_S):
            raise TimeoutError("the simulated phone did not start")
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Stop, and wait until all is closed."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_PATIENCE_S)

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as failure:  # noqa: BLE001  # whoever waits for the start gets it
            if self._ready.is_set():
                logger.opt(exception=failure).error("the simulated phone broke")
            self._failure = failure
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with running(
            serial=self._serial,
            seed=self._seed,
            data=self._data,
            transition_ms=self._transition_ms,
            stopped_at=self._stopped_at,
        ) as (self._address, self._fleet):
            self._ready.set()
            await self._stop.wait()

    @property
    def address(self) -> Address:
        """Where it is reached. Raises RuntimeError before the start."""
        if self._address is None:
            raise RuntimeError(_NOT_RUNNING)
        return self._address

    def do(self, what: Callable[[Fleet], T]) -> T:
        """Run something in the phones' own thread, at once and undisturbed.

        Raises RuntimeError before the start, after the end, and from within itself.
        """
        loop, fleet = self._loop, self._fleet
        if loop is None or fleet is None or not self._thread.is_alive():
            raise RuntimeError(_NOT_RUNNING)
        if threading.current_thread() is self._thread:
            raise RuntimeError("this runs on the phone already: use what it was given")

        async def inside() -> T:
            return what(fleet)

        return asyncio.run_coroutine_threadsafe(inside(), loop).result(_PATIENCE_S)

"""A worker in a process of its own, which a test may kill."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

_MAIN = (
    "from connectors.settings import WorkerSettings\n"
    "from streams.main import run\n"
    "run(WorkerSettings())"
)


class WorkerProcess:
    """One worker; `environment` holds its HONGYAN_* settings."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.log = folder / f"{environment['HONGYAN_WORKER_ID']}.log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def start(self, **more: str) -> None:
        """Start it; `more` are settings of this life alone."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _MAIN],
                env={**self._environment, **more},
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parents[2],
            )

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def ended(self, within: float) -> int:
        """Its exit code."""
        async with asyncio.timeout(within):
            while (code := self.exit_code) is None:  # noqa: ASYNC110  # a process
                await asyncio.sleep(0.05)
        return code

    async def stop(self, within: float = 9) -> int:
        """SIGTERM; returns the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await self.ended(within)

    def destroy(self) -> None:
        """End it in whatever state it is."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def tail(self) -> str:
        return self.log.read_text()[-6000:] if self.log.exists() else ""

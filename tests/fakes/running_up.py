"""A real `hongyan up` that a test may talk to, hurt, stop and start again."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from connectors.kafka import Broker, read_whole
from hongyan.program import Program
from tests.fixtures.live_server import on_starter

HONGYAN = Path(sys.executable).with_name("hongyan")
NAMES = ("broker", "postgres", "sim", "agent", "worker", "relay", "api")


async def _never() -> bool:
    return False


def _nothing() -> None:
    return


def wait_for(condition: Callable[[], bool], limit_s: float = 30.0, what: str = "") -> float:
    """Seconds until `condition()` held. Blocks; raises TimeoutError after `limit_s`."""
    began = time.monotonic()
    for _ in _ticks():
        if condition():
            return time.monotonic() - began
        if time.monotonic() - began > limit_s:
            raise TimeoutError(what or "the condition did not come true")
    raise AssertionError


def _ticks() -> Iterator[None]:
    pause = threading.Event()
    while True:
        yield
        pause.wait(0.02)


def alive(pid: int) -> bool:
    """Whether a process of this id runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class RunningUp:
    """`hongyan up` on `folder`. Its methods block: in an async test use `asyncio.to_thread`."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.ready_file = folder.parent / f"{folder.name}.ready.json"
        self.output = folder.parent / f"{folder.name}.out"
        self._options = options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, limit_s: float = 45.0) -> float:
        """Start it, wait until all is ready; seconds taken."""
        on_starter(self._spawn)
        process = self.process
        assert process is not None
        try:
            return wait_for(lambda: self.ready_file.exists() or process.poll() is not None, limit_s)
        finally:
            assert self.ready_file.exists(), self.output.read_text()

    def _spawn(self) -> None:
        command = [str(HONGYAN), "up", "--data", str(self.folder), "--json"]
        command += ["--ready-file", str(self.ready_file), *self._options]
        # Ends with the test run, however that ends.
        shape = Program("up", tuple(command), _nothing, _never, lambda _: None)
        self.ready_file.unlink(missing_ok=True)
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=output, **shape.spawn_options()
            )

    @property
    def ready(self) -> dict[str, Any]:
        """The ready file, read now."""
        content: dict[str, Any] = json.loads(self.ready_file.read_text())
        return content

    @property
    def pids(self) -> dict[str, int | None]:
        """Process ids by name, as the ready file has them now."""
        pids: dict[str, int | None] = self.ready["pids"]
        return pids

    def say(self, chat: str, text: str, **more: str) -> dict[str, Any]:
        """A friend writes on the simulated phone."""
        return self._sim("POST", "/messages", {"chat": chat, "text": text, **more})

    def truth(self) -> dict[str, Any]:
        """What really happened on the phone."""
        return self._sim("GET", "/truth")

    def sent_texts(self, chat: str) -> list[str]:
        """What really left in this chat, in order."""
        return [entry["text"] for entry in self.truth()["sent"] if entry["chat"] == chat]

    def wait_sent(self, chat: str, count: int, limit_s: float = 30.0) -> list[str]:
        """The texts once `count` have left."""
        wait_for(lambda: len(self.sent_texts(chat)) >= count, limit_s, f"{chat}: {count} bubbles")
        return self.sent_texts(chat)

    def _sim(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self.ready['sim']}{path}"
        answer = httpx.request(method, url, json=body, timeout=10, trust_env=False)
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to one of its processes; the id it had."""
        pid = self.pids[name]
        assert pid is not None
        os.kill(pid, number)
        return pid

    def wait_restarted(self, name: str, old: int, limit_s: float = 10.0) -> float:
        """Seconds until the ready file names a live successor."""

        def back() -> bool:
            pid = self.pids[name]
            return pid is not None and pid != old and alive(pid)

        return wait_for(back, limit_s, f"{name} was not restarted")

    def wait_serving(self, limit_s: float = 30.0) -> None:
        """Wait until the API says that broker and database answer."""

        def serving() -> bool:
            try:
                answer = httpx.get(f"{self.ready['api']}/readyz", timeout=5, trust_env=False)
            except httpx.TransportError:
                return False
            return answer.status_code == 200

        wait_for(serving, limit_s, "the API is not ready")

    async def records(self, topic: str) -> list[dict[str, Any]]:
        """Every value of a topic, by partition."""
        whole = read_whole(Broker(self.ready["kafka"]), topic)
        return [json.loads(record.value) async for record in whole if record.value]

    def events(self) -> list[dict[str, Any]]:
        """The lines `up --json` wrote so far."""
        lines = self.output.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Stop it; exit code and seconds taken. Nothing to do where it has ended."""
        process = self.process
        assert process is not None
        began = time.monotonic()
        if process.poll() is None:
            process.send_signal(number)
        try:
            code = process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        return code, time.monotonic() - began

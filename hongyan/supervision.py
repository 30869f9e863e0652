"""Keeps one program running: what dies is started again, what is only stopped is left alone."""

import asyncio
import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal, TypeVar

from hongyan.program import CannotStart, Program

T = TypeVar("T")

_STEADY_S = 10.0
"""Who lived this long did not fail in a row."""

_LONGEST_DELAY_S = 2.0
_PATIENCE_S = 5.0
"""A first start may be refused for this long before the refusal is final."""

_PROBE_EVERY_S = 0.05
_PROBE_LIMIT_S = 5.0
_LOG_LIMIT = 16 * 1024 * 1024
_TAIL_BYTES = 8_192


@dataclass(frozen=True)
class Change:
    """Something that happened to a program; `how` and `last` say why it died."""

    what: Literal["started", "ready", "died"]
    name: str
    pid: int | None = None
    how: str = ""
    last: str = ""
    times: int = 0


def delay_before(failures: int) -> float:
    """Seconds to wait before the start after this many failures in a row. Pure.

    The first restart is at once; it never gives up and never waits over 2 s, so that what was
    mended outside is running again within 3 s.
    """
    if failures <= 1:
        return 0.0
    return min(0.25 * 2.0 ** min(failures - 2, 10), _LONGEST_DELAY_S)


def how_it_ended(code: int) -> str:
    """An exit code for people. Pure."""
    if code >= 0:
        return f"exit {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def last_words(log: str) -> str:
    """What the last line of a log says, be it plain or our JSON, shortened. Pure."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return _meaning(lines[-1])[:300] if lines else "-"


def _meaning(line: str) -> str:
    try:
        content = json.loads(line)
    except ValueError:
        return line
    return str(content.get("message", line)) if isinstance(content, dict) else line


class Supervised:
    """One program, kept running by `keep_running` until `stop`.

    Death is seen by waiting for the process, never by asking whether it answers: a program that is
    stopped (SIGSTOP) or slow is left alone. Call everything from one thread that lives as long as
    the program may (`Program.spawn_options`).
    """

    def __init__(
        self,
        program: Program,
        log: Path,
        tell: Callable[[Change], None],
        *,
        environment: dict[str, str],
    ) -> None:
        """`environment` is the whole one that the program's own is added to."""
        self.program = program
        self.log = log
        self.pid: int | None = None
        self.first_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tell = tell
        self._environment = {**environment, **program.environment}
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._born = time.monotonic()
        self._stopping = False
        self._gone = asyncio.Event()
        self._gone.set()

    @property
    def asked_to_stop(self) -> bool:
        """Whether it is to stay down once it has ended."""
        return self._stopping

    async def keep_running(self) -> None:
        """Start, wait for the end, start again.

        A first start that cannot be (`CannotStart`), for 5 s on end, is told by `first_ready` and
        ends it.
        """
        failures = 0
        while True:
            began = time.monotonic()
            how, last = await self._one_life()
            if self.asked_to_stop:
                return
            failures = failures + 1 if time.monotonic() - began < _STEADY_S else 1
            self._tell(Change("died", self.program.name, None, how, last, failures))
            if self.first_ready.done() and self.first_ready.exception() is not None:
                return
            await asyncio.sleep(delay_before(failures))

    async def _one_life(self) -> tuple[str, str]:
        try:
            await apart(self.program.check)
            if self.asked_to_stop:  # while it was checked, or waited to be tried again
                return "not started", ""
            process = self._launch()
        except CannotStart as error:
            self._fail_first(error)
            return "cannot start", error.reason
        ended = _end_of(process)
        ended.add_done_callback(lambda _: self._gone.set())  # whatever becomes of this coroutine
        self._tell(Change("started", self.program.name, process.pid))
        readiness = asyncio.create_task(self._become_ready(process.pid))
        try:
            either: list[asyncio.Future[Any]] = [ended, readiness]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if readiness.done():
                readiness.result()
            code = await ended
        finally:
            readiness.cancel()
        self._process = None
        self._gone.set()
        if process.stdin is not None:
            process.stdin.close()
        words = self._words()
        explained = self.program.explain(words)
        if explained is not None:
            self._fail_first(explained)
        return how_it_ended(code), last_words(words)

    def _fail_first(self, error: CannotStart) -> None:
        # What a stack killed a moment ago still holds is let go within seconds.
        patient = time.monotonic() - self._born < _PATIENCE_S
        if not patient and not self.first_ready.done() and not self._stopping:
            self.first_ready.set_exception(error)

    def _launch(self) -> subprocess.Popen[bytes]:
        argv = dataclasses.replace(self.program, environment={}).command()
        try:
            with self._open_log() as output:
                process = subprocess.Popen(
                    argv,
                    stdout=output,
                    stderr=output,
                    env=self._environment,
                    **self.program.spawn_options(),
                )
        except OSError as error:
            raise CannotStart(
                f"{self.program.name} cannot be started: {error}；{self.program.name} 无法启动。",
                f"Check {argv[0]} and {self.log.parent}；请检查 {argv[0]} 和 {self.log.parent}。",
            ) from error
        self._process, self.pid = process, process.pid
        self._gone.clear()
        return process

    def _open_log(self) -> IO[bytes]:
        self.trim_log()
        output = self.log.open("ab")
        self._log_start = output.tell()
        return output

    def trim_log(self) -> None:
        """Keep a log that has grown over 16 MiB as `….1` and go on with an empty one.

        The program holds the file open for appending, so it is copied and cut, not moved.
        """
        with contextlib.suppress(OSError):  # not there, or a full disk: no reason to end
            if self.log.stat().st_size > _LOG_LIMIT:
                shutil.copyfile(self.log, self.log.with_name(f"{self.log.name}.1"))
                os.truncate(self.log, 0)
                self._log_start = 0

    def last_line(self) -> str:
        """What this life said last."""
        return last_words(self._words())

    def _words(self) -> str:
        """The end of what this life wrote."""
        with contextlib.suppress(FileNotFoundError), self.log.open("rb") as file:
            file.seek(max(self._log_start, self.log.stat().st_size - _TAIL_BYTES))
            return file.read().decode(errors="replace")
        return ""

    async def _become_ready(self, pid: int) -> None:
        while not await self._probe():  # noqa: ASYNC110  # another process's readiness has no event
            await asyncio.sleep(_PROBE_EVERY_S)
        self._tell(Change("ready", self.program.name, pid))
        if not self.first_ready.done():
            self.first_ready.set_result(None)

    async def _probe(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PROBE_LIMIT_S):
                return await self.program.ready()
        return False

    def ask_to_stop(self) -> None:
        """No restart from here on, and the program's own signal to stop."""
        self._stopping = True
        if not self.first_ready.done():
            self.first_ready.cancel()
        if self._process is not None:
            self._process.send_signal(self.program.stop_signal)
            # One that was stopped hears only after it goes on.
            self._process.send_signal(signal.SIGCONT)

    async def stop(self, timeout_s: float) -> bool:
        """Ask, wait, kill when time is up; whether it went by itself."""
        self.ask_to_stop()
        process = self._process
        if process is None:
            return True
        try:
            await asyncio.wait_for(self._gone.wait(), timeout_s)
        except TimeoutError:
            process.kill()
            await self._gone.wait()
            return False
        return True


async def apart(work: Callable[[], T]) -> T:
    """The result of blocking work, done in a thread that nobody waits for at the end.

    `asyncio.to_thread` would keep a stop waiting until a minute's build was over.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def arrive(settle: Callable[[], None]) -> None:
        if not done.done():
            settle()

    def run() -> None:
        try:
            result = work()
        # Whatever it is belongs to whoever waits for the result.
        except BaseException as error:  # noqa: BLE001  # handed on, not kept
            settle = partial(done.set_exception, error)
        else:
            settle = partial(done.set_result, result)
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody wants to know
            loop.call_soon_threadsafe(arrive, settle)

    threading.Thread(target=run, daemon=True, name="apart").start()
    return await done


def _end_of(process: subprocess.Popen[bytes]) -> asyncio.Future[int]:
    """The exit code when it comes: a thread waits for the process, nothing polls."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def arrive(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    def wait() -> None:
        code = process.wait()
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody wants to know
            loop.call_soon_threadsafe(arrive, code)

    threading.Thread(target=wait, daemon=True, name=f"wait-{process.pid}").start()
    return ended

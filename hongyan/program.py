"""A server of the one-machine stack as data: how to start it, know it is ready, and stop it."""

import asyncio
import contextlib
import ctypes
import functools
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Progress = Callable[[str], None]
"""Takes one line for a person to read while something slow goes on."""

_PROBE_EVERY_S = 0.05
_PROBE_LIMIT_S = 5.0
_TAIL_BYTES = 8_192


class CannotStart(Exception):
    """A server cannot start; `reason` says why and `remedy` what to do, each in two languages."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}\n{remedy}")
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True)
class Owner:
    """The user a program runs as, where it must not run as root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """One server process.

    `check` is called before every start; it may take seconds and raises CannotStart. `ready` is one
    try that says whether clients are answered; it never raises for a server that is not there
    yet. `explain` reads the end of the log of a start that failed.
    """

    name: str
    argv: tuple[str, ...]
    check: Callable[[], None]
    ready: Callable[[], Awaitable[bool]]
    explain: Callable[[str], CannotStart | None]
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    owner: Owner | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    parent_pipe: bool = False
    """The program ends when its standard input does: keep the pipe open as long as it may live."""

    def command(self) -> list[str]:
        """What to run. `environment` adds to ours, through env(1)."""
        if not self.environment:
            return list(self.argv)
        return ["env", *(f"{name}={value}" for name, value in self.environment.items()), *self.argv]

    def spawn_options(self) -> dict[str, Any]:
        """Keyword arguments for `subprocess.Popen` or `asyncio.create_subprocess_exec`.

        The program gets its own session, so that Ctrl-C reaches its supervisor alone. On Linux it
        also gets its stop signal when the **thread** that started it ends: start from a thread
        that lives as long as the program may.
        """
        options: dict[str, Any] = {
            "stdin": subprocess.PIPE if self.parent_pipe else subprocess.DEVNULL,
            "start_new_session": True,
            "cwd": self.cwd,
        }
        if self.owner is not None:
            options |= {"user": self.owner.uid, "group": self.owner.gid, "extra_groups": []}
        if sys.platform == "linux":
            options["preexec_fn"] = functools.partial(_stop_with_parent, _libc(), self.stop_signal)
        return options


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _stop_with_parent(libc: ctypes.CDLL, stop_signal: signal.Signals) -> None:
    pr_set_pdeathsig = 1  # linux/prctl.h
    libc.prctl(pr_set_pdeathsig, int(stop_signal), 0, 0, 0)


def start(program: Program, log: Path) -> subprocess.Popen[bytes]:
    """Check and start `program`; it is not ready yet. Raises CannotStart.

    Its output goes to `log`; the log of the start before is kept beside it as `….1`.
    """
    program.check()
    try:
        if log.exists():
            log.replace(log.with_name(f"{log.name}.1"))
        with log.open("wb") as output:
            return subprocess.Popen(
                program.command(), stdout=output, stderr=output, **program.spawn_options()
            )
    except OSError as error:
        raise CannotStart(
            f"{program.name} cannot be started: {error}；{program.name} 无法启动。",
            f"Check that {program.argv[0]} can be run and that {log.parent} is writable；"
            f"请检查 {program.argv[0]} 可以执行，且 {log.parent} 可写。",
        ) from error


async def wait_ready(
    program: Program, log: Path, *, exited: Callable[[], bool], timeout_s: float
) -> None:
    """Return once `program` answers clients.

    Raises CannotStart when it ends first, with what its log says, or when time is up.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            while not exited():
                if await _probe(program):
                    return
                await asyncio.sleep(_PROBE_EVERY_S)
    raise _failure(program, log, timeout_s)


async def _probe(program: Program) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PROBE_LIMIT_S):
            return await program.ready()
    return False


def _failure(program: Program, log: Path, timeout_s: float) -> CannotStart:
    tail = log_tail(log)
    return program.explain(tail) or CannotStart(
        f"{program.name} was not ready within {timeout_s:g} s, or it ended；"
        f"{program.name} 未能在 {timeout_s:g} 秒内就绪，或已退出。",
        f"Read {log}. Its end: {tail[-600:].strip()}；请查看日志 {log}。",
    )


def log_tail(log: Path) -> str:
    """The last 8 KiB of a log, or nothing where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""


def stop(process: subprocess.Popen[bytes], program: Program, timeout_s: float = 10.0) -> None:
    """Ask the program to stop, wait, and kill it when time is up."""
    if process.poll() is None:
        process.send_signal(program.stop_signal)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdin is not None:
        process.stdin.close()


def require_free_port(name: str, port: int, option: str = "--port-base") -> None:
    """Raise CannotStart when 127.0.0.1:port is taken, so that the cause is told at once.

    `option` chooses another port.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise port_taken(name, port, option) from error


def port_taken(name: str, port: int, option: str = "--port-base") -> CannotStart:
    """The error for a port that another program has."""
    return CannotStart(
        f"{name} cannot listen on 127.0.0.1:{port}: the port is taken；"
        f"{name} 无法监听 127.0.0.1:{port}：端口已被占用。",
        f"Stop the program that has it (lsof -i :{port}), or choose another port with {option}；"
        f"请停止占用该端口的程序（lsof -i :{port}），或用 {option} 换一个端口。",
    )


def data_in_use(name: str, data: Path) -> CannotStart:
    """The error for a second start on the same data folder."""
    return CannotStart(
        f"Another {name} is running on {data}；另一个 {name} 正在使用 {data}。",
        "Stop it first, or give another folder with --data；请先停止它，或用 --data 指定其他目录。",
    )


def folder_unwritable(name: str, folder: Path) -> CannotStart:
    """The error for a data folder that cannot be written."""
    return CannotStart(
        f"{name} cannot write to {folder}；{name} 无法写入 {folder}。",
        f"Make it writable for this user, or give another folder with --data；"
        f"请为当前用户开放 {folder} 的写权限，或用 --data 指定其他目录。",
    )

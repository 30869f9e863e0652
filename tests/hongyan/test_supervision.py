"""Supervision with small stand-in programs: what dies comes back, what is stopped is left alone."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan.program import CannotStart, Program
from hongyan.supervision import Change, Supervised, delay_before, how_it_ended, last_words
from tests.fakes.running_up import alive
from tests.fixtures.waiting import until

LIVES = "import signal, sys; print('here', flush=True); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True)"
DIES = "print('no such luck', flush=True); raise SystemExit(3)"


def program(log: Path, code: str, check: Callable[[], None] = lambda: None) -> Program:
    async def ready() -> bool:
        return log.exists() and b"here" in log.read_bytes()  # noqa: ASYNC240  # a tiny file

    return Program("stand-in", (sys.executable, "-c", code), check, ready, lambda _: None)


@contextlib.asynccontextmanager
async def kept(log: Path, stand_in: Program) -> AsyncIterator[tuple[Supervised, list[Change]]]:
    changes: list[Change] = []
    member = Supervised(stand_in, log, changes.append, environment={"PATH": "/usr/bin:/bin"})
    running = asyncio.create_task(member.keep_running())
    try:
        yield member, changes
    finally:
        await member.stop(0.2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        if member.first_ready.done() and not member.first_ready.cancelled():
            member.first_ready.exception()


@given(st.integers(min_value=0, max_value=10_000))
def test_the_first_restart_is_at_once_and_none_waits_over_two_seconds(failures: int) -> None:
    assert delay_before(1) == 0
    assert 0 <= delay_before(failures) <= delay_before(failures + 1) <= 2


async def test_what_is_killed_comes_back_and_says_how_it_went(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with kept(log, program(log, LIVES)) as (member, changes):
        await member.first_ready
        first = member.pid or 0
        os.kill(first, signal.SIGKILL)

        await until(lambda: member.pid != first, limit_s=3)

        died = next(change for change in changes if change.what == "died")
        assert (died.how, died.times) == ("SIGKILL", 1)


async def test_what_is_stopped_is_left_alone_and_still_stops_when_asked(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with kept(log, program(log, LIVES)) as (member, changes):
        await member.first_ready
        pid = member.pid or 0
        os.kill(pid, signal.SIGSTOP)
        with contextlib.suppress(TimeoutError):  # long enough for any health check to despair
            await asyncio.wait_for(asyncio.Event().wait(), 0.3)

        assert member.pid == pid
        assert [change.what for change in changes] == ["started", "ready"]
        assert await member.stop(3)
        assert not alive(pid)


async def test_what_keeps_dying_is_tried_on_and_its_last_words_are_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with kept(log, program(log, DIES)) as (_, changes):

        def four_deaths() -> bool:
            return sum(change.what == "died" for change in changes) >= 4

        await until(four_deaths, limit_s=10)

        last = [change for change in changes if change.what == "died"][-1]
        assert (last.how, last.last) == ("exit 3", "no such luck")
        assert last.times >= 4


async def test_what_does_not_stop_in_time_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with kept(log, program(log, f"{DEAF}\nwhile True: signal.pause()")) as (member, _):
        await member.first_ready
        pid = member.pid or 0

        assert not await member.stop(0.2)
        assert not alive(pid)


async def test_a_refusal_that_passes_within_seconds_is_waited_out(tmp_path: Path) -> None:
    log, refusals = tmp_path / "log", [CannotStart("held；占用", "wait；等待")] * 3

    def check() -> None:
        if refusals:
            raise refusals.pop()

    async with kept(log, program(log, LIVES, check)) as (member, changes):
        await member.first_ready

        assert sum(change.how == "cannot start" for change in changes) == 3


async def test_a_refusal_that_stays_is_final(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def check() -> None:
        raise CannotStart("taken；占用", "free it；释放")

    async with kept(log, program(log, LIVES, check)) as (member, _):
        with pytest.raises(CannotStart):
            await member.first_ready


async def test_a_log_that_grew_too_large_is_cut_while_its_program_writes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with kept(log, program(log, LIVES)) as (member, _):
        await member.first_ready
        with log.open("ab") as file:
            file.truncate(17 * 1024 * 1024)

        member.trim_log()

        assert log.stat().st_size == 0
        assert (tmp_path / "log.1").stat().st_size > 16 * 1024 * 1024


def test_an_end_is_told_in_words() -> None:
    assert [how_it_ended(code) for code in (0, 3, -9, -200)] == [
        "exit 0",
        "exit 3",
        "SIGKILL",
        "signal 200",
    ]
    assert last_words("first\n\n  last \n\n") == "last"
    assert last_words("") == "-"
    assert last_words('{"message": "no luck", "level": "ERROR"}') == "no luck"
    assert last_words("[1]") == "[1]"


async def test_what_was_asked_to_stop_before_it_began_never_begins(tmp_path: Path) -> None:
    """A check may wait for seconds; what it let start then, nobody would have stopped."""
    log, checking, go = tmp_path / "log", threading.Event(), threading.Event()

    def check() -> None:
        checking.set()
        go.wait(5)

    changes: list[Change] = []
    stand_in = program(log, LIVES, check)
    member = Supervised(stand_in, log, changes.append, environment={"PATH": "/usr/bin:/bin"})
    running = asyncio.create_task(member.keep_running())
    await until(checking.is_set)
    assert await member.stop(1)
    go.set()
    await asyncio.wait_for(running, 5)

    assert member.pid is None
    assert changes == []


async def test_a_listener_that_fails_does_not_keep_a_program_from_being_stopped(
    tmp_path: Path,
) -> None:
    """A full disk: the ready file cannot be written, and `up` must still come down."""

    def refuse(change: Change) -> None:
        raise OSError(28, "No space left on device")

    log = tmp_path / "log"
    member = Supervised(program(log, LIVES), log, refuse, environment={"PATH": "/usr/bin:/bin"})
    running = asyncio.create_task(member.keep_running())
    await until(running.done)

    await asyncio.wait_for(member.stop(1), 5)

    assert member.pid is not None
    assert not alive(member.pid)
    assert isinstance(running.exception(), OSError)

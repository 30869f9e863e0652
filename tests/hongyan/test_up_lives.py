"""`hongyan up` over several lives: clean stop, going on, sudden death, and what cannot start."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hongyan.ports import PORTS
from tests.fakes.running_up import RunningUp, alive, wait_for
from tests.fixtures.live_server import scratch_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's unprivileged user may pass."""
    with scratch_folder() as place:
        yield place


def tree_of(pid: int) -> set[int]:
    """A process and everything below it."""
    found, rest = set(), [pid]
    while rest:
        parent = rest.pop()
        found.add(parent)
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            rest += [int(child) for child in task.read_text().split()]
    return found


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_it_stops_in_time_goes_on_where_it_was_and_takes_all_along_when_killed(
    folder: Path,
) -> None:
    up = RunningUp(folder / "data")
    up.start()
    first = up.ready
    family = tree_of(up.process.pid if up.process else 0)
    up.say("小王", "/count")
    up.wait_sent("小王", 1)

    code, seconds = up.stop()

    assert code == 0
    assert seconds < 10
    assert not up.ready_file.exists()
    assert [pid for pid in family if alive(pid)] == []

    up.start()
    again = up.ready
    assert {name: again[name] for name in again if name != "pids"} == {
        name: first[name] for name in first if name != "pids"
    }
    assert up.sent_texts("小王") == ["1"]
    up.say("小王", "/count")
    assert up.wait_sent("小王", 2) == ["1", "2"]

    assert up.process is not None
    family = tree_of(up.process.pid)
    os.kill(up.pids["relay"] or 0, signal.SIGSTOP)  # even one that can hear nothing
    code, _ = up.stop(signal.SIGKILL)
    assert code == -signal.SIGKILL
    wait_for(lambda: not any(alive(pid) for pid in family), 5, "somebody outlived up")

    up.start()
    up.say("小王", "/count")
    assert up.wait_sent("小王", 3) == ["1", "2", "3"]
    assert up.stop(signal.SIGINT)[0] == 0


def free_base() -> int:
    """The first of as many free ports in a row as `up` takes, below those given to clients."""
    return next(base for base in range(21_000, 30_000, 10) if all(map(free, range(base, base + 8))))


def free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_taken_port_is_named(folder: Path) -> None:
    base = free_base()
    port = base + PORTS.index("adb")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        up = RunningUp(folder / "data", "--port-base", str(base))

        with pytest.raises(AssertionError):
            up.start()

    assert up.process is not None
    assert up.process.wait() == 1
    assert f"127.0.0.1:{port}" in up.output.read_text()
    assert "Traceback" not in up.output.read_text()


def test_a_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    (folder / "file").touch()
    up = RunningUp(folder / "file" / "data")
    up.output, up.ready_file = folder / "out", folder / "ready.json"

    with pytest.raises(AssertionError):
        up.start()

    assert up.process is not None
    assert up.process.wait() == 1
    assert str(folder / "file" / "data") in up.output.read_text()
    assert "Traceback" not in up.output.read_text()

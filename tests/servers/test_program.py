"""A program is started, explained and ended as its description says."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from hongyan.program import CannotStart, Program
from tests.fixtures.live_server import LiveServer


async def _never() -> bool:
    return False


def _program(*argv: str, environment: dict[str, str] | None = None) -> Program:
    return Program(
        name="server",
        argv=argv,
        check=lambda: None,
        ready=_never,
        explain=lambda log: CannotStart("known", "remedy") if "known fault" in log else None,
        environment=environment or {},
    )


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"cannot be started.*无法启动"):
        LiveServer(_program("/nowhere/server"), tmp_path / "log").start()


def test_an_end_before_it_is_ready_is_explained_by_its_log(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="known"):
        LiveServer(_program("sh", "-c", "echo known fault"), tmp_path / "log").start()


def test_an_end_nobody_foresaw_quotes_the_log(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="what happened"):
        LiveServer(_program("sh", "-c", "echo what happened"), tmp_path / "log").start()


def test_a_fault_of_the_start_before_explains_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("known fault\n")

    with pytest.raises(CannotStart, match="was not ready"):
        LiveServer(_program("true"), tmp_path / "log").start()
    assert (tmp_path / "log.1").read_text() == "known fault\n"


def test_a_program_that_is_never_ready_is_stopped(tmp_path: Path) -> None:
    server = LiveServer(_program("sleep", "60"), tmp_path / "log", timeout_s=0.2)

    with pytest.raises(CannotStart, match=r"was not ready within 0\.2 s"):
        server.start()
    assert not psutil.pid_exists(server.pid)


def test_its_environment_is_added_to_ours(tmp_path: Path) -> None:
    program = _program("sh", "-c", "echo $MARK in $HOME", environment={"MARK": "here"})

    with pytest.raises(CannotStart, match=f"here in {Path.home()}"):
        LiveServer(program, tmp_path / "log").start()


PARENT = """
import sys
from pathlib import Path
from hongyan import embedded_broker, embedded_postgres
from tests.fixtures.live_server import LiveBroker, LivePostgres, free_port
folder = Path(sys.argv[1])
port = free_port()
executable = embedded_broker.ensure_built(print)
broker = LiveBroker(embedded_broker.program(executable, folder / "b", port), folder / "b.log", port)
broker.start()
port = free_port()
cluster = embedded_postgres.prepare(folder / "p", lambda line: None, durable=False)
server = LivePostgres(embedded_postgres.program(cluster, port), folder / "p.log", cluster.dsn(port))
server.start()
print("pids", broker.pid, server.pid, flush=True)
sys.stdin.read()
"""


if sys.platform == "linux":  # elsewhere PostgreSQL is ended by its supervisor

    def test_servers_end_with_a_parent_that_was_killed(server_folder: Path) -> None:
        folder = server_folder / "killed-parent"
        command = [sys.executable, "-c", PARENT, str(folder)]
        folder.mkdir()
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            servers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()[1:]]
            os.kill(parent.pid, signal.SIGKILL)

        _, left = psutil.wait_procs(servers, timeout=10)
        assert (len(servers), left) == (2, [])

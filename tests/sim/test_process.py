"""The simulator as a process: it starts, is killed, and goes on where it was."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import adbutils
import httpx
import psutil
import pytest

from device_agent.sim.harness import Simulator
from device_agent.sim.main import running

START = """
from pathlib import Path
from device_agent.sim.main import run
run(adb_port=0, control_port=0, serial="KEPT", data=Path({data!r}), seed=1, transition_ms=0)
"""


@contextmanager
def process(data: Path) -> Iterator[tuple[dict[str, str], subprocess.Popen[bytes]]]:
    code = START.format(data=str(data))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as running_one:
        try:
            assert running_one.stdout is not None
            yield json.loads(running_one.stdout.readline()), running_one
        finally:
            running_one.kill()


def shell(address: dict[str, str], line: str) -> str:
    host, _, port = address["adb"].partition(":")
    return str(adbutils.AdbClient(host, int(port)).device("KEPT").shell(line))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_told_is_lost_by_a_kill(tmp_path: Path, end: signal.Signals) -> None:
    with process(tmp_path) as (address, running_one):
        control = address["control"]
        group = {"chat": "组", "kind": "group", "members": ["甲"], "pinned": True}
        httpx.post(f"{control}/chats", json=group)
        for number in range(5):
            httpx.post(f"{control}/messages", json={"chat": "小王", "text": f"第{number}"})
        recalled = httpx.post(f"{control}/messages", json={"chat": "组", "text": "x"}).json()
        httpx.delete(f"{control}/messages/{recalled['message_id']}")
        shell(address, "am start -n com.tencent.mm/.ui.LauncherUI; input tap 500 600")
        shell(address, "echo TOKEN > /data/local/tmp/hongyan.lease")
        shell(address, "input tap 500 2330; input text hello; input tap 960 2310; input text rest")
        before = httpx.get(f"{control}/truth").json()
        chats = httpx.get(f"{control}/chats").json()
        assert [one["text"] for one in before["sent"]] == ["hello"]
        assert list(before["drafts"].values()) == ["rest"]
        assert psutil.Process(running_one.pid).memory_info().rss < 90 * 2**20
        os.kill(running_one.pid, end)
        running_one.wait(10)
    with process(tmp_path) as (address, _):
        control = address["control"]
        after = httpx.get(f"{control}/truth").json()
        assert {key: after[key] for key in before} == before
        assert httpx.get(f"{control}/chats").json() == chats
        assert shell(address, "cat /data/local/tmp/hongyan.lease") == "TOKEN"
        assert "launcher" in shell(address, "dumpsys window windows")
        fresh = httpx.post(f"{control}/messages", json={"chat": "小王", "text": "新"}).json()
        assert int(fresh["message_id"][1:]) > int(recalled["message_id"][1:])
        httpx.post(f"{control}/reset")
        assert httpx.get(f"{control}/chats").json() == {"chats": []}
    with process(tmp_path) as (address, _):
        assert httpx.get(f"{address['control']}/chats").json() == {"chats": []}


async def test_a_folder_in_use_and_a_folder_that_is_none_are_named(tmp_path: Path) -> None:
    async with running(data=tmp_path):
        with pytest.raises(OSError, match="another simulator"):
            async with running(data=tmp_path):
                pass
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        async with running(data=tmp_path / "file"):
            pass


async def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=str(port)):
            async with running(adb_port=port):
                pass


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"00",
        b"zzzzhello",
        b"ffff",
        b"0004ho",
        b"000chost:nonsense",
        b"GET / HTTP/1.1\r\n\r\n",
        bytes(64),
    ],
)
async def test_rubbish_and_hanging_up_half_way_harm_nobody(
    simulator: Simulator, rubbish: bytes
) -> None:
    host, _, port = simulator.adb.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(rubbish)
    await writer.drain()
    writer.close()
    await reader.read()
    client = adbutils.AdbClient(host, int(port))
    assert await asyncio.to_thread(client.server_version) == 41
    sync = await asyncio.to_thread(lambda: client.device(simulator.serial).shell("echo on"))
    assert sync == "on"


@pytest.mark.parametrize(
    "service", [b"sync:", b"tcp:9008", b"shell:echo hi", b"tcp:1", b"jdwp:1", b"shell,v2:sleep 9"]
)
async def test_rubbish_to_a_service_ends_that_connection_alone(
    simulator: Simulator, service: bytes
) -> None:
    host, _, port = simulator.adb.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for request in (b"host:transport:SIMTEST", service):
        writer.write(b"%04x" % len(request) + request)
    writer.write(b"\xff" * 5000)
    await writer.drain()
    await reader.read(4)
    writer.transport.abort()
    client = adbutils.AdbClient(host, int(port))
    on = await asyncio.to_thread(lambda: client.device(simulator.serial).shell("echo on"))
    assert on == "on"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--serial", "a b"], "`serial` must be a text without spaces"),
        (["--adb-port", "99999"], "--adb-port"),
        (["--transition-ms", "-4"], "--transition-ms"),
        (["--data", "/proc/none"], "/proc/none"),
        (["--ready-file", "/proc/none/ready"], "/proc/none/ready"),
    ],
)
def test_an_option_that_cannot_be_used_is_told_in_a_sentence(words: list[str], said: str) -> None:
    command = [str(Path(sys.executable).with_name("hongyan")), "sim", *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode in {1, 2}
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr

"""Debian's own adb client drives the simulated phone, as a black box."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from device_agent.sim.adb_port import bind, let_in
from device_agent.sim.harness import Simulator
from tests.fakes.fault_watch import wait_until

Adb = Callable[..., subprocess.CompletedProcess[str]]
_PATIENCE_S = 15


@pytest.fixture(scope="module")
def program() -> str:
    found = shutil.which("adb")
    if found is None:
        pytest.fail("Debian's adb client is missing: apt-get install adb")
    return found


def _client(program: str, place: str, home: Path) -> Adb:
    """The client with a server's place, and nothing of this machine's own settings."""
    host, _, port = place.partition(":")

    def adb(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, "-H", host, "-P", port, *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
            env={"PATH": "/usr/bin:/bin", "HOME": str(home), **more},
        )

    return adb


@pytest.fixture
def adb(program: str, simulator: Simulator, tmp_path: Path) -> Adb:
    return _client(program, simulator.adb, tmp_path)


def test_the_phone_is_listed(adb: Adb, simulator: Simulator) -> None:
    assert adb("devices").stdout == f"List of devices attached\n{simulator.serial}\tdevice\n\n"
    assert "model:Simulated_Phone" in adb("devices", "-l").stdout
    assert adb("get-state").stdout == "device\n"
    assert adb("get-serialno").stdout == f"{simulator.serial}\n"
    assert adb("features").stdout == "shell_v2\n"
    assert adb("start-server").returncode == 0


@pytest.mark.parametrize(
    ("line", "output", "errors", "status"),
    [
        ("echo hi; sleep 0.01", "hi\n", "", 0),
        ("false", "", "", 1),
        ("exit 3", "", "", 3),
        ("cat /none", "", "cat: /none: No such file or directory\n", 1),
        ("nothing-of-that-name", "",
         "/system/bin/sh: nothing-of-that-name: inaccessible or not found\n", 127),
        ("printf '你好 %s' '$HOME'", "你好 $HOME", "", 0),
    ],
)  # fmt: skip
def test_a_shell_line_keeps_its_streams_and_its_status(
    adb: Adb, simulator: Simulator, line: str, output: str, errors: str, status: int
) -> None:
    result = adb("-s", simulator.serial, "shell", line)

    assert (result.stdout, result.stderr, result.returncode) == (output, errors, status)


def test_the_first_form_of_the_shell_mixes_the_streams(adb: Adb) -> None:
    result = adb("shell", "-x", "echo out; cat /none")

    assert result.stdout == "out\ncat: /none: No such file or directory\n"
    assert result.returncode == 0


def test_a_shell_line_taps_the_screen(adb: Adb, simulator: Simulator) -> None:
    simulator.receive("小王", "在吗")

    adb("shell", "am start -n com.tencent.mm/.ui.LauncherUI && input tap 500 300")

    assert [one["chat_id"] for one in simulator.truth()["opened"]] == ["c1"]


def test_files_and_folders_go_both_ways(adb: Adb, tmp_path: Path) -> None:
    data = bytes(range(256)) * 1500
    (tmp_path / "here" / "below").mkdir(parents=True)
    (tmp_path / "here" / "big.bin").write_bytes(data)
    (tmp_path / "here" / "below" / "文件.txt").write_text("x")

    assert "2 files pushed" in adb("push", str(tmp_path / "here"), "/sdcard/there").stdout
    assert adb("shell", "ls /sdcard/there").stdout == "below\nbig.bin\n"
    assert "2 files pulled" in adb("pull", "/sdcard/there", str(tmp_path / "back")).stdout

    assert (tmp_path / "back" / "big.bin").read_bytes() == data
    assert (tmp_path / "back" / "below" / "文件.txt").read_text() == "x"
    missing = adb("pull", "/sdcard/none", str(tmp_path / "none"))
    assert missing.returncode == 1
    assert "does not exist" in missing.stdout + missing.stderr


def test_an_apk_is_installed_and_taken_away(adb: Adb, tmp_path: Path) -> None:
    (tmp_path / "keyboard.apk").write_bytes(b"PK")

    assert adb("install", str(tmp_path / "keyboard.apk")).stdout.endswith("Success\n")
    assert "com.github.uiautomator" in adb("shell", "pm list packages").stdout
    assert adb("uninstall", "com.github.uiautomator").stdout == "Success\n"
    assert "com.github.uiautomator" not in adb("shell", "pm list packages").stdout


def test_a_picture_and_the_log_come_as_they_are(
    program: str, simulator: Simulator, tmp_path: Path
) -> None:
    port = simulator.adb.partition(":")[2]
    picture = subprocess.run(
        [program, "-H", "127.0.0.1", "-P", port, "exec-out", "screencap -p"],
        capture_output=True,
        check=True,
        timeout=_PATIENCE_S,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    ).stdout

    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.endswith(b"IEND\xaeB`\x82")


def test_the_server_s_place_may_come_from_the_environment(
    program: str, simulator: Simulator, tmp_path: Path
) -> None:
    place = f"tcp:{simulator.adb}"
    found = subprocess.run(
        [program, "devices"],
        capture_output=True,
        text=True,
        check=True,
        timeout=_PATIENCE_S,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "ADB_SERVER_SOCKET": place},
    )

    assert f"{simulator.serial}\tdevice" in found.stdout


def test_one_waits_for_a_phone_that_comes_back(adb: Adb, simulator: Simulator) -> None:
    simulator.arm("usb_unplug", for_s=600)
    assert adb("devices").stdout == "List of devices attached\n\n"
    assert "no devices" in adb("shell", "true").stderr

    simulator.arm("usb_unplug", for_s=0.3)
    assert adb("wait-for-device", "shell", "echo back").stdout == "back\n"


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("adb_offline", "offline", "device offline"),
        ("adb_unauthorized", "unauthorized", "confirmation dialog"),
    ],
)
def test_a_phone_that_adb_may_not_talk_to_says_why(
    adb: Adb, simulator: Simulator, name: str, state: str, reason: str
) -> None:
    simulator.arm(name, for_s=600)

    assert f"{simulator.serial}\t{state}" in adb("devices").stdout
    refused = adb("shell", "true")

    assert refused.returncode == 1
    assert reason in refused.stderr


def test_what_is_not_there_is_named(adb: Adb) -> None:
    assert adb("-s", "NOBODY", "shell", "true").stderr == "error: device 'NOBODY' not found\n"
    assert "'host:forward:tcp:1;tcp:2'" in adb("forward", "tcp:1", "tcp:2").stderr
    assert adb("reboot").returncode == 1


def test_a_phone_on_the_network_is_connected_and_disconnected(program: str, tmp_path: Path) -> None:
    with Simulator(serial="CABLE") as simulator:
        simulator.add_phone("127.0.0.1:5555")
        adb = _client(program, simulator.adb, tmp_path)

        assert "more than one device" in adb("shell", "true").stderr
        assert adb("-s", "127.0.0.1:5555", "shell", "getprop ro.serialno").stdout == (
            "127.0.0.1:5555\n"
        )
        assert adb("disconnect", "127.0.0.1:5555").stdout == "disconnected 127.0.0.1:5555\n"
        assert "127.0.0.1:5555" not in adb("devices").stdout
        assert adb("connect", "127.0.0.1:5555").stdout == "connected to 127.0.0.1:5555\n"
        assert "127.0.0.1:5555\tdevice" in adb("devices").stdout
        assert "already connected" in adb("connect", "127.0.0.1:5555").stdout
        assert "Connection refused" in adb("connect", "127.0.0.1:5556").stdout
        assert "no such device" in adb("disconnect", "CABLE").stderr


def test_the_client_starts_no_server_of_its_own(
    program: str, simulator: Simulator, tmp_path: Path
) -> None:
    def servers() -> set[int]:
        return {one.pid for one in psutil.process_iter(["name"]) if one.info["name"] == "adb"}

    before = servers()
    nobody = bind("127.0.0.1", 0)
    with nobody:
        place = f"127.0.0.1:{nobody.getsockname()[1]}"
        refused = _client(program, place, tmp_path)("devices")
    simulator.arm("adb_server_down", for_s=600)
    down = _client(program, simulator.adb, tmp_path)("devices")

    assert refused.returncode == down.returncode == 1
    assert "cannot connect to daemon" in refused.stdout + refused.stderr
    assert servers() == before
    simulator.arm("adb_server_down", for_s=0.1)
    wait_until(lambda: _client(program, simulator.adb, tmp_path)("devices").returncode == 0)
    assert not (tmp_path / ".android" / "adbkey").exists()


def test_while_the_adb_server_is_down_nobody_else_gets_its_port() -> None:
    """Another simulator that looks for a free port would keep it down for ever."""
    with bind("127.0.0.1", 0) as held:
        place = held.getsockname()[:2]

        with pytest.raises(OSError, match="cannot be used"):
            bind(*place)

        let_in(held)

"""Knobs of the uiautomator2 server, seen through the library as phone.md 3 measured it."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import adbutils
import pytest
import uiautomator2 as u2
from uiautomator2.core import _http_request, _jsonrpc_call
from uiautomator2.exceptions import (
    AccessibilityServiceAlreadyRegisteredError,
    AdbShellError,
    UiAutomationNotConnectedError,
)

from device_agent.sim.harness import Simulator
from tests.fakes.fault_watch import (
    SEND,
    Observations,
    field,
    hits,
    left,
    open_chat,
    sent,
    struck,
    wait_until,
)

OBSERVATIONS = Observations()
_PORT = 9008
_CUT = (http.client.RemoteDisconnected, ConnectionError)


@pytest.fixture
def typed(device: u2.Device, simulator: Simulator) -> u2.Device:
    """小王's chat is open and its field holds 你好."""
    open_chat(device, simulator, "你好")
    return device


@contextmanager
def _restarted(simulator: Simulator) -> Iterator[None]:
    """The server is started once more inside the block."""
    before = simulator.truth()["shell_by"].get("app_process", 0)
    yield
    assert simulator.truth()["shell_by"].get("app_process", 0) == before + 1


@OBSERVATIONS.of("rpc_500_before")
def a_500_before_the_tap_is_repeated_unseen(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("rpc_500_before", on="send_tap")

    with _restarted(simulator):
        device.click(*SEND)

    assert hits(simulator) == ["row", "send"]
    assert sent(simulator) == ["你好"]


@OBSERVATIONS.of("rpc_500_after")
def a_500_after_the_tap_makes_the_library_tap_twice(
    device: u2.Device, simulator: Simulator
) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("rpc_500_after", on="send_tap")

    with _restarted(simulator):
        device.click(*SEND)

    assert hits(simulator) == ["row", "send", "more"]
    assert sent(simulator) == ["你好"]


@OBSERVATIONS.of("reply_lost")
def a_lost_reply_follows_a_tap_that_was_done(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("reply_lost", on="send_tap")

    with pytest.raises(_CUT):
        device.click(*SEND)

    assert sent(simulator) == ["你好"]


@OBSERVATIONS.of("rpc_hang")
def a_hanging_call_ends_when_the_client_is_tired_of_it(
    device: u2.Device, simulator: Simulator
) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("rpc_hang", on="send_tap")
    device.adb_device.patience_s = 0.2
    try:
        with pytest.raises(TimeoutError):
            device.click(*SEND)
    finally:
        del device.adb_device.patience_s

    assert field(device) == "你好"
    assert hits(simulator) == ["row"]


@OBSERVATIONS.of("rpc_garbage")
def a_garbled_answer_follows_a_tap_that_was_done(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("rpc_garbage", on="send_tap")

    with pytest.raises(ValueError, match=r"codec|JSON|delimiter|Unterminated"):
        device.click(*SEND)

    assert sent(simulator) == ["你好"]


@OBSERVATIONS.of("server_dies")
def a_dead_server_is_started_again_by_the_next_call(
    device: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("server_dies")
    assert not device._check_alive()

    start = time.monotonic()
    with _restarted(simulator):
        assert device.info["screenOn"] is True

    assert time.monotonic() - start < 2


@OBSERVATIONS.of("foreign_uiautomation")
def a_foreign_uiautomation_keeps_the_server_out_until_it_goes(
    device: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("foreign_uiautomation", for_s=600)

    with pytest.raises(AccessibilityServiceAlreadyRegisteredError):
        _ = device.info
    simulator.arm("foreign_uiautomation", for_s=0.1)
    wait_until(lambda: not simulator.on_phone(lambda _, phone: phone.automation.foreign))
    assert device.info["screenOn"] is True


@OBSERVATIONS.of("uiautomation_lost")
def a_lost_uiautomation_is_mended_by_a_restart(device: u2.Device, simulator: Simulator) -> None:
    simulator.arm("uiautomation_lost")
    with pytest.raises(UiAutomationNotConnectedError):
        _jsonrpc_call(device.adb_device, _PORT, "deviceInfo", None, 10, False)

    with _restarted(simulator):
        assert device.info["screenOn"] is True


@OBSERVATIONS.of("dump_slow")
def a_slow_dump_takes_longer(device: u2.Device, simulator: Simulator) -> None:
    simulator.arm("dump_slow", ms=200)

    start = time.monotonic()
    device.dump_hierarchy()
    assert time.monotonic() - start >= 0.2


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_a_knob_of_the_server_is_seen_from_outside(
    device: u2.Device, simulator: Simulator, name: str
) -> None:
    OBSERVATIONS[name](device, simulator)

    assert struck(simulator, name) >= 1
    assert left(simulator, name) == 0


def test_a_reused_server_that_lost_uiautomation_is_mended_by_stop_alone(
    device: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("uiautomation_lost")

    for _ in range(2):
        # What a client does whose process the server is not: it waits, and asks the same one.
        assert device._check_alive()
        with pytest.raises(UiAutomationNotConnectedError):
            _jsonrpc_call(device.adb_device, _PORT, "deviceInfo", None, 10, False)
    _http_request(device.adb_device, _PORT, "GET", "/stop")

    assert not device._check_alive()
    device.start_uiautomator()
    assert device.info["screenOn"] is True


def test_a_hanging_call_whose_client_leaves_is_never_done(
    typed: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("rpc_hang", on="send_tap", for_s=0.5)
    connection = typed.adb_device.create_connection(adbutils.Network.TCP, _PORT)
    body = b'{"jsonrpc":"2.0","id":1,"method":"click","params":[960,2310]}'
    connection.sendall(b"POST /jsonrpc/0 HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    wait_until(lambda: struck(simulator, "rpc_hang") == 1)
    connection.close()

    simulator.arm("rpc_hang", on="dump", for_s=0.6)
    typed.dump_hierarchy()

    assert sent(simulator) == []


def test_a_hanging_call_is_done_once_it_wakes(typed: u2.Device, simulator: Simulator) -> None:
    simulator.arm("rpc_hang", on="send_tap", for_s=0.2)
    start = time.monotonic()

    typed.click(*SEND)

    assert time.monotonic() - start >= 0.2
    assert sent(simulator) == ["你好"]


def test_a_call_that_hangs_in_a_server_that_ends_is_never_done(
    typed: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("rpc_hang", on="send_tap", for_s=0.3)
    broken: list[Exception] = []

    def tap() -> None:
        try:
            typed.jsonrpc.click(*SEND)
        except (http.client.HTTPException, OSError) as error:
            broken.append(error)

    slow = threading.Thread(target=tap)
    slow.start()
    wait_until(lambda: struck(simulator, "rpc_hang") == 1)
    typed.shell("pkill -f com.wetest.uia2")
    slow.join()

    assert len(broken) == 1
    assert sent(simulator) == []


def test_a_server_that_dies_under_a_tap_has_not_tapped(
    typed: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("server_dies", on="send_tap")

    with pytest.raises(_CUT):
        typed.click(*SEND)

    assert field(typed) == "你好"
    assert sent(simulator) == []


def test_a_shell_tap_whose_reply_is_lost_was_done(typed: u2.Device, simulator: Simulator) -> None:
    simulator.arm("reply_lost", on="send_tap")

    with pytest.raises((AdbShellError, ConnectionError)):
        typed.shell("input tap 960 2310 && echo tapped || echo refused")

    assert sent(simulator) == ["你好"]


@pytest.mark.parametrize(
    ("name", "output", "left_the_phone"),
    [("rpc_500_before", "", []), ("rpc_500_after", "", ["你好"])],
)
def test_a_shell_tap_with_500_ends_with_status_1_and_no_word(
    typed: u2.Device, simulator: Simulator, name: str, output: str, left_the_phone: list[str]
) -> None:
    simulator.arm(name, on="send_tap")

    result = typed.shell("[ a = a ] && input tap 960 2310 && echo tapped || echo refused")

    assert (result.output, result.exit_code) == (output, 1)
    assert sent(simulator) == left_the_phone


def test_a_garbled_shell_tap_prints_noise(typed: u2.Device, simulator: Simulator) -> None:
    simulator.arm("rpc_garbage", on="send_tap")

    assert "<<" in typed.shell("input tap 960 2310").output
    assert sent(simulator) == ["你好"]


def test_a_lease_lost_during_a_hang_refuses_the_tap(typed: u2.Device, simulator: Simulator) -> None:
    typed.shell("echo MINE > /data/local/tmp/lease")
    simulator.arm("rpc_hang", on="send_tap", for_s=0.7)
    said: list[str] = []
    line = (
        '[ "$(cat /data/local/tmp/lease)" = MINE ] && input tap 960 2310 && echo tapped || echo no'
    )
    slow = threading.Thread(target=lambda: said.append(typed.adb_device.shell(line)))
    slow.start()
    wait_until(lambda: struck(simulator, "rpc_hang") == 1)
    typed.shell("echo THEIRS > /data/local/tmp/lease")
    slow.join()

    assert said == ["no"]
    assert sent(simulator) == []


def test_a_line_that_hangs_in_its_second_tap_has_not_tapped_twice(
    typed: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("rpc_hang", on="any", after=1, for_s=0.2)

    said = typed.shell("input tap 960 2310 && echo one; input tap 500 1000 && echo two")

    assert said.output == "one\ntwo\n"
    assert sent(simulator) == ["你好"]
    assert len(hits(simulator)) == 3
    assert hits(simulator)[:2] == ["row", "send"]
    assert struck(simulator, "rpc_hang") == 1

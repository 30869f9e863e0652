"""Knobs of the way to the phone, seen through adbutils and uiautomator2."""

import time

import adbutils
import pytest
import uiautomator2 as u2
from adbutils.errors import AdbConnectionError
from uiautomator2.exceptions import AdbShellError

from device_agent.sim.harness import Simulator
from tests.fakes.adb_line import ClosingClient
from tests.fakes.fault_watch import Observations, left, open_chat, sent, struck, wait_until

OBSERVATIONS = Observations()
_BROKEN = (adbutils.AdbError, AdbShellError, ConnectionError)


def _states(device: u2.Device) -> dict[str, str]:
    return {one.serial: one.state for one in device.adb_device._client.list()}


def _comes_back(device: u2.Device, simulator: Simulator, name: str) -> None:
    """Struck again, for a short time, the phone is back by itself after it."""
    simulator.arm(name, for_s=0.1)
    wait_until(lambda: _answers(device))
    device.adb_device._client.wait_for(simulator.serial, timeout=5)
    assert _states(device) == {simulator.serial: "device"}
    assert not device._check_alive()
    device.start_uiautomator()
    assert device.info["screenOn"] is True


@OBSERVATIONS.of("usb_unplug")
def an_unplugged_phone_is_absent_for_its_time(device: u2.Device, simulator: Simulator) -> None:
    simulator.arm("usb_unplug", for_s=600)

    assert _states(device) == {}
    with pytest.raises(adbutils.AdbError, match="not found"):
        device.adb_device.shell("true")
    _comes_back(device, simulator, "usb_unplug")


@OBSERVATIONS.of("adb_offline")
def an_offline_phone_is_listed_and_refuses(device: u2.Device, simulator: Simulator) -> None:
    simulator.arm("adb_offline", for_s=600)

    assert _states(device) == {simulator.serial: "offline"}
    assert device.adb_device.get_state() == "offline"
    with pytest.raises(AdbShellError, match="device offline"):
        device.shell("true")
    with pytest.raises(adbutils.AdbError, match="device offline"):
        device.start_uiautomator()
    _comes_back(device, simulator, "adb_offline")


@OBSERVATIONS.of("adb_unauthorized")
def an_unauthorized_phone_asks_for_a_person(device: u2.Device, simulator: Simulator) -> None:
    simulator.arm("adb_unauthorized", for_s=600)

    assert _states(device) == {simulator.serial: "unauthorized"}
    with pytest.raises(adbutils.AdbError, match="confirmation dialog on your device"):
        device.adb_device.shell("true")
    _comes_back(device, simulator, "adb_unauthorized")


@OBSERVATIONS.of("adb_server_down")
def an_adb_server_that_is_down_takes_no_connection(device: u2.Device, simulator: Simulator) -> None:
    simulator.arm("adb_server_down", for_s=600)

    with pytest.raises(AdbConnectionError):
        device.adb_device._client.device_list()
    _comes_back(device, simulator, "adb_server_down")


def _answers(device: u2.Device) -> bool:
    try:
        return bool(device.adb_device._client.server_version())
    except AdbConnectionError:
        return False


@OBSERVATIONS.of("shell_slow")
def a_slow_shell_answers_late(device: u2.Device, simulator: Simulator) -> None:
    simulator.arm("shell_slow", ms=150, times=2)

    start = time.monotonic()
    assert device.shell("echo a").output == "a\n"
    assert device.adb_device.shell2("echo b", v2=True).stdout == "b\n"
    assert time.monotonic() - start >= 0.3
    assert struck(simulator, "shell_slow") == 2


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_a_knob_of_the_way_to_the_phone_is_seen_from_outside(
    device: u2.Device, simulator: Simulator, name: str
) -> None:
    OBSERVATIONS[name](device, simulator)

    assert struck(simulator, name) >= 1
    assert left(simulator, name) == 0


@pytest.mark.parametrize("name", ["usb_unplug", "adb_offline", "adb_server_down"])
def test_what_breaks_before_the_tap_keeps_it_from_the_screen(
    device: u2.Device, simulator: Simulator, name: str
) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm(name, on="send_tap", for_s=0.2)
    assert struck(simulator, name) == 0

    with pytest.raises(_BROKEN):
        device.shell("input tap 960 2310")

    wait_until(lambda: _answers(device) and "device" in _states(device).values())
    assert sent(simulator) == []
    assert simulator.truth()["drafts"] == {"c1": "你好"}
    assert struck(simulator, name) == 1


@pytest.mark.parametrize("name", ["usb_unplug", "adb_unauthorized", "adb_server_down"])
def test_deleting_the_faults_plugs_all_in_again(
    device: u2.Device, simulator: Simulator, name: str
) -> None:
    simulator.arm(name, for_s=600)

    simulator.disarm()

    assert _states(device) == {simulator.serial: "device"}
    assert device.shell("echo on").output == "on\n"


def test_who_watches_devices_hears_of_the_cable(device: u2.Device, simulator: Simulator) -> None:
    events = device.adb_device._client.track_devices()
    assert next(events).status == "device"
    simulator.arm("adb_offline", for_s=0.5)

    heard = []
    while not heard or heard[-1].status != "device":
        heard.append(next(events))

    assert [(event.present, event.status) for event in heard if event.present] == [
        (True, "offline"),
        (True, "device"),
    ]
    simulator.arm("usb_unplug", for_s=0.5)
    assert [next(events).present, next(events).present] == [False, True]
    events.close()


def test_a_connection_that_stands_breaks_with_the_cable(
    device: u2.Device, simulator: Simulator, shared_client: ClosingClient
) -> None:
    transport = device.adb_device.open_transport()
    transport.send_command("shell:sleep 30; echo late")
    transport.check_okay()
    wait_until(lambda: simulator.truth()["shell_by"].get("sleep") == 1)

    simulator.arm("usb_unplug", for_s=0.1)

    assert transport.conn.recv(10) == b""
    shared_client.wait_for(simulator.serial, timeout=5)

"""adbutils on the simulated phones: devices that come and go, shells, files, the phone's state."""

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import adbutils
import pytest
from PIL import Image

from device_agent.sim.harness import Simulator
from tests.fakes.adb_line import ClosingClient, client_of

BY_SERIAL = """
import io, adbutils, uiautomator2 as u2
assert [one.serial for one in adbutils.adb.device_list()] == ["SIMTEST"]
for name in ("cold", "warm"):
    device = u2.connect("SIMTEST")
    print(name, device.info["productName"], device.shell("echo ok").output.strip())
print("only", u2.connect().serial, u2.connect_usb().info["screenOn"])
device.app_start("com.tencent.mm", wait=True)
device(text="小王").click()
device(className="android.widget.EditText").set_text("由库而来")
device(text="发送").click()
print(device.xpath("//*[@resource-id='com.tencent.mm:id/bkl']").all()[-1].text)
device.push(io.BytesIO(b"pushed"), "/sdcard/Download/x.txt")
print(device.adb_device.sync.read_text("/sdcard/Download/x.txt"), device.screenshot().size)
"""


@pytest.fixture
def client(simulator: Simulator, shared_client: ClosingClient) -> ClosingClient:
    return shared_client


@pytest.fixture
def phone(client: ClosingClient, simulator: Simulator) -> adbutils.AdbDevice:
    return client.device(simulator.serial)


def test_the_plain_library_connects_by_serial_cold_and_warm(simulator: Simulator) -> None:
    simulator.receive("小王", "在吗")
    simulator.on_phone(lambda _, phone: phone.automation.end())
    done = subprocess.run(
        [sys.executable, "-c", BY_SERIAL],
        env={**os.environ, **simulator.environment},  # noqa: TID251  # as a user's shell hands on
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.splitlines() == [
        "cold hongyan_sim ok",
        "warm hongyan_sim ok",
        "only SIMTEST True",
        "由库而来",
        "pushed (1080, 2400)",
    ], done.stderr


def test_a_device_tells_who_it_is(client: ClosingClient, phone: adbutils.AdbDevice) -> None:
    assert client.server_version() == 41
    assert client.list()[0].state == "device"
    assert client.list(extended=True)[0].tags["model"] == "Simulated_Phone"
    assert phone.info == {"serialno": "SIMTEST", "devpath": "usb:1-1", "state": "device"}
    assert "shell_v2" in phone.get_features()
    assert (phone.prop.model, phone.prop.device) == ("Simulated Phone", "hongyan_sim")
    assert client.device_list()[0].serial == client.device().serial == "SIMTEST"


def test_devices_are_tracked_as_they_come_and_go() -> None:
    with Simulator(serial="FIRST") as simulator, client_of(simulator) as client:
        events = client.track_devices()

        def next_event() -> tuple[bool, str, str]:
            event = next(events)
            return event.present, event.serial, event.status

        assert next_event() == (True, "FIRST", "device")
        simulator.add_phone("SECOND")
        assert next_event() == (True, "SECOND", "device")
        simulator.arm("usb_unplug", for_s=30)
        assert next_event() == (False, "FIRST", "absent")
        simulator.disarm()
        assert next_event() == (True, "FIRST", "device")
        simulator.remove_phone("SECOND")
        assert next_event() == (False, "SECOND", "absent")


def test_a_device_is_waited_for(client: ClosingClient, simulator: Simulator) -> None:
    simulator.arm("usb_unplug", for_s=30)
    with pytest.raises(adbutils.AdbError, match="not found"):
        client.device("SIMTEST").get_state()
    client.wait_for("SIMTEST", state="disconnect", timeout=1)
    timer = threading.Timer(0.05, simulator.disarm)
    timer.start()

    client.wait_for("SIMTEST", timeout=5)

    timer.join()
    assert client.device("SIMTEST").get_state() == "device"


def test_an_address_is_connected_and_let_go() -> None:
    with Simulator(serial="127.0.0.1:5555") as simulator, client_of(simulator) as client:
        assert "connected to" in client.connect("127.0.0.1:5555")
        assert client.device("127.0.0.1:5555").shell("echo ok") == "ok"
        client.disconnect("127.0.0.1:5555")


def test_a_shell_answers_in_both_versions_and_as_a_stream(phone: adbutils.AdbDevice) -> None:
    assert phone.shell(["echo", "a  b"]) == "a  b"
    assert phone.shell("echo raw", encoding=None) == b"raw\n"
    first = phone.shell2("echo out; ls /none; false")
    assert (first.returncode, first.output.splitlines()[0]) == (1, "out")
    second = phone.shell2("echo out; ls /none", v2=True, rstrip=True)
    assert (second.returncode, second.stdout) == (1, "out")
    assert "No such file" in second.stderr
    with phone.shell("echo one; echo two", stream=True) as stream:
        assert stream.read_until_close() == "one\ntwo\n"


def test_a_shell_that_takes_too_long_is_given_up(phone: adbutils.AdbDevice) -> None:
    with pytest.raises(adbutils.AdbTimeout):
        phone.shell("sleep 5", timeout=0.1)
    assert phone.shell("echo on") == "on"


def test_files_and_folders_go_both_ways(phone: adbutils.AdbDevice, tmp_path: Path) -> None:
    (tmp_path / "here.txt").write_text("内容", "utf-8")

    assert phone.sync.push(tmp_path / "here.txt", "/sdcard/Download") == 6
    assert phone.sync.read_text("/sdcard/Download/here.txt") == "内容"
    phone.sync.push(io.BytesIO(b"x" * 70_000), "/sdcard/Download/deep/er/x.bin", 0o600)
    assert phone.sync.stat("/sdcard/Download/deep/er/x.bin").size == 70_000
    assert {one.path for one in phone.sync.iter_directory("/sdcard/Download")} >= {"here.txt"}
    assert b"".join(phone.sync.iter_content("/sdcard/Download/deep/er/x.bin")) == b"x" * 70_000
    phone.sync.pull("/sdcard/Download", tmp_path / "there", exist_ok=True)
    assert (tmp_path / "there" / "deep" / "er" / "x.bin").stat().st_size == 70_000
    phone.remove("/sdcard/Download/here.txt")
    phone.rmtree("/sdcard/Download/deep")
    assert not phone.sync.exists("/sdcard/Download/here.txt")
    assert phone.shell("ls /sdcard/Download") == ""


def test_the_phone_tells_its_state(phone: adbutils.AdbDevice) -> None:
    assert phone.window_size() == (1080, 2400)
    assert phone.rotation() == 0
    assert phone.battery().level == 100
    assert phone.brightness_value == 128
    phone.brightness_value = 90
    assert phone.brightness_value == 90
    phone.switch_screen(False)
    assert phone.is_screen_on() is False
    phone.switch_screen(True)
    assert phone.is_screen_on() is True


def test_adb_alone_starts_reads_and_touches_wechat(
    phone: adbutils.AdbDevice, simulator: Simulator
) -> None:
    simulator.receive("小王", "hi")
    phone.app_start("com.tencent.mm")
    assert phone.app_current().package == "com.tencent.mm"
    assert phone.app_info("com.tencent.mm").version_name == "8.0.49"
    assert "com.tencent.mm" in phone.list_packages()
    phone.click(500, 300)
    assert len(simulator.truth()["opened"]) == 1
    phone.swipe(500, 700, 500, 1700, 0.05)
    phone.drag(500, 700, 500, 1700, 0.05)
    phone.keyevent("BACK")
    phone.app_stop("com.tencent.mm")
    assert phone.app_current().package == "com.android.launcher3"


def test_adb_alone_takes_a_picture_and_a_dump(
    phone: adbutils.AdbDevice, simulator: Simulator
) -> None:
    simulator.on_phone(lambda _, inner: inner.automation.end())

    assert phone.screenshot().size == (1080, 2400)
    assert Image.open(io.BytesIO(phone.shell("screencap -p", encoding=None))).format == "PNG"
    assert phone.dump_hierarchy().startswith("<?xml")


def test_notifications_are_dumped_redacted_and_whole(
    phone: adbutils.AdbDevice, simulator: Simulator
) -> None:
    simulator.receive("小王", "机密")

    assert "android.text=String [length=2]" in phone.shell("dumpsys notification")
    assert "android.text=String (机密)" in phone.shell("dumpsys notification --noredact")


def test_what_the_phone_has_not_is_refused_and_it_goes_on(phone: adbutils.AdbDevice) -> None:
    for ask in (phone.root, lambda: phone.tcpip(5555), lambda: phone.forward_port(9008)):
        with pytest.raises(adbutils.AdbError, match="unknown"):
            ask()
    assert phone.forward_list() == []
    assert phone.shell("echo on") == "on"

"""The real uiautomator2 and adbutils drive the simulated phone."""

import io
from pathlib import Path

import adbutils
import pytest
import uiautomator2 as u2
from lxml import etree
from PIL import Image

from device_agent.sim.harness import Simulator
from tests.fakes.adb_line import client_of

ID = "com.tencent.mm:id/"


def open_chat(device: u2.Device, title: str) -> None:
    device.app_start("com.tencent.mm")
    device(resourceId=f"{ID}kbq", text=title).click()


def texts(device: u2.Device, role: str) -> list[str]:
    return [node.text for node in device.xpath(f'//*[@resource-id="{ID}{role}"]').all()]


def test_the_library_reads_who_the_phone_is(device: u2.Device) -> None:
    assert device.info["displayWidth"] == 1080
    assert device.info["screenOn"] is True
    assert device.window_size() == (1080, 2400)
    assert device.device_info["sdk"] == 33
    assert device.app_info("com.tencent.mm")["versionName"] == "8.0.49"
    assert "com.tencent.mm" in device.app_list()
    assert device.adb_device.rotation() == 0
    assert device.adb_device.is_screen_on()
    assert device.adb_device.battery().level == 100


def test_starting_wechat_brings_it_to_the_front(device: u2.Device, simulator: Simulator) -> None:
    assert device.app_current()["package"] == "com.android.launcher3"

    device.app_start("com.tencent.mm", wait=True)

    assert device.app_current()["package"] == "com.tencent.mm"
    device.press("home")
    assert device.app_current()["package"] == "com.android.launcher3"
    device.app_start("com.tencent.mm", ".ui.LauncherUI")
    assert device.app_current()["activity"] == "com.tencent.mm.ui.LauncherUI"
    device.app_stop("com.tencent.mm")
    assert "com.tencent.mm" not in device.app_list_running()


def test_a_chat_is_read_answered_and_left(device: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", '你好 🐦 "quoted" & <b>\nline two')
    open_chat(device, "小王")

    assert texts(device, "bkl") == ['你好 🐦 "quoted" & <b>\nline two']
    assert not device(resourceId=f"{ID}bql").exists
    device(resourceId=f"{ID}bkk").set_text("好的 😀\n$HOME 'x' \"y\"")
    assert device(resourceId=f"{ID}bkk").get_text() == "好的 😀\n$HOME 'x' \"y\""
    assert not device(resourceId=f"{ID}bjz").exists
    device(text="发送").click()

    assert texts(device, "bkl")[-1] == "好的 😀\n$HOME 'x' \"y\""
    assert device(resourceId=f"{ID}bkk").get_text() == ""
    assert device(resourceId=f"{ID}bjz").exists
    truth = simulator.truth()
    assert [(one["chat"], one["text"]) for one in truth["sent"]] == [
        ("小王", "好的 😀\n$HOME 'x' \"y\"")
    ]
    assert [tap["node"]["role"] for tap in truth["taps"]] == ["row", "send"]
    assert truth["opened"][0]["unread"] == 1
    assert truth["drafts"] == {}
    device.press("back")
    assert texts(device, "kbq") == ["小王"]


def test_selectors_find_count_and_wait(device: u2.Device, simulator: Simulator) -> None:
    for name in ("甲", "乙", "丙"):
        simulator.receive(name, f"{name}说")
    device.app_start("com.tencent.mm")

    names = device(resourceId=f"{ID}kbq")
    assert names.count == 3
    assert [one.get_text() for one in names] == ["丙", "乙", "甲"]
    assert device(textStartsWith="乙").exists
    assert device(textMatches=".说").count == 3
    rows = device(resourceId=f"{ID}cj1")
    assert rows[1].child(resourceId=f"{ID}ht5").get_text() == "乙说"
    assert device(text="没有").wait(timeout=0.05) is False
    assert device(text="没有").wait_gone(timeout=0.05) is True
    assert device(description="搜索").info["className"] == "android.widget.ImageView"
    with pytest.raises(u2.UiObjectNotFoundError):
        device(text="没有").click(timeout=0.05)
    with pytest.raises(u2.UiObjectNotFoundError):
        _ = device(text="没有").info
    assert device(text="微信", className="android.widget.TextView").right(text="通讯录") is not None


def test_an_unknown_method_is_an_error_and_the_server_goes_on(device: u2.Device) -> None:
    with pytest.raises(u2.RPCUnknownError, match="method not found"):
        device.jsonrpc.noSuchThing()
    with pytest.raises(u2.RPCUnknownError):
        device.jsonrpc.click(1, "right")
    assert device.info["sdkInt"] == 33


def test_both_ways_of_typing_reach_the_focused_field(
    device: u2.Device, simulator: Simulator
) -> None:
    simulator.receive("小王", "hi")
    open_chat(device, "小王")
    field = device(resourceId=f"{ID}bkk")

    device.shell("input text nowhere")
    assert field.get_text() == ""
    field.click()
    assert field.info["focused"] is True
    device.send_keys("粘贴 $ok\n第二行")
    assert field.get_text() == "粘贴 $ok\n第二行"
    device.clear_text()
    device.shell("input text ab%scd")
    assert field.get_text() == "ab cd"
    device.press("delete")
    assert field.get_text() == "ab c"
    device.xpath(f'//*[@resource-id="{ID}bkk"]').set_text("由路径")
    assert field.get_text() == "由路径"


def test_the_keyboard_apk_is_installed_and_types(device: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", "hi")
    open_chat(device, "小王")
    device(resourceId=f"{ID}bkk").click()
    device.set_input_ime()

    device.send_keys("键盘 🎹")

    assert device(resourceId=f"{ID}bkk").get_text() == "键盘 🎹"
    device.clear_text()
    assert device(resourceId=f"{ID}bkk").get_text() == ""


def test_a_swipe_scrolls_the_list_and_the_chat(device: u2.Device, simulator: Simulator) -> None:
    for number in range(30):
        simulator.receive(f"友{number:02d}", f"消息 {number}")
    for number in range(60):
        simulator.receive("友00", f"第 {number} 条")
    device.app_start("com.tencent.mm")
    first = texts(device, "kbq")

    device.swipe(500, 1800, 500, 800)
    assert texts(device, "kbq") != first
    device.swipe(500, 800, 500, 1800)
    assert texts(device, "kbq") == first
    open_chat(device, "友00")
    assert texts(device, "bkl")[-1] == "第 59 条"
    device.swipe(500, 700, 500, 1700)
    older = texts(device, "bkl")
    assert "第 59 条" not in older
    simulator.receive("友00", "新的")
    assert texts(device, "bkl") == older
    for _ in range(10):
        device.swipe(500, 700, 500, 2100)
    assert texts(device, "bkl")[0] == "消息 0"


def test_files_are_pushed_pulled_and_hashed(
    device: u2.Device, simulator: Simulator, tmp_path: Path
) -> None:
    data = bytes(range(256)) * 900
    device.push(io.BytesIO(data), "/sdcard/Download/deep/x.bin")
    device.pull("/sdcard/Download/deep/x.bin", str(tmp_path / "x.bin"))

    assert (tmp_path / "x.bin").read_bytes() == data
    sync = device.adb_device.sync
    assert sync.stat("/sdcard/Download/deep/x.bin").size == len(data)
    assert [entry.path for entry in sync.list("/sdcard/Download/deep")] == ["x.bin"]
    with pytest.raises(adbutils.AdbError):
        sync.read_bytes("/sdcard/none")
    assert not sync.exists("/sdcard/none")


def test_pictures_come_by_both_ways(device: u2.Device, simulator: Simulator) -> None:
    assert device.screenshot().size == (1080, 2400)
    picture = device.adb_device.shell("screencap -p", encoding=None)
    assert Image.open(io.BytesIO(picture)).size == (1080, 2400)


def test_the_shade_shows_notifications_and_opens_their_chat(
    device: u2.Device, simulator: Simulator
) -> None:
    simulator.receive("小王", "在吗")
    device.open_notification()

    assert device(resourceId="android:id/text").get_text() == "在吗"
    device(resourceId="android:id/title", text="小王").click()
    assert device(resourceId=f"{ID}obn").get_text() == "小王"
    assert simulator.truth()["opened"][0]["chat_id"] == "c1"


def test_a_dump_of_the_active_window_is_deep_and_clipped(
    device: u2.Device, simulator: Simulator
) -> None:
    for number in range(20):
        simulator.receive("小王", f"很长的消息 {number} " * 12)
    open_chat(device, "小王")

    root = etree.fromstring(device.dump_hierarchy(root_in_active=True).encode())
    nodes = root.xpath("//node")
    depth = max(len(list(node.iterancestors())) for node in nodes)
    named = [node for node in nodes if node.get("text") or node.get("content-desc")]
    assert depth > 15
    assert len(nodes) > 3 * len(named)
    for node in nodes:
        left, top, right, bottom = (
            int(edge) for edge in node.get("bounds").strip("[]").replace("][", ",").split(",")
        )
        assert 0 <= left < right <= 1080
        assert 0 <= top < bottom <= 2400
    assert len(root) == 1
    assert len(etree.fromstring(device.dump_hierarchy().encode())) == 2
    assert len(device.dump_hierarchy(compressed=True)) < len(device.dump_hierarchy())


def test_the_server_ends_with_its_stream_and_starts_again(device: u2.Device) -> None:
    device.stop_uiautomator()
    assert not device._check_alive()
    device.start_uiautomator()
    assert device.info["screenOn"] is True
    assert "already registered" in device.adb_device.shell(
        "CLASSPATH=/data/local/tmp/u2.jar app_process / com.wetest.uia2.Main -p 9008"
    )


def test_several_phones_hang_on_one_server() -> None:
    with Simulator(serial="FIRST") as simulator, client_of(simulator) as client:
        simulator.add_phone("SECOND")

        assert [one.serial for one in client.device_list()] == ["FIRST", "SECOND"]
        assert client.server_version() == 41
        second = client.device("SECOND")
        assert second.get_state() == "device"
        assert "shell_v2" in second.get_features()
        assert second.getprop("ro.serialno") == "SECOND"
        with pytest.raises(adbutils.AdbError, match="not found"):
            client.device("NOBODY").shell("true")
        with pytest.raises(adbutils.AdbError, match="more than one"):
            _shell_on_any(client)


def _shell_on_any(client: adbutils.AdbClient) -> None:
    with client.make_connection() as connection:
        connection.send_command("host:transport-any")
        connection.check_okay()

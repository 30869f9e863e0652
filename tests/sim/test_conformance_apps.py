"""Apps, activities, keyboards and the clipboard: the real uiautomator2's calls."""

from pathlib import Path

import pytest
import uiautomator2 as u2

from device_agent.sim.harness import Simulator

ID = "com.tencent.mm:id/"
WECHAT = "com.tencent.mm"
HOME = "com.android.launcher3"
KEYBOARD_APK = Path(u2.__file__).with_name("assets") / "app-uiautomator.apk"


@pytest.fixture
def field(device: u2.Device, simulator: Simulator) -> u2.UiObject:
    """The focused input field of 小王's chat."""
    simulator.receive("小王", "hi")
    device.app_start(WECHAT)
    device(resourceId=f"{ID}kbq", text="小王").click()
    found = device(resourceId=f"{ID}bkk")
    found.click()
    return found


def test_wechat_is_started_in_every_way(device: u2.Device) -> None:
    for options in (
        {},
        {"use_monkey": True},
        {"activity": ".ui.LauncherUI"},
        {"activity": "com.tencent.mm.ui.LauncherUI", "wait": True},
        {"wait": True},
        {"stop": True, "wait": True},
    ):
        device.press("home")
        assert device.app_current()["package"] == HOME
        device.app_start(WECHAT, **options)
        assert device.app_current()["package"] == WECHAT


def test_an_app_and_an_activity_are_waited_for(device: u2.Device) -> None:
    device.app_start(WECHAT)

    assert device.app_wait(WECHAT, timeout=1, front=True) > 0
    assert device.wait_activity("com.tencent.mm.ui.LauncherUI", timeout=1) is True
    assert device.wait_activity(".Nothing", timeout=0.01) is False


def test_running_apps_are_listed_and_stopped(device: u2.Device) -> None:
    device.app_start(WECHAT)
    assert WECHAT in device.app_list_running()

    device.app_stop(WECHAT)

    assert WECHAT not in device.app_list_running()
    device.app_start(WECHAT)
    assert WECHAT in device.app_stop_all()
    assert device.app_current()["package"] == HOME


def test_a_stopped_wechat_starts_with_its_list(field: u2.UiObject, device: u2.Device) -> None:
    device.app_stop(WECHAT)
    device.app_start(WECHAT)

    assert device(resourceId=f"{ID}kbq", text="小王").exists


def test_an_app_tells_its_version_and_a_missing_one_is_an_error(device: u2.Device) -> None:
    assert device.app_info(WECHAT) == {"versionName": "8.0.49", "versionCode": 2600}
    with pytest.raises(u2.exceptions.AppNotFoundError):
        device.app_info("com.none")


def test_packages_are_listed_installed_and_removed(device: u2.Device) -> None:
    assert WECHAT in device.app_list()
    device.app_install(str(KEYBOARD_APK))
    assert "com.github.uiautomator" in device.app_list()
    device.app_auto_grant_permissions(WECHAT)


def test_a_session_works_while_its_app_runs(device: u2.Device) -> None:
    with device.session(WECHAT) as session:
        assert session.running() is True
        assert session.info["currentPackageName"] == WECHAT
        device.app_stop(WECHAT)
        assert session.running() is False
        with pytest.raises(u2.exceptions.SessionBrokenError):
            _ = session.info


def test_the_clipboard_keeps_what_was_put(device: u2.Device) -> None:
    device.clipboard = "剪贴 🐦\n$x"
    assert device.clipboard == "剪贴 🐦\n$x"
    device.set_clipboard("other", label="name")
    assert device.clipboard == "other"


@pytest.mark.parametrize(
    "text", ["你好 😀👨‍👩‍👧", "a\nb", "\"double\" 'single' `back`", "$HOME \\n %s & ; |"]
)
def test_every_text_survives_each_way_of_typing(
    device: u2.Device, field: u2.UiObject, text: str
) -> None:
    field.set_text(text)
    assert field.get_text() == text
    field.clear_text()
    assert field.get_text() == ""
    device.send_keys(text)
    assert field.get_text() == text
    device.send_keys("x", clear=True)
    assert field.get_text() == "x"
    device.xpath(f'//*[@resource-id="{ID}bkk"]').set_text(text)
    assert field.get_text() == text


def test_the_keyboard_comes_and_goes(device: u2.Device, field: u2.UiObject) -> None:
    assert device.is_input_ime_installed() is False
    own = device.current_ime()

    device.set_input_ime()
    assert device.is_input_ime_installed() is True
    assert device.current_ime() == "com.github.uiautomator/.AdbKeyboard"
    device.send_keys("你好 😀\n\"q\" 'q' $HOME \\n & ;")
    device.hide_keyboard()
    device.send_action("done")
    device.set_input_ime(enable=False)

    assert device.current_ime() == own
    assert field.get_text() == "你好 😀\n\"q\" 'q' $HOME \\n & ;"


def test_ascii_is_typed_by_the_shell(device: u2.Device, field: u2.UiObject) -> None:
    device.shell(["input", "text", "it%sis"])
    device.adb_device.send_keys("!ok")

    assert field.get_text() == "it is!ok"
    device.shell("input keyevent 67 67")
    assert field.get_text() == "it is!"


def test_a_broadcast_reaches_only_an_installed_keyboard(
    device: u2.Device, field: u2.UiObject
) -> None:
    line = "am broadcast -a ADB_KEYBOARD_INPUT_TEXT --es text aGk="

    assert "result=0" in device.shell(line).output
    device.set_input_ime()
    assert "result=-1" in device.shell(line).output
    assert field.get_text() == "hi"


def test_orientation_and_size_are_told(device: u2.Device, simulator: Simulator) -> None:
    assert device.orientation == "natural"
    device.set_orientation("left")
    assert device.orientation == "natural"
    simulator.patch_device(screen="720x1600")
    assert device.window_size() == (720, 1600)
    assert device.info["displayHeight"] == 1600


def test_a_link_is_opened_outside_wechat(device: u2.Device) -> None:
    device.app_start(WECHAT)

    device.open_url("https://example.org/")

    assert device.info["screenOn"] is True


def test_app_data_is_cleared_and_an_app_removed(device: u2.Device) -> None:
    device.app_install(str(KEYBOARD_APK))
    device.app_clear("com.github.uiautomator")
    assert device.app_uninstall("com.github.uiautomator") is True
    assert "com.github.uiautomator" not in device.app_list()


def test_the_server_restarts_on_demand(device: u2.Device) -> None:
    device.reset_uiautomator()

    assert device.info["sdkInt"] == 33
    assert device.serial == "SIMTEST"
    assert device.wlan_ip is None or device.wlan_ip.count(".") == 3

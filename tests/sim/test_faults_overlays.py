"""Knobs of what lies over WeChat, seen and answered through the library."""

import pytest
import uiautomator2 as u2

from device_agent.sim.harness import Simulator
from tests.fakes.fault_watch import (
    ID,
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


def _shows(device: u2.Device, text: str) -> bool:
    return bool(device(textContains=text).exists)


@OBSERVATIONS.of("too_frequent_dialog")
def wechat_says_that_one_acts_too_often(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("too_frequent_dialog")

    device.click(*SEND)

    assert _shows(device, "频繁")
    assert sent(simulator) == []
    device.press("back")
    assert _shows(device, "频繁")
    device(text="确定").click()
    assert not _shows(device, "频繁")
    assert device(description="重发").exists


@OBSERVATIONS.of("account_restricted")
def a_restricted_account_can_do_nothing(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("account_restricted")

    assert _shows(device, "限制")
    device.press("back")
    device.click(*SEND)
    assert _shows(device, "限制")
    assert sent(simulator) == []
    simulator.arm("account_restricted", for_s=0.1)
    assert device(textContains="限制").wait_gone(timeout=5)
    assert field(device) == "你好"


@OBSERVATIONS.of("logged_out")
def one_who_is_logged_out_sees_the_login_page(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    simulator.arm("logged_out")

    assert device(text="登录").exists
    assert not device(resourceId=f"{ID}bkk").exists
    device.press("home")
    simulator.receive("小王", "听不到")
    assert "听不到" not in device.shell("dumpsys notification --noredact").output
    device.app_start("com.tencent.mm")
    simulator.arm("logged_out", for_s=0.1)
    assert device(text="登录").wait_gone(timeout=5)
    assert device(resourceId=f"{ID}kbq", text="小王").exists


@OBSERVATIONS.of("incoming_call")
def a_call_fills_the_screen_until_it_is_hung_up(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("incoming_call")

    assert device(description="挂断").exists
    assert not device(resourceId=f"{ID}bkk").exists
    device.press("back")
    assert device(description="挂断").exists
    device(description="挂断").click()
    assert field(device) == "你好"


@OBSERVATIONS.of("permission_dialog")
def android_asks_for_a_permission(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    simulator.arm("permission_dialog")

    deny = device(resourceIdMatches=".*:id/permission_deny_button")
    assert deny.info["packageName"] == "com.google.android.permissioncontroller"
    assert device.dump_hierarchy(root_in_active=True).count("permissioncontroller") > 2
    deny.click()
    assert not deny.exists
    assert device(resourceId=f"{ID}bkk").exists


@OBSERVATIONS.of("update_dialog")
def wechat_offers_a_new_version(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    simulator.arm("update_dialog")

    assert _shows(device, "新版本")
    device(text="取消").click()
    assert not _shows(device, "新版本")


@OBSERVATIONS.of("screen_off")
def the_screen_is_dark_until_a_key_wakes_it(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("screen_off")

    assert device.info["screenOn"] is False
    assert not device.adb_device.is_screen_on()
    device.click(*SEND)
    assert sent(simulator) == []
    device.screen_on()
    assert device.info["screenOn"] is True
    device.click(*SEND)
    assert sent(simulator) == ["你好"]


@OBSERVATIONS.of("locked")
def the_lock_screen_opens_to_a_swipe(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("locked")

    assert "keyguard" in device.shell("dumpsys window windows").output
    assert device(resourceIdMatches="com.android.systemui:id/.*").exists
    assert not device(resourceId=f"{ID}bkk").exists
    device.click(*SEND)
    assert sent(simulator) == []
    device.swipe(540, 2000, 540, 600)
    assert field(device) == "你好"


@OBSERVATIONS.of("app_crash")
def wechat_ends_and_android_says_so(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    simulator.arm("app_crash")

    assert "com.tencent.mm" not in device.app_list_running()
    close = device(resourceId="android:id/aerr_close")
    assert close.exists
    close.click()
    assert not close.exists
    assert device.app_current()["package"] == "com.android.launcher3"
    device.app_start("com.tencent.mm")
    assert device(resourceId=f"{ID}kbq").exists


@OBSERVATIONS.of("anr")
def one_waits_for_wechat_or_closes_it(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("anr")
    device(resourceId="android:id/aerr_wait").click()
    assert field(device) == "你好"

    simulator.arm("anr")
    device(resourceId="android:id/aerr_close").click()

    assert "com.tencent.mm" not in device.app_list_running()


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_a_knob_of_what_lies_over_wechat_is_seen_from_outside(
    device: u2.Device, simulator: Simulator, name: str
) -> None:
    OBSERVATIONS[name](device, simulator)

    assert struck(simulator, name) >= 1
    assert left(simulator, name) == 0


def test_a_banner_leaves_the_chat_below_it_in_reach(
    device: u2.Device, simulator: Simulator
) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("incoming_call", heads_up=1, for_s=600)

    assert device(description="挂断").exists
    device.click(*SEND)
    assert sent(simulator) == ["你好"]
    device(description="挂断").click()
    assert not device(description="挂断").exists


def test_a_caller_gives_up_after_a_while(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    simulator.arm("incoming_call", for_s=0.8)

    assert device(description="挂断").exists
    assert device(description="挂断").wait_gone(timeout=5)


def test_a_lock_with_a_pin_opens_to_a_person_alone(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("locked", pin=1, for_s=600)

    device.swipe(540, 2000, 540, 600)

    assert not device(resourceId=f"{ID}bkk").exists
    simulator.arm("locked", pin=1, for_s=0.1)
    assert device(resourceId=f"{ID}bkk").wait(timeout=5)


def test_a_window_that_comes_before_the_tap_takes_it(
    device: u2.Device, simulator: Simulator
) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("permission_dialog", on="send_tap")

    device.click(*SEND)

    assert sent(simulator) == []
    assert hits(simulator)[-1] != "send"
    assert struck(simulator, "permission_dialog") == 1


@pytest.mark.parametrize(
    "name", ["account_restricted", "logged_out", "locked", "screen_off", "anr", "incoming_call"]
)
def test_deleting_the_faults_clears_the_screen(
    device: u2.Device, simulator: Simulator, name: str
) -> None:
    open_chat(device, simulator)
    simulator.arm(name)

    simulator.disarm()

    device.app_start("com.tencent.mm")
    wait_until(lambda: device(text="小王").exists)
    assert device.info["screenOn"] is True

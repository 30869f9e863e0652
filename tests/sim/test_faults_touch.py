"""Knobs of taps, typing and sending, seen through the library and by the ground truth."""

import re
from collections.abc import Callable

import adbutils
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
_SPINNER = "android.widget.ProgressBar"


@OBSERVATIONS.of("reorder_before_tap")
def another_chat_stands_where_the_tap_lands(device: u2.Device, simulator: Simulator) -> None:
    for name in ("老张", "老李", "小王"):
        simulator.receive(name, "在吗")
    device.app_start("com.tencent.mm")
    x, y = device(text="小王").center()
    simulator.arm("reorder_before_tap")

    device.click(x, y)

    assert device(resourceId=f"{ID}obn").get_text() == "老张"
    device.press("back")
    names = [row.get_text() for row in device(resourceId=f"{ID}kbq")]
    assert names == ["老张", "小王", "老李"]


@OBSERVATIONS.of("tap_ignored")
def an_ignored_tap_leaves_the_draft(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("tap_ignored", on="send_tap", times=2)

    device.click(*SEND)
    device.shell("input tap 960 2310")

    assert sent(simulator) == []
    assert field(device) == "你好"
    assert [tap.get("ignored") for tap in simulator.truth()["taps"]] == [None, True, True]
    device.click(*SEND)
    assert sent(simulator) == ["你好"]


@OBSERVATIONS.of("tap_late")
def a_late_tap_hits_what_stands_there_then(device: u2.Device, simulator: Simulator) -> None:
    simulator.receive("老张", "在吗")
    simulator.receive("小王", "在吗")
    device.app_start("com.tencent.mm")
    simulator.arm("tap_late", ms=600)

    device(text="小王").click()
    assert hits(simulator) == []
    simulator.receive("老张", "快")

    wait_until(lambda: hits(simulator) == ["row"])
    assert device(resourceId=f"{ID}obn").get_text() == "老张"


@OBSERVATIONS.of("tap_doubled")
def a_doubled_tap_hits_what_comes_in_its_place(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("tap_doubled", on="send_tap")

    device.click(*SEND)

    assert hits(simulator) == ["row", "send", "more"]
    assert sent(simulator) == ["你好"]


@OBSERVATIONS.of("input_truncated")
def only_the_first_characters_reach_the_field(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    simulator.arm("input_truncated", keep=2)

    assert device(resourceId=f"{ID}bkk").set_text("你好吗") is True

    assert field(device) == "你好"


@OBSERVATIONS.of("input_refused")
def a_refused_text_leaves_the_field(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "旧")
    simulator.arm("input_refused")

    assert device(resourceId=f"{ID}bkk").set_text("新") is False

    assert field(device) == "旧"


@OBSERVATIONS.of("paste_twice")
def a_pasted_text_stands_twice(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    device(resourceId=f"{ID}bkk").click()
    simulator.arm("paste_twice")

    device.send_keys("X1")

    assert field(device) == "X1X1"


@OBSERVATIONS.of("ime_missing")
def the_keyboard_can_be_had_by_no_means(device: u2.Device, simulator: Simulator) -> None:
    simulator.arm("ime_missing", for_s=600)

    with pytest.raises(adbutils.AdbError, match="INSTALL_FAILED_USER_RESTRICTED"):
        device.set_input_ime()
    assert not device.is_input_ime_installed()
    open_chat(device, simulator)
    device(resourceId=f"{ID}bkk").click()
    device.send_keys("经剪贴板")
    assert field(device) == "经剪贴板"
    simulator.disarm()
    device.set_input_ime()
    assert device.is_input_ime_installed()


@OBSERVATIONS.of("inject_events_denied")
def injected_touches_and_keys_are_refused(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("inject_events_denied", times=5)

    for act in (
        lambda: device.click(*SEND),
        lambda: device.swipe(500, 1800, 500, 800),
        lambda: device.press("back"),
    ):
        with pytest.raises(u2.RPCUnknownError, match=r"SecurityException") as refused:
            act()
        assert "INJECT_EVENTS" in str(refused.value)
    for line in ("input tap 960 2310", "input keyevent 4"):
        result = device.shell(line)
        assert result.exit_code == 255
        assert re.search(r"SecurityException: .*INJECT_EVENTS", result.output)
    assert sent(simulator) == []
    device.click(*SEND)
    assert sent(simulator) == ["你好"]


@OBSERVATIONS.of("send_slow")
def a_slow_send_has_a_spinner_before_it_counts(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("send_slow", ms=1000)

    device.click(*SEND)

    assert device(className=_SPINNER).exists
    assert sent(simulator) == []
    wait_until(lambda: sent(simulator) == ["你好"])
    assert not device(className=_SPINNER).exists


@OBSERVATIONS.of("send_failed_mark")
def a_failed_send_has_a_mark_beside_its_bubble(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("send_failed_mark")

    device.click(*SEND)

    assert field(device) == ""
    assert device(resourceId=f"{ID}bkl", text="你好").exists
    assert device(description="重发").exists
    assert sent(simulator) == []


@OBSERVATIONS.of("send_never_settles")
def a_send_that_never_settles_turns_for_ever(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator, "你好")
    simulator.arm("send_never_settles")

    device.click(*SEND)

    assert device(className=_SPINNER).wait_gone(timeout=0.5) is False
    assert sent(simulator) == []


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_a_knob_of_touches_is_seen_from_outside(
    device: u2.Device, simulator: Simulator, name: str
) -> None:
    OBSERVATIONS[name](device, simulator)

    assert struck(simulator, name) >= 1
    assert left(simulator, name) == 0


def _by_rpc(device: u2.Device) -> None:
    device(resourceId=f"{ID}bkk").set_text("abcd")


def _by_clipboard(device: u2.Device) -> None:
    device.send_keys("abcd")


def _by_keyboard(device: u2.Device) -> None:
    device.shell("am broadcast -a ADB_KEYBOARD_INPUT_TEXT --es text YWJjZA==")


def _by_shell(device: u2.Device) -> None:
    device.shell("input text abcd")


@pytest.mark.parametrize("way", [_by_rpc, _by_clipboard, _by_keyboard, _by_shell])
def test_all_ways_of_typing_are_struck_alike(
    device: u2.Device, simulator: Simulator, way: Callable[[u2.Device], None]
) -> None:
    open_chat(device, simulator)
    device(resourceId=f"{ID}bkk").click()
    if way is _by_keyboard:
        device.set_input_ime()
    shown = []
    armed = {"input_truncated": {"keep": 1}, "input_refused": {}, "paste_twice": {}}
    for name, options in armed.items():
        device.clear_text()
        simulator.arm(name, **options)
        way(device)
        shown.append(field(device))
        assert struck(simulator, name) == 1
    assert shown == ["a", "", "abcdabcd"]


def test_a_field_whose_input_is_refused_is_not_even_cleared(
    device: u2.Device, simulator: Simulator
) -> None:
    open_chat(device, simulator, "旧")
    device(resourceId=f"{ID}bkk").click()
    simulator.arm("input_refused", for_s=600)

    device.clear_text()
    device(resourceId=f"{ID}bkk").clear_text()

    assert field(device) == "旧"
    assert struck(simulator, "input_refused") == 2

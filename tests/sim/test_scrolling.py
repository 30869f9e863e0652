"""The real library scrolls, flings, picks rows out of lists and drags on the simulated phone."""

import pytest
import uiautomator2 as u2

from device_agent.sim.harness import Simulator

ID = "com.tencent.mm:id/"


@pytest.fixture
def long_list(device: u2.Device, simulator: Simulator) -> u2.Device:
    """Forty chats, 友39 on top, more than three screens."""
    for number in range(40):
        simulator.receive(f"友{number:02d}", f"消息 {number}")
    device.app_start("com.tencent.mm")
    return device


def first_name(device: u2.Device) -> str:
    return str(device(resourceId=f"{ID}kbq").get_text())


def test_scrolling_to_a_text_brings_it_into_sight(long_list: u2.Device) -> None:
    area = long_list(scrollable=True)

    assert not long_list(text="友03").exists
    assert area.scroll.to(text="友03") is True
    assert long_list(text="友03").exists
    assert area.scroll.vert.to(text="友38") is True
    assert long_list(text="友38").exists
    assert area.scroll.to(text="nobody") is False


def test_scrolls_and_flings_say_whether_anything_moved(long_list: u2.Device) -> None:
    area = long_list(scrollable=True)

    assert area.scroll.backward() is False
    assert area.scroll.forward() is True
    scrolled = first_name(long_list)
    assert area.scroll.backward() is True
    assert area.fling.forward() is True
    assert first_name(long_list) < scrolled < "友39"
    assert area.scroll.toEnd() is True
    assert long_list(text="友00").exists
    assert area.scroll.forward() is False
    assert area.fling.backward() is True
    assert area.fling.toBeginning(max_swipes=30) is True
    assert first_name(long_list) == "友39"
    assert area.fling.toEnd(max_swipes=1) is True
    assert not long_list(text="友00").exists
    assert area.scroll.horiz.forward() is False


def test_a_chat_is_scrolled_to_its_oldest_message(device: u2.Device, simulator: Simulator) -> None:
    for number in range(40):
        simulator.receive("小王", f"第 {number} 条")
    device.app_start("com.tencent.mm")
    device(text="小王").click()

    device(resourceId=f"{ID}bp0").scroll.toBeginning()

    assert device(resourceId=f"{ID}bkl").get_text() == "第 0 条"
    assert device(resourceId=f"{ID}bp0").scroll.to(text="第 39 条") is True


def test_a_row_is_found_by_what_stands_in_it(long_list: u2.Device) -> None:
    area = long_list(resourceId=f"{ID}j8g")

    row = area.child_by_text("友37", resourceId=f"{ID}cj1")
    assert row.info["resourceName"] == f"{ID}cj1"
    assert row.exists
    assert row.wait(timeout=1) is True
    with pytest.raises(u2.UiObjectNotFoundError):
        area.child_by_text("友02", allow_scroll_search=False, resourceId=f"{ID}cj1")
    far = area.child_by_text("友02", allow_scroll_search=True, resourceId=f"{ID}cj1")
    far.click()
    assert long_list(resourceId=f"{ID}obn").get_text() == "友02"


def test_a_row_is_found_by_its_place_or_its_description(long_list: u2.Device) -> None:
    second = long_list(resourceId=f"{ID}j8g").child_by_instance(1, resourceId=f"{ID}cj1")
    bar = long_list(className="android.widget.RelativeLayout")
    found = bar.child_by_description("搜索", className="android.widget.ImageView")

    assert second.info["bounds"]["top"] > long_list(resourceId=f"{ID}cj1").info["bounds"]["top"]
    assert found.info["contentDescription"] == "搜索"


def test_a_name_that_the_server_never_gave_means_nothing(device: u2.Device) -> None:
    assert device.jsonrpc.exist("no-such-name") is False
    with pytest.raises(u2.UiObjectNotFoundError):
        device.jsonrpc.objInfo("no-such-name")


def test_views_are_dragged_swiped_and_pinched(long_list: u2.Device, simulator: Simulator) -> None:
    top = first_name(long_list)
    long_list(text="友34").drag_to(text="友38", duration=0.1)
    assert first_name(long_list) != top
    long_list(scrollable=True).swipe("down")
    assert first_name(long_list) == top
    long_list(text="友34").drag_to(500, 400, duration=0.1)
    assert first_name(long_list) != top
    assert long_list(scrollable=True).pinch_in() is True
    assert long_list(scrollable=True).gesture((0.1, 0.1), (0.2, 0.2), (0.8, 0.8), (0.9, 0.9))
    assert simulator.truth()["taps"] == []


def test_the_jar_s_own_clicks_work_too(long_list: u2.Device, simulator: Simulator) -> None:
    wanted = long_list(text="友39").selector

    assert long_list.jsonrpc.clickAndWaitForNewWindow(wanted, 1000) is True
    assert long_list(resourceId=f"{ID}obn").get_text() == "友39"
    long_list.press("back")
    assert long_list.jsonrpc.longClick(wanted) is True
    assert simulator.truth()["taps"][-1]["held"] is True
    assert long_list.jsonrpc.click(wanted, "tl") is True
    assert long_list.jsonrpc.executeShellCommand("echo hi; false", 1000) == {
        "stdout": "hi\n",
        "stderr": "",
        "returnCode": 1,
    }


def test_the_screen_stands_upright_however_the_phone_is_held(device: u2.Device) -> None:
    device.orientation = "left"

    assert device.orientation == "natural"
    assert device.window_size() == (1080, 2400)
    device.freeze_rotation(False)


def test_the_last_toast_is_remembered_until_it_is_cleared(
    device: u2.Device, simulator: Simulator
) -> None:
    assert device.last_toast is None
    simulator.on_phone(lambda fleet, phone: setattr(phone.stage, "last_toast", "已发送"))

    assert device.toast.get_message(wait_timeout=0) == "已发送"
    device.toast.reset()
    assert device.toast.get_message(wait_timeout=0, default="none") == "none"

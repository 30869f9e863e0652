"""Finding, touching, keys and screens: the real uiautomator2's calls, one after another."""

from pathlib import Path

import pytest
import uiautomator2 as u2
from lxml import etree
from PIL import Image

from device_agent.sim.harness import Simulator

ID = "com.tencent.mm:id/"


@pytest.fixture
def chats(device: u2.Device, simulator: Simulator) -> u2.Device:
    """WeChat's list with thirty chats, 友29 on top."""
    for number in range(30):
        simulator.receive(f"友{number:02d}", f"消息{number}")
    device.app_start("com.tencent.mm")
    return device


def shown(device: u2.Device, role: str) -> str:
    return str(device(resourceId=f"{ID}{role}").get_text())


@pytest.mark.parametrize(
    "selector",
    [
        {"resourceId": f"{ID}kbq", "text": "友28"},
        {"resourceIdMatches": ".*/kbq", "instance": 1},
        {"textContains": "友28"},
        {"textStartsWith": "友28"},
        {"textMatches": "友2[78]"},
        {"className": "android.view.View", "text": "友28", "packageName": "com.tencent.mm"},
        {"classNameMatches": r"android\.view\..*", "text": "友28", "enabled": True},
    ],
    ids="+".join,
)
def test_a_view_is_found_by_each_kind_of_selector(chats: u2.Device, selector: dict) -> None:  # type: ignore[type-arg]
    assert chats(**selector).get_text() == "友28"


@pytest.mark.parametrize(
    "selector",
    [
        {"description": "搜索"},
        {"descriptionContains": "搜"},
        {"descriptionStartsWith": "搜"},
        {"descriptionMatches": "搜.*"},
    ],
    ids="+".join,
)
def test_a_view_is_found_by_its_description(chats: u2.Device, selector: dict) -> None:  # type: ignore[type-arg]
    assert chats(**selector).info["contentDescription"] == "搜索"


def test_children_and_siblings_are_found_below_a_view(chats: u2.Device) -> None:
    row = chats(resourceId=f"{ID}cj1", instance=1)

    assert row.child(resourceId=f"{ID}ht5").get_text() == "消息28"
    assert chats(resourceId=f"{ID}j8g").child(text="友27").exists
    assert row.sibling(resourceId=f"{ID}cj1").count >= 5
    assert len(chats(resourceId=f"{ID}j8g").child(resourceId=f"{ID}kbq")) > 5


def test_views_are_found_beside_one_another(chats: u2.Device) -> None:
    tab = chats(text="微信", className="android.widget.TextView")

    assert tab.right(text="通讯录").info["text"] == "通讯录"
    assert chats(text="通讯录").left(text="微信").info["text"] == "微信"
    assert chats(text="友29").down(resourceId=f"{ID}kbq").info["text"] == "友28"
    assert chats(text="友27").up(resourceId=f"{ID}kbq").info["text"] == "友28"


def test_a_view_tells_where_it_is_and_what_it_looks_like(chats: u2.Device) -> None:
    name = chats(text="友29")

    left, top, right, bottom = name.bounds()
    assert name.center() == ((left + right) / 2, (top + bottom) / 2)
    assert name.center(offset=(0, 0)) == (left, top)
    assert name.screenshot().size == (right - left, bottom - top)
    assert [one["text"] for one in chats(resourceId=f"{ID}kbq").info_list()][:2] == ["友29", "友28"]


def test_a_click_lands_inside_the_view_where_it_was_asked_to(
    chats: u2.Device, simulator: Simulator
) -> None:
    left, top, _, _ = chats(text="友29").bounds()

    chats(text="友29").click(offset=(0.0, 0.0))
    tap = simulator.truth()["taps"][-1]
    assert (tap["x"], tap["y"]) == (left, top)
    assert shown(chats, "obn") == "友29"
    chats.press("back")
    assert chats(text="友28").click_exists(timeout=1) is True
    assert chats(text="nobody").click_exists() is False
    assert shown(chats, "obn") == "友28"


def test_a_view_is_clicked_until_it_is_gone(chats: u2.Device) -> None:
    assert chats(resourceId=f"{ID}kbq", text="友29").click_gone(interval=0.01) is True
    assert shown(chats, "obn") == "友29"


def test_a_long_click_presses_long_at_a_view_and_at_a_point(
    chats: u2.Device, simulator: Simulator
) -> None:
    chats(text="友29").long_click(duration=0.5)
    assert simulator.truth()["taps"][-1]["held"] is True
    chats.press("back")
    chats.app_start("com.tencent.mm")
    chats.long_click(500, 20, duration=0.5)
    assert simulator.truth()["taps"][-1]["held"] is True
    chats.long_click(500, 20, duration=0.1)
    assert "held" not in simulator.truth()["taps"][-1]


def test_points_are_clicked_by_pixels_and_by_parts_of_the_screen(
    device: u2.Device, simulator: Simulator
) -> None:
    device.click(10, 20)
    device.click(0.5, 0.25)
    device.double_click(30, 40, duration=0.01)

    taps = [(tap["x"], tap["y"]) for tap in simulator.truth()["taps"]]
    assert taps == [(10, 20), (540, 600), (30, 40), (30, 40)]


def test_a_touch_is_made_of_down_move_and_up(chats: u2.Device, simulator: Simulator) -> None:
    chats.touch.down(500, 20).up(500, 20)
    assert len(simulator.truth()["taps"]) == 1
    chats.touch.down(500, 1500).move(500, 1000).up(500, 700)
    assert shown(chats, "kbq") != "友29"
    assert len(simulator.truth()["taps"]) == 1


def test_each_kind_of_swipe_moves_the_list(chats: u2.Device) -> None:
    def top() -> str:
        return shown(chats, "kbq")

    chats.swipe(0.5, 0.8, 0.5, 0.3, steps=5)
    after_swipe = top()
    assert after_swipe < "友29"
    chats.swipe_points([(500, 1500), (500, 1200), (500, 700)], duration=0.05)
    after_points = top()
    assert after_points < after_swipe
    chats.drag(500, 1500, 500, 700, duration=0.05)
    after_drag = top()
    assert after_drag < after_points
    chats.swipe_ext("up", scale=0.6)
    after_ext = top()
    assert after_ext < after_drag
    for _ in range(9):
        chats.swipe_ext("down", box=(0, 300, 1080, 2100))
    assert top() == "友29"


def test_an_xpath_reads_waits_and_clicks(chats: u2.Device) -> None:
    row = chats.xpath(f'//*[@resource-id="{ID}cj1"]')

    assert chats.xpath("友29").get_text() == "友29"
    assert chats.xpath(f"@{ID}kbq").all()[1].text == "友28"
    assert chats.xpath("%友2%").exists
    assert chats.xpath("^友1[0-9]$").exists is False
    assert row.child(f'//*[@resource-id="{ID}ht5"]').get_text() == "消息29"
    assert chats.xpath("友29").wait(timeout=1)
    assert chats.xpath("nobody").wait(timeout=0.05) is False
    assert chats.xpath("nobody").wait_gone(timeout=1)
    assert chats.xpath("nobody").click_exists(timeout=0.05) is False
    with pytest.raises(u2.exceptions.XPathElementNotFoundError):
        chats.xpath("nobody").click(timeout=0.05)
    chats.xpath("友29").click()
    assert shown(chats, "obn") == "友29"


def test_an_xpath_element_knows_its_place(chats: u2.Device) -> None:
    found = chats.xpath("友29").get()

    assert found.info["resourceId"] == f"{ID}kbq"
    assert found.parent().info["className"].startswith("android.widget.")
    assert found.offset(0.5, 0.5) == found.center()
    left, top, right, bottom = found.bounds
    assert found.rect == (left, top, right - left, bottom - top)
    assert found.percent_bounds()[0] == left / 1080
    assert found.screenshot().size == (right - left, bottom - top)


def test_an_xpath_element_is_scrolled_swiped_and_held(
    chats: u2.Device, simulator: Simulator
) -> None:
    area = chats.xpath('//*[@scrollable="true"]').get()

    assert area.scroll("forward") is True
    assert not chats.xpath("友29").exists
    assert area.scroll("backward") is True
    assert chats.xpath("友29").exists
    area.swipe("up")
    assert not chats.xpath("友29").exists
    area.swipe("down")
    assert chats.xpath.scroll_to("友10", max_swipes=9) is not None
    chats.xpath("友10").long_click()
    assert simulator.truth()["taps"][-1]["held"] is True


def test_a_watcher_clicks_what_comes_up(chats: u2.Device) -> None:
    chats.watcher("open").when(f'//*[@resource-id="{ID}kbq"]').click()

    assert chats.watcher.run() is True
    assert shown(chats, "obn") == "友29"
    assert chats.watcher.run() is False
    chats.watcher.remove("open")


def test_a_watcher_answers_a_dialog(chats: u2.Device, simulator: Simulator) -> None:
    simulator.arm("permission_dialog")
    chats.watcher("allow").when("允许").click()

    assert chats.watcher.run() is True
    assert not chats(text="允许").exists
    assert chats(text="友29").exists
    chats.watcher.remove("allow")


def test_every_key_name_of_the_library_is_taken(device: u2.Device) -> None:
    names = "home back left right up down center menu search enter delete del recent"
    for name in [*names.split(), "volume_up", "volume_down", "volume_mute", "camera", "power"]:
        assert device.press(name) is True
    assert device.info["screenOn"] is False
    assert device.press(224) is True
    assert device.info["screenOn"] is True
    assert device.press(0x07, 0x02) is True


def test_keys_of_the_shell_move_the_phone_too(chats: u2.Device) -> None:
    assert chats.app_current()["package"] == "com.tencent.mm"
    chats.keyevent("home")
    assert chats.app_current()["package"] == "com.android.launcher3"
    chats.app_start("com.tencent.mm")
    chats.long_press("home")
    assert chats.app_current()["package"] == "com.android.launcher3"


def test_the_screen_goes_off_and_on(chats: u2.Device) -> None:
    chats.screen_off()
    assert chats.info["screenOn"] is False
    chats.screen_on()
    assert chats.info["screenOn"] is True
    chats.press("power")
    assert chats.info["screenOn"] is False


def test_a_phone_without_a_pin_is_unlocked(chats: u2.Device, simulator: Simulator) -> None:
    simulator.arm("locked")
    simulator.press("sleep")
    assert not chats(resourceId=f"{ID}kbq").exists

    chats.unlock()

    assert chats.info["screenOn"] is True
    assert chats(resourceId=f"{ID}kbq").exists


def test_the_shade_is_pulled_and_put_back(device: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", "在吗")
    device.open_quick_settings()
    assert device(resourceId="android:id/title", text="小王").exists
    device.press("back")
    assert not device(resourceId="android:id/title").exists


def test_a_dump_comes_whole_shallow_compressed_and_pretty(chats: u2.Device) -> None:
    whole = chats.dump_hierarchy()

    assert etree.fromstring(whole.encode()).get("rotation") == "0"
    assert len(chats.dump_hierarchy(max_depth=3)) < len(whole)
    assert len(chats.dump_hierarchy(compressed=True)) < len(whole)
    assert chats.dump_hierarchy(pretty=True).count("\n") > whole.count("\n")
    assert 'text="友29"' in chats.dump_hierarchy(root_in_active=True)


def test_a_screenshot_is_saved_to_a_file(device: u2.Device, tmp_path: Path) -> None:
    device.screenshot(str(tmp_path / "screen.png"))

    with Image.open(tmp_path / "screen.png") as saved:
        assert saved.size == (1080, 2400)
    assert device.screenshot(display_id=0).size == (1080, 2400)


def test_what_screen_readers_last_read_is_nothing(device: u2.Device) -> None:
    assert device.last_traversed_text is None
    device.clear_traversed_text()


def test_a_wait_ends_when_the_message_comes(chats: u2.Device, simulator: Simulator) -> None:
    assert chats(text="迟来的").wait(timeout=0.05) is False
    simulator.receive("友29", "迟来的")
    assert chats(text="迟来的").wait(timeout=2) is True
    assert chats(text="迟来的").wait_gone(timeout=0.05) is False
    assert chats.exists(text="友29")
    chats.settings["wait_timeout"] = 0.05
    with pytest.raises(u2.UiObjectNotFoundError):
        chats(text="nobody").must_wait()
    chats.settings["wait_timeout"] = 20.0

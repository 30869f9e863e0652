"""The screens about people through the real library: search, contacts, cards, group info, list."""

from typing import Any

import pytest
import uiautomator2 as u2

from device_agent.sim.harness import Simulator

SEARCH = {"description": "搜索"}
FIELD = {"className": "android.widget.EditText"}


def texts(device: u2.Device) -> list[str]:
    """All words on the screen, top down."""
    found = device.xpath('//*[@package="com.tencent.mm" and @text!=""]').all()
    return [one.text for one in found]


def section(device: u2.Device, title: str, until: str) -> list[str]:
    """The words below a section's heading, up to the next heading."""
    shown = texts(device)
    return shown[shown.index(title) + 1 : shown.index(until)]


@pytest.fixture
def people(device: u2.Device, simulator: Simulator) -> dict[str, str]:
    """Two friends, a group, an official account with one name; all of it is talked about."""
    ids = {
        "supplier": simulator.add_chat("张伟", remark="张伟(供应商)", wechat_id="zw_8866"),
        "friend": simulator.add_chat("张伟"),
        "old": simulator.add_chat("老周", remark="周总"),
        "group": simulator.add_chat("张伟", "group", members=["小王", "李雷"]),
        "team": simulator.add_chat("项目组", "group", members=["张伟", "小王"]),
        "news": simulator.add_chat("张伟说财经", official=True),
    }
    simulator.receive("", "张伟来过吗", chat_id=ids["old"])
    simulator.receive("", "好的", chat_id=ids["friend"])
    device.app_start("com.tencent.mm")
    return ids


def search(device: u2.Device, words: str) -> None:
    device(**SEARCH).click()
    device(**FIELD).set_text(words)


def opened(simulator: Simulator) -> list[Any]:
    return [one["chat_id"] for one in simulator.truth()["opened"]]


def test_search_tells_people_groups_history_and_accounts_of_one_name_apart(
    device: u2.Device, people: dict[str, str]
) -> None:
    search(device, "张伟")
    assert section(device, "联系人", "群聊") == ["张伟", "张伟(供应商)"]
    assert section(device, "群聊", "聊天记录") == ["张伟(3)", "项目组(3)", "包含: 张伟(供应商)"]
    assert section(device, "聊天记录", "公众号")[:2] == ["周总", "张伟来过吗"]
    assert section(device, "公众号", "搜一搜 张伟") == ["张伟说财经"]


def test_a_person_that_was_found_opens_above_the_search(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    search(device, "张伟")
    device(text="张伟(供应商)").click()
    assert opened(simulator) == [people["supplier"]]
    assert device(resourceId="com.tencent.mm:id/obn").get_text() == "张伟(供应商)"
    device.press("back")
    assert device(**FIELD).get_text() == "张伟"
    device(text="张伟(3)").click()
    assert opened(simulator)[-1] == people["group"]
    device.press("back")
    device(text="取消").click()
    assert device(text="微信").exists


@pytest.mark.parametrize(
    ("words", "name", "below"),
    [
        ("zw", "张伟(供应商)", None),
        ("zhangw", "张伟", None),
        ("laozh", "周总", "昵称: 老周"),
        ("zw_88", "张伟(供应商)", "微信号: zw_8866"),
        ("老周", "周总", "昵称: 老周"),
    ],
)
def test_people_are_found_by_letters_nickname_and_wechat_id(
    device: u2.Device, people: dict[str, str], words: str, name: str, below: str | None
) -> None:
    search(device, words)
    shown = texts(device)
    assert name in shown
    assert below is None or shown[shown.index(name) + 1] == below


def test_a_section_shows_three_and_leads_to_the_rest(
    device: u2.Device, simulator: Simulator
) -> None:
    for number in range(5):
        simulator.add_chat(f"客户{number}")
    device.app_start("com.tencent.mm")
    search(device, "客户")
    assert len([one for one in texts(device) if one.startswith("客户")]) == 1 + 3
    device(text="更多联系人").click()
    assert len([one for one in texts(device) if one.startswith("客户")]) == 1 + 5
    device(text="客户0").click()
    device.press("back")
    device.press("back")
    assert device(text="更多联系人").exists


def test_a_hit_of_the_history_opens_its_chat_at_that_message(
    device: u2.Device, simulator: Simulator
) -> None:
    for number in range(60):
        simulator.receive("小王", f"发票{number}" if number in {3, 30} else f"第{number}条")
    device.app_start("com.tencent.mm")
    search(device, "发票")
    device(text="2条相关的聊天记录").click()
    assert [one for one in texts(device) if one.startswith("发票")] == ["发票30", "发票3", "发票"]
    device(text="发票3").click()
    assert device(text="发票3").exists
    assert not device(text="第59条").exists
    assert device(text="发票3").info["bounds"]["top"] > 0


def test_what_the_network_holds_is_no_chat_and_nothing_found_is_said(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    search(device, "不存在的人")
    assert texts(device)[:2] == ["没有找到“不存在的人”相关结果", "搜一搜 不存在的人"]
    device(text="搜一搜 不存在的人").click()
    assert opened(simulator) == []

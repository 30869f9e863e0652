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


def test_a_remark_is_set_on_the_card_and_shown_everywhere(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    device(text="张伟").click()
    device(description="张伟头像").click()
    assert device.app_current()["activity"].endswith("ContactInfoUI")
    device(text="设置备注和标签").click()
    assert device(**FIELD).get_text() == ""
    assert not device(text="完成").info["enabled"]
    device(**FIELD).set_text("张伟(客户)")
    device(text="完成").click()
    assert [one for one in texts(device) if "张伟" in one] == ["张伟(客户)", "昵称: 张伟"]
    device(text="发消息").click()
    device.press("back")
    assert device(text="张伟(客户)").exists
    assert simulator.history(people["friend"])["remark"] == "张伟(客户)"


def test_a_group_mate_who_is_no_friend_cannot_be_written_to(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    simulator.receive("", "大家好", chat_id=people["team"], sender="小王")
    device(text="项目组").click()
    device(description="小王头像").click()
    assert device(text="添加到通讯录").exists
    assert device(text="来自群聊“项目组”").exists
    assert not device(text="发消息").exists
    device.press("back")
    assert device(text="大家好").exists


def switch_of(device: u2.Device, label: str) -> u2.UiObject:
    return device(text=label).right(className="android.widget.Switch")


def test_the_switches_of_a_group_change_the_account(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    device(text="项目组").click()
    device(description="聊天信息").click()
    assert device.app_current()["activity"].endswith("ChatroomInfoUI")
    assert texts(device)[-1] == "聊天信息(3)"
    assert not device(text="折叠该群聊").exists
    switch_of(device, "消息免打扰").click()
    assert switch_of(device, "消息免打扰").info["checked"]
    for label in ("折叠该群聊", "置顶聊天", "保存到通讯录"):
        switch_of(device, label).click()
    team = simulator.history(people["team"])
    assert [team[one] for one in ("muted", "folded", "pinned", "saved")] == [True] * 4
    switch_of(device, "消息免打扰").click()
    team = simulator.history(people["team"])
    assert (team["muted"], team["folded"]) == (False, False)


def test_a_group_is_renamed_and_left(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    device(text="项目组").click()
    device(description="聊天信息").click()
    device(text="群聊名称").click()
    device(**FIELD).set_text("项目二组")
    device(text="完成").click()
    device.press("back")
    assert device(text="你修改群名为“项目二组”").exists
    device(description="聊天信息").click()
    device(text="退出群聊").click()
    device(text="退出").click()
    assert not device(text="项目二组").exists
    search(device, "项目")
    assert device(text="没有找到“项目”相关结果").exists


def test_a_big_group_shows_its_first_people_and_a_page_of_all(
    device: u2.Device, simulator: Simulator
) -> None:
    names = [f"同事{number}" for number in range(60)]
    simulator.add_chat("大群", "group", members=names, nicknames={"同事50": "老五"})
    device.app_start("com.tencent.mm")
    device(text="大群").click()
    device(description="聊天信息").click()
    assert device(text="同事17").exists
    assert not device(text="同事18").exists
    assert device(scrollable=True).scroll.to(text="退出群聊")
    device(scrollable=True).scroll.to(text="查看全部群成员")
    device(text="查看全部群成员").click()
    assert texts(device)[-1] == "聊天成员(61)"
    device(**FIELD).set_text("laow")
    device(text="老五").click()
    assert device(text="群昵称: 老五").exists


def test_a_chat_is_searched_and_emptied_from_its_info(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    device(text="周总").click()
    device(description="聊天信息").click()
    device(text="查找聊天记录").click()
    device(**FIELD).set_text("来过")
    device(text="张伟来过吗").click()
    device.press("back")
    device.press("back")
    device(text="清空聊天记录").click()
    device(text="清空").click()
    assert simulator.history(people["old"])["messages"] == []


def test_folded_chats_stand_in_a_list_of_their_own(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    group = simulator.add_chat("优惠群", "group", members=["团长"], muted=True, folded=True)
    simulator.receive("", "今天特价", chat_id=group, sender="团长")
    assert "优惠群: 团长: 今天特价" in texts(device)
    assert not device(text="优惠群").exists
    device(text="折叠的聊天").click()
    assert "[1条]团长: 今天特价" in texts(device)
    device(text="优惠群").click()
    assert opened(simulator) == [group]
    device.press("back")
    assert "团长: 今天特价" in texts(device)
    device.press("back")
    assert device(text="折叠的聊天").exists


def test_the_list_says_who_was_mentioned_and_shows_nicknames(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    simulator.patch_chat(people["team"], nicknames={"小王": "王工"}, muted=True)
    simulator.receive("", "看一下", chat_id=people["team"], sender="小王")
    assert "[1条]王工: 看一下" in texts(device)
    simulator.patch_chat(people["team"], mentions_me=True)
    assert "[有人@我]王工: 看一下" in texts(device)


def test_the_contacts_are_sorted_by_their_sound_and_lead_to_cards(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    for name in ("曾国", "Amy", "8848", "阿杰"):
        simulator.add_chat(name, listed=False)
    device(text="通讯录").click()
    shown = texts(device)
    assert shown[: shown.index("A")] == ["新的朋友", "仅聊天的朋友", "群聊", "标签", "公众号"]
    assert shown[shown.index("A") :][:3] == ["A", "阿杰", "Amy"]
    device(scrollable=True).scroll.toEnd()
    shown = texts(device)
    order = ["Z", "曾国", "张伟", "张伟(供应商)", "周总", "#", "8848", "7个朋友"]
    assert [one for one in shown if one in order] == order
    device(text="周总").click()
    assert device(text="昵称: 老周").exists
    device.press("back")
    assert device(text="7个朋友").exists
    device(text="微信", className="android.widget.TextView").click()
    assert device(text="张伟(供应商)").exists


def test_saved_groups_and_accounts_have_lists_of_their_own(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    simulator.patch_chat(people["team"], saved=True)
    device(text="通讯录").click()
    device(text="群聊").click()
    assert texts(device) == ["项目组", "1个群聊", "群聊"]
    device.press("back")
    device(text="公众号").click()
    device(text="张伟说财经").click()
    assert opened(simulator) == [people["news"]]


def test_plus_opens_a_menu_that_back_closes(device: u2.Device, people: dict[str, str]) -> None:
    device(description="更多功能按钮").click()
    assert texts(device)[:4] == ["发起群聊", "添加朋友", "扫一扫", "收付款"]
    device.press("back")
    assert not device(text="扫一扫").exists
    assert device(text="周总").exists


def test_a_long_press_on_a_row_pins_hides_and_deletes_the_chat(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    device(text="周总").long_click()
    device(text="置顶该聊天").click()
    assert simulator.history(people["old"])["pinned"] is True
    device(text="周总").long_click()
    device(text="标为已读").click()
    assert simulator.history(people["old"])["unread"] == 0
    device(text="项目组").long_click()
    device(text="不显示该聊天").click()
    assert not device(text="项目组").exists
    device(text="周总").long_click()
    device(text="删除该聊天").click()
    device(text="删除").click()
    assert not device(text="周总").exists
    assert simulator.history(people["old"])["messages"] == []


def test_the_search_field_is_emptied_and_a_long_text_is_shown_from_the_words_on(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    simulator.receive("", "昨天开会时大家一致同意把下周的发票全部寄出", chat_id=people["old"])
    search(device, "发票")
    assert "…同意把下周的发票全部寄出" in texts(device)
    device(description="清除").click()
    assert device(**FIELD).get_text() == "搜索"
    assert device(text="小程序").exists


def test_the_tabs_with_nothing_to_read_open_pages_without_chats(
    device: u2.Device, simulator: Simulator, people: dict[str, str]
) -> None:
    device(text="发现").click()
    device(text="视频号").click()
    device.press("back")
    device(text="我").click()
    assert {"鸿雁", "服务", "设置"} <= set(texts(device))
    assert opened(simulator) == []

"""A phone's script: steps at a time, and steps between what an agent reads and what it taps."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uiautomator2 as u2

from device_agent.sim.clock import Clock, rfc3339
from device_agent.sim.harness import Simulator
from device_agent.sim.phone import Phone
from device_agent.sim.worldfile import load, parse
from tests.fakes.fault_watch import wait_until
from tests.fakes.wechat_nodes import text_of_roles

WORLDS = Path(__file__).parents[2] / "examples" / "worlds"
NOW = 1_795_570_200.0  # 2026-11-25 09:30 in China
WORLD = """\
clock: {start: 2026-11-25T09:30:00+08:00, speed: 0}
contacts: [小王, 小李]
groups: [{name: 项目群, members: [小王, 小李]}]
chats:
  - {chat: 小王, messages: [{text: 在吗, id: first}]}
  - {chat: 小李, messages: [你好]}
  - {chat: 项目群, messages: [{小李: 大家好}]}
"""


def a_phone(seed: int = 0) -> Phone:
    return Phone("SIM", seed=seed, clock=Clock(real=lambda: NOW), monotonic=lambda: 0.0)


def scripted(steps: str, seed: int = 0) -> Phone:
    phone = a_phone(seed)
    indented = "".join(f"  {line}\n" for line in steps.splitlines())
    parse(f"{WORLD}script:\n{indented}", "world.yml").apply(phone)
    return phone


def rows(phone: Phone, title: str) -> list[tuple[str, str]]:
    [chat] = phone.world.titled(title)
    found = []
    for message in chat.messages:
        said = str(message.content.get("text", message.kind))
        found.append((said, rfc3339(message.at)[11:21]))
    return found


def states(phone: Phone) -> list[str]:
    return [step["state"] for step in phone.script.listing()]


def test_steps_are_done_in_order_each_at_its_own_time_however_far_the_clock_jumps() -> None:
    phone = scripted(
        "- {at: 90, do: {receive: {小王: 三}}}\n"
        "- {at: 3.5, do: {receive: {小王: 一}}}\n"
        "- {at: 3.5, do: {receive: {小王: 二}}}\n"
        "- {at: 4000, do: {receive: {小王: 太迟}}}"
    )
    phone.script.run_due()
    assert states(phone) == ["waiting"] * 4

    phone.script.advance(3600)

    assert rows(phone, "小王") == [
        ("在吗", "09:30:00.0"),
        ("一", "09:30:03.5"),
        ("二", "09:30:03.5"),
        ("三", "09:31:30.0"),
    ]
    assert states(phone) == ["done", "done", "done", "waiting"]
    assert rfc3339(phone.clock.seconds())[11:19] == "10:30:00"


def test_everything_that_can_happen_happens() -> None:
    phone = scripted(
        "- at: 1\n"
        "  do:\n"
        "    - receive: {chat: 项目群, from: 小王, text: 看这个, id: new, quote: first}\n"
        "    - receive: {chat: 小李, from: me, kind: image}\n"
        "    - receive: {chat: 小李, kind: system, text: 以上是打招呼的内容}\n"
        "    - recall: first\n"
        "    - recall: {chat: 小李}\n"
        "    - rename: {chat: 项目群, to: 新项目群, by: 小王}\n"
        "    - join: {chat: 项目群, who: [Anna], by: 小李}\n"
        "    - leave: {chat: 项目群, who: [Anna]}\n"
        "    - patch: {chat: 小李, remark: 李总, muted: true}\n"
        "    - draft: {chat: 小王, text: 还没写完}\n"
        "    - fault: {name: tap_ignored, times: 2}\n"
        "    - device: {locale: en}\n"
        "    - advance: 60"
    )

    phone.script.advance(1)

    assert states(phone) == ["done"]
    assert [text for text, _ in rows(phone, "新项目群")] == [
        "大家好",
        "看这个",
        '"小王"修改群名为“新项目群”',
        '"李总"邀请"Anna"加入了群聊'.replace("李总", "小李"),
        '"Anna"退出了群聊',
    ]
    assert [text for text, _ in rows(phone, "小王")] == ["recalled"]
    [li] = phone.world.titled("李总")
    assert [message.kind for message in li.messages] == ["recalled", "image", "system"]
    assert li.muted
    assert phone.world.titled("小王")[0].draft == "还没写完"
    assert [one["name"] for one in phone.faults.listing() if one["left"] == 2] == ["tap_ignored"]
    assert phone.lang == "en"
    assert rfc3339(phone.clock.seconds())[11:19] == "09:31:01"


def test_a_burst_is_the_same_for_one_seed_and_another_for_another() -> None:
    def burst(seed: int) -> list[Any]:
        phone = scripted("- {at: 1, do: {burst: {n: 30, per_s: 4}}}", seed)
        phone.script.advance(60)
        return [rows(phone, title) for title in ("小王", "小李", "项目群")]

    assert sum(len(one) for one in burst(1)) == 3 + 30
    assert burst(1) == burst(1)
    assert burst(1) != burst(2)
    assert [at for _, at in sorted(burst(1)[0], key=lambda row: row[1])][-1] < "09:30:09.0"


def test_what_cannot_be_done_is_said_and_the_script_goes_on() -> None:
    phone = scripted(
        "- {at: 1, do: [{recall: first}, {recall: first}]}\n- {at: 2, do: {receive: {小王: 还在}}}"
    )

    phone.script.advance(2)

    failed, done = phone.script.listing()
    assert failed["state"] == "failed"
    assert "nothing to recall" in failed["failure"]
    assert done["state"] == "done"


def test_the_midnight_world_turns_its_times_into_yesterday() -> None:
    phone = a_phone()
    load(WORLDS / "midnight.yml").apply(phone)
    phone.start_wechat()
    before = text_of_roles(phone, "row_time")

    phone.script.advance(180)

    assert before == ["23:57", "23:50", "23:30"]
    after = text_of_roles(phone, "row_time")
    assert after == ["00:00", "00:00", "昨天 23:30"]


@pytest.mark.parametrize("path", sorted(WORLDS.glob("*.yml")), ids=lambda path: path.stem)
def test_each_example_can_be_played_to_its_end(path: Path) -> None:
    phone = a_phone()
    load(path).apply(phone)

    phone.script.advance(600)

    listing = phone.script.listing()
    assert listing
    late = [step for step in listing if step["when"] is None and step["state"] != "done"]
    assert late == []


# Through the API and the real library.


@pytest.fixture
def api(simulator: Simulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=simulator.control) as client:
        yield client


def add(api: httpx.Client, *steps: dict[str, Any]) -> None:
    answer = api.post("/script", json={"steps": list(steps)})
    assert answer.status_code == 201, answer.text


def titles(simulator: Simulator) -> list[str]:
    return [
        str(simulator.history(one["chat_id"])["chat"])
        for one in simulator.truth()["opened"]
        if one["chat_id"]
    ]


def test_a_fast_clock_brings_a_step_sooner(simulator: Simulator, api: httpx.Client) -> None:
    simulator.add_chat("小王")
    add(api, {"at": 300, "do": {"receive": {"小王": "五分钟后"}}})
    started = time.monotonic()

    simulator.set_clock(speed=1000)
    wait_until(lambda: bool(simulator.history("c1")["messages"]))

    assert time.monotonic() - started < 5
    assert api.get("/script").json()["steps"][0]["state"] == "done"


def test_a_standing_clock_brings_none_until_it_is_advanced(
    simulator: Simulator, api: httpx.Client
) -> None:
    simulator.add_chat("小王")
    simulator.set_clock(speed=0)
    add(api, {"at": 5, "do": {"receive": {"小王": "在吗"}}})
    assert api.get("/script").json()["steps"][0]["state"] == "waiting"

    simulator.advance(10)

    [message] = simulator.history("c1")["messages"]
    due = api.get("/script").json()["steps"][0]["due"]
    assert message["at"] == due


def test_a_message_between_the_read_and_the_tap_opens_the_wrong_chat(
    simulator: Simulator, api: httpx.Client, device: u2.Device
) -> None:
    for title in ("小李", "小王"):
        simulator.receive(title, "你好")
    device.app_start("com.tencent.mm")
    add(
        api,
        {
            "when": {"on": "row_tap", "chat": "小王"},
            "do": {"receive": {"小李": "抢先一步"}},
        },
    )

    device(text="小王").click()

    assert titles(simulator) == ["小李"]
    assert api.get("/script").json()["steps"][0]["state"] == "done"


def test_a_finger_of_the_shell_meets_the_script_too(
    simulator: Simulator, api: httpx.Client, device: u2.Device
) -> None:
    for title in ("小李", "小王"):
        simulator.receive(title, "你好")
    device.app_start("com.tencent.mm")
    x, y = device(text="小王").center()
    step = {"when": {"on": "row_tap", "chat": "小王"}}
    add(api, step | {"do": {"receive": {"小李": "抢先一步"}}})
    add(api, {"when": {"on": "row_tap", "moment": "after"}, "do": {"receive": {"小王": "迟了"}}})

    device.shell(["input", "tap", str(x), str(y)])

    assert titles(simulator) == ["小李"]
    assert [one["state"] for one in api.get("/script").json()["steps"]] == ["done", "done"]


def test_a_step_may_wait_for_the_nth_read_and_come_after_it(
    simulator: Simulator, api: httpx.Client, device: u2.Device
) -> None:
    simulator.add_chat("小李", listed=False)
    simulator.receive("小王", "你好")
    device.app_start("com.tencent.mm")
    step = {"when": {"on": "dump", "nth": 2, "moment": "after"}}
    add(api, step | {"do": {"receive": {"小李": "新消息"}}})

    seen = ["小李" in device.dump_hierarchy() for _ in range(3)]

    assert seen == [False, False, True]


def test_a_step_may_wait_for_typing_for_the_send_and_for_an_opening(
    simulator: Simulator, api: httpx.Client, device: u2.Device
) -> None:
    simulator.receive("小王", "你好")
    simulator.receive("小李", "你好")
    add(
        api,
        {"when": {"on": "open", "chat": "小王"}, "do": {"receive": {"小王": "刚打开"}}},
        {"when": {"on": "set_text"}, "do": {"receive": {"小王": "正要写"}}},
        {
            "when": {"on": "send_tap", "moment": "after"},
            "do": {"receive": {"chat": "小王", "text": "刚发出"}},
        },
    )
    device.app_start("com.tencent.mm")

    device(text="小李").click()
    device.press("back")
    device(text="小王").click()
    device(className="android.widget.EditText").set_text("在")
    device(text="发送").click()

    wang = next(one for one in ("c1", "c2") if simulator.history(one)["chat"] == "小王")
    said = [one["content"]["text"] for one in simulator.history(wang)["messages"]]
    assert said == ["你好", "刚打开", "正要写", "在", "刚发出"]


def test_stopping_drops_what_waits_and_keeps_what_was_done(
    simulator: Simulator, api: httpx.Client
) -> None:
    simulator.add_chat("小王")
    add(api, {"at": 0, "do": {"receive": {"小王": "一"}}}, {"at": 60, "do": {"advance": 1}})
    wait_until(lambda: bool(simulator.history("c1")["messages"]))

    assert api.delete("/script").status_code == 204
    simulator.advance(120)

    steps = api.get("/script").json()["steps"]
    assert [(one["do"], one["state"]) for one in steps] == [(["receive"], "done")]
    simulator.reset()
    assert api.get("/script").json()["steps"] == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "steps: is missing"),
        ({"steps": []}, "steps: must not be empty"),
        ({"steps": [{"do": {"advance": 1}}]}, "steps[0]: say when"),
        ({"steps": [{"at": -1, "do": {"advance": 1}}]}, "steps[0].at: must be at least 0"),
        ({"steps": [{"at": 1, "do": {"receive": {"小张": "在"}}}]}, "there is no chat `小张`"),
        ({"steps": [{"at": 1, "do": {"receive": {"小王": 3}}}]}, "a message is a text"),
        ({"steps": [{"at": 1, "do": {"recall": "m99"}}]}, "no message above has the id `m99`"),
        ({"steps": [{"at": 1, "do": {"burst": {"n": 0, "per_s": 1}}}]}, "burst.n: must be at"),
        ({"steps": [{"at": 1, "do": {"join": {"chat": "小王", "who": ["a"]}}}]}, "is no group"),
        ({"steps": [{"at": 1, "do": {"patch": {"chat": "小王", "x": 1}}}]}, "unknown property"),
        ({"steps": [{"when": {"on": "open", "moment": "before"}, "do": {"advance": 1}}]}, "open"),
    ],
)
def test_a_bad_step_is_refused_by_its_place(
    simulator: Simulator, api: httpx.Client, body: dict[str, Any], words: str
) -> None:
    simulator.add_chat("小王")

    answer = api.post("/script", json=body)

    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert api.get("/script").json()["steps"] == []

"""Where WeChat hides its tree the agent reads by pictures, and sends nothing."""

from collections import Counter

import pytest

from schemas.content import Image, Text
from schemas.event import MessageReceived
from schemas.receipt import State
from tests.fakes.phone_rig import Rig, until

_HOURS = 36_000.0


def _hide(rig: Rig) -> None:
    rig.sim.arm("tree_hidden", for_s=_HOURS)


async def _read(rig: Rig, *texts: str) -> list[MessageReceived]:
    async def ask() -> bool:
        found = {text for _, text in await rig.texts()}
        return set(texts) <= found

    await until(ask, f"the texts {texts}", 40)
    return await rig.messages()


async def test_messages_are_read_by_pictures_in_their_order_with_their_authors(rig: Rig) -> None:
    rig.sim.add_chat("项目群", "group", members=["李娜", "王强"])
    rig.sim.receive("老王", "旧的一句")
    _hide(rig)
    await rig.started()
    for number in range(3):
        rig.sim.receive("项目群", f"第{number}件事", sender=["李娜", "王强"][number % 2])
    rig.sim.receive("老王", "在吗")
    found = await _read(rig, "第2件事", "在吗")
    group = [m for m in found if m.chat.title == "项目群"]
    assert [(m.sender.name, m.content.text) for m in group if isinstance(m.content, Text)] == [
        ("李娜", "第0件事"),
        ("王强", "第1件事"),
        ("李娜", "第2件事"),
    ]
    assert [m.chat.kind for m in group] == ["group"] * 3


async def test_the_phone_is_said_to_read_only_and_why(rig: Rig) -> None:
    _hide(rig)
    await rig.started()

    async def told() -> bool:
        state = await rig.device()
        return state is not None and state.health == "ready" and state.trouble == "tree_hidden"

    await until(told, "a phone that is ready to read")
    state = await rig.device()
    assert state is not None
    assert (state.tree, state.reason) == (
        "hidden",
        "WeChat hides its tree: reading by pictures, nothing is sent",
    )


async def test_nothing_is_sent_until_the_tree_is_back(rig: Rig) -> None:
    rig.sim.receive("老王", "在吗")
    _hide(rig)
    await rig.started()
    await _read(rig, "在吗")
    action = await rig.ask(await rig.chat_id("老王"), "在的")
    rig.sim.receive("老王", "人呢")
    await _read(rig, "人呢")
    assert rig.sim.truth()["sent"] == []
    assert await rig.receipts() == [] or all(
        one.state is State.QUEUED for one in await rig.receipts()
    )
    rig.sim.disarm()
    assert (await rig.end(action, 40)).state is State.SENT
    assert [one["text"] for one in rig.sim.truth()["sent"]] == ["在的"]


async def test_a_burst_longer_than_the_screen_is_read_whole_by_pictures(rig: Rig) -> None:
    rig.sim.receive("老王", "在吗")
    _hide(rig)
    await rig.started()
    await _read(rig, "在吗")
    said = [f"第{number}条，共二十五条" for number in range(25)]
    for text in said:
        rig.sim.receive("老王", text)
    found = await _read(rig, said[0], said[-1])
    texts = [m.content.text for m in found if isinstance(m.content, Text)]
    assert texts == ["在吗", *said]


@pytest.mark.parametrize("hidden_first", [False, True])
async def test_what_was_read_from_the_tree_is_known_again_from_pictures_and_back(
    rig: Rig, hidden_first: bool
) -> None:
    said = ["你好，世界！", "OK 👌", "1#楼的钥匙", "“可以”", "l1I0O", "好"]
    for number, text in enumerate(said):
        rig.sim.receive("老王", f"{text}{number}" if text == "好" else text)
    rig.sim.receive("老王", content={"kind": "image"})
    if hidden_first:
        _hide(rig)
    await rig.started()
    rig.sim.receive("老王", "第一段")
    await _read(rig, "第一段")
    if hidden_first:
        rig.sim.disarm()
    else:
        _hide(rig)
    rig.sim.receive("老王", "第二段")
    await _read(rig, "第二段")
    if hidden_first:
        _hide(rig)
    else:
        rig.sim.disarm()
    rig.sim.receive("老王", "第三段")
    found = await _read(rig, "第三段")
    seqs = Counter(m.seq for m in found if not m.historical)
    assert max(seqs.values()) == 1
    fresh = [m.content.text for m in found if isinstance(m.content, Text) and not m.historical]
    assert fresh[-3:] == ["第一段", "第二段", "第三段"]
    assert len(found) <= len(said) + 1 + 3
    assert sum(isinstance(m.content, Image) for m in found) <= 1
    assert not any(m.gap_possible for m in found if m.content == Text(text="第二段"))


async def test_a_tree_that_hides_after_the_typing_leaves_no_tap_and_the_text_goes_once_it_is_back(
    rig: Rig,
) -> None:
    rig.sim.receive("老王", "在吗")
    agent = await rig.started()
    set_text = agent.phone.set_text

    async def hiding(*told: str) -> None:
        """The tree hides right after the field holds the text."""
        await set_text(*told)
        agent.phone.set_text = set_text  # type: ignore[method-assign]  # once
        _hide(rig)

    agent.phone.set_text = hiding  # type: ignore[method-assign]  # the moment is the test
    action = await rig.ask(await rig.chat_id("老王"), "在的")
    rig.sim.receive("李四", "有人吗")
    await _read(rig, "有人吗")

    assert rig.sim.truth()["sent"] == []
    assert "发送" not in [(tap["node"] or {}).get("text") for tap in rig.sim.truth()["taps"]]
    rig.sim.disarm()
    assert (await rig.end(action, 40)).state is State.SENT
    assert rig.sent() == ["在的"]


async def test_a_tap_after_which_the_tree_hides_is_judged_once_it_is_back_and_not_repeated(
    rig: Rig,
) -> None:
    rig.sim.receive("老王", "在吗")
    agent = await rig.started()
    shell = agent.phone.shell

    async def hiding(command: str) -> str:
        """The tree hides right after the sending tap."""
        answer = await shell(command)
        if "echo tapped" in command:
            agent.phone.shell = shell  # type: ignore[method-assign]  # once
            _hide(rig)
        return answer

    agent.phone.shell = hiding  # type: ignore[method-assign]  # the moment is the test
    action = await rig.ask(await rig.chat_id("老王"), "在的", on_unknown="resend")

    async def hidden() -> bool:
        state = await rig.device()
        return state is not None and state.trouble == "tree_hidden"

    await until(hidden, "a phone that hides its tree", 40)
    assert agent._jobs.get(action).tapped
    seq = (await rig.tails())[agent._jobs.get(action).chat_id].seq
    assert seq == 2  # our own bubble, by pictures
    states = {one.state for one in await rig.receipts() if one.action_id == action}
    assert not states & {State.SENT, State.UNKNOWN}
    rig.sim.disarm()
    assert (await rig.end(action, 40)).state is State.SENT
    assert rig.sent() == ["在的"]


async def test_a_chat_whose_title_finds_no_room_stays_the_chat_that_it_was(rig: Rig) -> None:
    title = "二〇二六年第三季度华东大区重点客户项目推进协调工作群（含外部供应商与顾问）"
    rig.sim.add_chat(title, "group", members=["李娜", "王强"])
    rig.sim.receive(title, "早", sender="李娜")
    await rig.started()
    await _read(rig, "早")
    _hide(rig)
    rig.sim.receive(title, "晚", sender="李娜")
    found = await _read(rig, "晚")

    assert [(m.chat.title, m.seq) for m in found] == [(title, 1), (title, 2)]
    assert [chat.title for chat in (await rig.chats()).values()] == [title]

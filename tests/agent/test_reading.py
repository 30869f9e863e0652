"""What friends write comes in once, in order, under the right chat."""

import shutil
from collections import defaultdict

from schemas import topics
from schemas.content import Mentions, Text
from schemas.event import MessageRecalled
from tests.fakes.phone_rig import Rig, until


async def by_chat(rig: Rig) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for title, text in await rig.texts():
        found[title].append(text)
    return found


async def expect(rig: Rig, wanted: dict[str, list[str]]) -> None:
    async def all_in() -> bool:
        found = await by_chat(rig)
        return all(len(found[title]) >= len(texts) for title, texts in wanted.items())

    try:
        await until(all_in, "all messages", 25)
    finally:
        assert await by_chat(rig) == wanted


async def test_twenty_chats_with_bursts_come_in_whole_and_in_order(rig: Rig) -> None:
    await rig.started()
    wanted: dict[str, list[str]] = {f"朋友{n}": [] for n in range(20)}
    for number in range(15):
        for title, texts in wanted.items():
            texts.append(f"{title} 第{number}句")
            rig.sim.receive(title, texts[-1])

    await expect(rig, wanted)


async def test_equal_texts_are_counted_not_merged(rig: Rig) -> None:
    await rig.started()
    for _ in range(5):
        rig.sim.receive("李四", "好")
    await expect(rig, {"李四": ["好"] * 5})
    for _ in range(4):
        rig.sim.receive("李四", "好")

    await expect(rig, {"李四": ["好"] * 9})


async def test_equal_texts_over_several_pages_are_counted_from_the_first(rig: Rig) -> None:
    await rig.started()
    for _ in range(30):
        rig.sim.receive("李四", "好")
    await expect(rig, {"李四": ["好"] * 30})
    for _ in range(3):
        rig.sim.receive("李四", "好")

    await expect(rig, {"李四": ["好"] * 33})

    assert not any(message.gap_possible for message in await rig.messages())


async def test_a_burst_larger_than_the_screen_is_scrolled_back_to(rig: Rig) -> None:
    await rig.started()
    texts = [f"第{number}条消息，说得长一点，好占地方" for number in range(45)]
    for text in texts:
        rig.sim.receive("王五", text)

    await expect(rig, {"王五": texts})


async def test_what_was_there_before_the_first_sight_and_read_is_no_event(rig: Rig) -> None:
    rig.sim.add_chat("空", "private")
    rig.sim.receive("旧友", "未读")
    await rig.started()

    await expect(rig, {"旧友": ["未读"]})


async def test_a_group_message_carries_its_senders_name(rig: Rig) -> None:
    rig.sim.add_chat("家人", "group", members=["爸", "妈"])
    await rig.started()
    rig.sim.receive("家人", "吃饭", sender="妈")
    await expect(rig, {"家人": ["吃饭"]})

    message = (await rig.messages())[0]

    assert (message.chat.kind, message.sender.name) == ("group", "妈")


async def test_every_kind_of_content_is_an_event_of_its_kind(rig: Rig) -> None:
    await rig.started()
    kinds = ["image", "voice", "video", "file", "link", "sticker", "red_packet", "name_card"]
    kinds += ["location", "transfer", "mini_program", "system"]
    for kind in kinds:
        content = {"kind": kind, "name": "名", "title": "题", "amount": "5", "text": "有人加入了"}
        rig.sim.receive("百宝", content=content)

    async def all_in() -> bool:
        return len(await rig.messages()) >= len(kinds)

    await until(all_in, "all kinds")
    found = [message.content.kind for message in await rig.messages()]
    assert len(found) == len(kinds)
    assert [kind for kind in found if kind == "unknown"] == []


async def test_a_message_taken_back_is_a_recall_on_its_own_seq(rig: Rig) -> None:
    await rig.started()
    message_id = rig.sim.receive("张三", "说错了")
    rig.sim.receive("张三", "别的")
    await expect(rig, {"张三": ["说错了", "别的"]})
    rig.sim.recall(message_id)
    rig.sim.receive("张三", "对的")
    await expect(rig, {"张三": ["说错了", "别的", "对的"]})

    async def recalls() -> list[MessageRecalled]:
        return [r for r in await rig.records(topics.INBOUND) if isinstance(r, MessageRecalled)]

    recall = (await until(recalls, "the recall"))[0]
    first = (await rig.messages())[0]
    assert (recall.recalled_event_id, recall.seq) == (first.event_id, first.seq)


async def test_a_new_machine_gives_every_message_its_old_id(rig: Rig) -> None:
    await rig.started()
    for number in range(3):
        rig.sim.receive("张三", f"第{number}句")
        rig.sim.receive("李四", f"第{number}句")
    wanted = {"张三": ["第0句", "第1句", "第2句"], "李四": ["第0句", "第1句", "第2句"]}
    await expect(rig, wanted)
    await rig.stop()
    shutil.rmtree(rig.data)
    rig.sim.receive("张三", "后来")
    await rig.started()

    await expect(rig, wanted | {"张三": [*wanted["张三"], "后来"]})

    seqs = sorted(m.seq for m in await rig.messages() if m.chat.title == "张三")
    assert seqs == [1, 2, 3, 4]
    assert len(await rig.chats()) == 2


async def test_a_group_message_says_whom_it_calls_and_when_it_was_said(rig: Rig) -> None:
    rig.sim.add_chat("家人", "group", members=["爸", "妈"])
    await rig.started(own_names="小鸿, 鸿雁 bot")
    for sender, text in [("妈", "在吗"), ("爸", "@妈\u2005@小鸿 吃饭"), ("妈", "@所有人 快来")]:
        rig.sim.receive("家人", text, sender=sender)
    rig.sim.receive("爸", "@小鸿 私聊")

    async def all_in() -> bool:
        return len(await rig.messages()) >= 4

    await until(all_in, "all messages")
    now = rig.sim.on_phone(lambda fleet, phone: phone.clock.now())
    found = {m.content.text: m for m in await rig.messages() if isinstance(m.content, Text)}
    assert found["在吗"].mentions == Mentions()
    assert found["@妈\u2005@小鸿 吃饭"].mentions == Mentions(me=True, names=("妈", "小鸿"))
    assert found["@所有人 快来"].mentions == Mentions(all=True)
    assert found["@小鸿 私聊"].mentions == Mentions()
    said = [message.said_at for message in found.values()]
    assert all(at is not None and 0 <= (now - at).total_seconds() < 120 for at in said)


async def test_a_chat_that_opens_further_up_is_scrolled_down_and_not_read_again(rig: Rig) -> None:
    """Found by a campaign: a swipe meant for the list of an old dump scrolled the chat under it."""
    agent = await rig.started()
    texts = [f"第{number}条" for number in range(30)]
    for text in texts:
        rig.sim.receive("王五", text)
    await expect(rig, {"王五": texts})
    tap, moved = agent.phone.tap, []

    async def tap_and_scroll(x: int, y: int) -> None:
        await tap(x, y)
        if not moved:
            moved.append(True)
            await agent.phone.swipe((540, 534), (540, 1932))

    agent.phone.tap = tap_and_scroll  # type: ignore[method-assign]  # a swipe nobody knows of
    texts.append("新的")
    rig.sim.receive("王五", texts[-1])

    await expect(rig, {"王五": texts})
    assert not any(message.gap_possible for message in await rig.messages())

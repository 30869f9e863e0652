"""Every kind of content, quotes and recalls arrive as what they are, in both languages."""

from typing import Any

import pytest

from schemas import topics
from schemas.content import (
    Content,
    File,
    Image,
    Link,
    Location,
    MiniProgram,
    NameCard,
    Quote,
    Recalled,
    RedPacket,
    Sticker,
    SystemLine,
    Text,
    Transfer,
    Unknown,
    Video,
    Voice,
)
from schemas.event import MessageRecalled, MessageReceived
from tests.fakes.phone_rig import Rig, until

# What is written on the phone, and what arrives; without fetching, so that only reading is tried.
WORLD: list[tuple[dict[str, Any], Content]] = [
    ({"kind": "text", "text": "晚上\n开会 🙂"}, Text(text="晚上\n开会 🙂")),
    ({"kind": "image"}, Image(missing="unavailable")),
    ({"kind": "voice", "seconds": 7}, Voice(seconds=7, missing="unavailable")),
    ({"kind": "video", "seconds": 65}, Video(seconds=65, missing="unavailable")),
    ({"kind": "file", "name": "a b.pdf", "size": 9}, File(name="a b.pdf", missing="unavailable")),
    (
        {"kind": "link", "title": "一篇文章", "source": "某公众号"},
        Link(title="一篇文章", source="某公众号"),
    ),
    (
        {"kind": "location", "label": "人民广场", "address": "人民大道"},
        Location(label="人民广场", address="人民大道"),
    ),
    ({"kind": "sticker"}, Sticker(missing="unavailable")),
    ({"kind": "red_packet", "greeting": "¥ 恭喜"}, RedPacket(greeting="¥ 恭喜")),
    (
        {"kind": "red_packet", "greeting": "恭喜", "status": "已领取"},
        RedPacket(greeting="恭喜", status="已领取"),
    ),
    ({"kind": "transfer", "amount": "12.50"}, Transfer(amount="¥12.50")),
    (
        {"kind": "transfer", "amount": "5", "note": "饭钱", "status": "已收款"},
        Transfer(amount="¥5", note="饭钱", status="已收款"),
    ),
    ({"kind": "name_card", "name": "老李"}, NameCard(name="老李")),
    (
        {"kind": "mini_program", "title": "点餐", "name": "小饭馆"},
        MiniProgram(title="点餐", name="小饭馆"),
    ),
    ({"kind": "system", "text": '"小王"加入了群聊'}, SystemLine(text='"小王"加入了群聊')),
]
UNKNOWN = {"zh_CN": "[不支持的消息]", "en_US": "[Unsupported message]"}


async def arrived(rig: Rig, count: int) -> list[MessageReceived]:
    async def ask() -> list[MessageReceived]:
        found = await rig.messages()
        return found if len(found) >= count else []

    found = await until(ask, f"{count} messages", 30)
    assert len(found) == count, [(m.seq, m.content) for m in found]
    return found


async def recalls(rig: Rig, count: int) -> list[MessageRecalled]:
    async def ask() -> list[MessageRecalled]:
        records = await rig.records(topics.INBOUND)
        found = {r.event_id: r for r in records if isinstance(r, MessageRecalled)}
        return list(found.values()) if len(found) >= count else []

    return await until(ask, f"{count} recalls")


@pytest.mark.parametrize("locale", ["zh_CN", "en_US"])
async def test_each_kind_arrives_with_all_that_its_bubble_says(rig: Rig, locale: str) -> None:
    rig.sim.patch_device(locale=locale)
    rig.sim.add_chat("百宝", kind="group", members=["老李", "小王"], nicknames={"老李": "李总"})
    await rig.started(fetch_seconds=0)
    for content, _ in WORLD:
        rig.sim.receive("百宝", sender="老李", content=content)
    rig.sim.receive("百宝", sender="老李", content={"kind": "unknown"})

    found = await arrived(rig, len(WORLD) + 1)

    wanted = [content for _, content in WORLD] + [Unknown(seen=UNKNOWN[locale])]
    assert [message.content for message in found] == wanted
    names = {m.sender.name for m in found if not isinstance(m.content, SystemLine)}
    assert names == {"李总"}
    assert [m.seq for m in found] == list(range(1, len(wanted) + 1))
    assert not any(m.gap_possible for m in found)


@pytest.mark.parametrize("locale", ["zh_CN", "en_US"])
async def test_a_quote_names_the_message_it_answers_where_that_is_certain(
    rig: Rig, locale: str
) -> None:
    rig.sim.patch_device(locale=locale)
    rig.sim.add_chat("家人", kind="group", members=["爸", "妈"])
    await rig.started(fetch_seconds=0)
    dinner = rig.sim.receive("家人", "几点吃饭", sender="爸")
    picture = rig.sim.receive("家人", sender="爸", content={"kind": "image"})
    twice = [rig.sim.receive("家人", "好", sender="爸") for _ in range(2)]
    for quoted, text in ((dinner, "六点"), (picture, "好看"), (twice[0], "哪个好")):
        rig.sim.receive("家人", text, sender="妈", quote=quoted)

    found = await arrived(rig, 7)

    labels = {"zh_CN": "[图片]", "en_US": "[Photo]"}
    assert [m.quote for m in found[4:]] == [
        Quote(text="几点吃饭", sender="爸", event_id=found[0].event_id),
        Quote(text=labels[locale], sender="爸", event_id=found[1].event_id),
        Quote(text="好", sender="爸"),
    ]


@pytest.mark.parametrize("locale", ["zh_CN", "en_US"])
async def test_a_recall_is_told_on_the_number_of_its_message(rig: Rig, locale: str) -> None:
    """Another's, one that was never read, and an own one; a kept message is not touched."""
    rig.sim.patch_device(locale=locale)
    await rig.started(fetch_seconds=0)
    wrong = rig.sim.receive("张三", "说错了")
    rig.sim.receive("张三", "别的")
    (first, _) = await arrived(rig, 2)
    own = rig.sim.receive("张三", "我也说错了", own=True)
    rig.sim.receive("张三", "怎么了")
    await arrived(rig, 3)
    unread = rig.sim.receive("张三", "没读到的")
    for message_id in (wrong, own, unread):
        rig.sim.recall(message_id)
    rig.sim.receive("张三", "对的")

    found = await arrived(rig, 5)
    theirs, ours = sorted(await recalls(rig, 2), key=lambda recall: recall.seq)

    assert (theirs.recalled_event_id, theirs.by, theirs.seq) == (first.event_id, "张三", first.seq)
    assert (ours.recalled_event_id, ours.by, ours.seq) == (None, None, 3)
    assert found[3].content == Recalled(by="张三")
    assert [m.seq for m in found] == [1, 2, 4, 5, 6]


async def test_what_the_owner_writes_elsewhere_is_counted_and_no_event(rig: Rig) -> None:
    await rig.started(fetch_seconds=0)
    rig.sim.receive("张三", "在吗")
    await arrived(rig, 1)
    rig.sim.receive("张三", "在，我在电脑上", own=True)
    rig.sim.receive("张三", "好")

    found = await arrived(rig, 2)

    assert [(m.seq, m.content) for m in found] == [(1, Text(text="在吗")), (3, Text(text="好"))]

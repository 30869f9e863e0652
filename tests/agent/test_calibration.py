"""Layouts that nobody has seen are calibrated, and then read as the phone's world has it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from device_agent.calibrating import NotCalibrated, Walker
from device_agent.calibration import Proposal, Shot, agreed
from device_agent.calibration_file import save
from device_agent.layout import Layout, layout_for
from device_agent.listing import Listing
from device_agent.listwalk import ListWalk
from device_agent.phone import Phone
from device_agent.pilot import Pilot
from device_agent.screen import ChatScreen, ListScreen, read_screen
from device_agent.sim.harness import Simulator
from schemas.content import (
    Content,
    File,
    Image,
    Link,
    RedPacket,
    Sticker,
    SystemLine,
    Text,
    Transfer,
    Video,
    Voice,
)

VERSION = "8.0.74"
SEEDS = range(10)
KINDS: list[tuple[dict[str, Any], Content]] = [
    ({"kind": "text", "text": "晚上\n开会 🙂"}, Text(text="晚上\n开会 🙂")),
    ({"kind": "voice", "seconds": 7}, Voice(seconds=7)),
    ({"kind": "video", "seconds": 65}, Video(seconds=65)),
    ({"kind": "file", "name": "a b.pdf", "size": 9}, File(name="a b.pdf")),
    ({"kind": "sticker"}, Sticker()),
    ({"kind": "image"}, Image()),
    ({"kind": "red_packet", "greeting": "¥ 恭喜"}, RedPacket(greeting="¥ 恭喜")),
    (
        {"kind": "transfer", "amount": "5", "note": "饭钱", "status": "已收款"},
        Transfer(amount="¥5", note="饭钱", status="已收款"),
    ),
    (
        {"kind": "link", "title": "一篇文章", "source": "某号"},
        Link(title="一篇文章", source="某号"),
    ),
    ({"kind": "system", "text": '"小王"加入了群聊'}, SystemLine(text='"小王"加入了群聊')),
]
HALVES = {"前一半": KINDS[:5], "后一半": KINDS[5:]}
LISTED = {"张三": (2, False), "静音群": (1, True), "文件传输助手": (0, False)}


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator() as sim:
        yield sim


def peopled(sim: Simulator, **device: Any) -> None:
    sim.reset()
    sim.patch_device(wechat_version=VERSION, **device)
    for title, kinds in HALVES.items():
        sim.add_chat(title, kind="group", members=["老李", "小王"])
        for content, _ in kinds:
            sim.receive(title, sender="老李", content=content)
    sim.add_chat("静音群", kind="group", members=["小王"], muted=True)
    sim.receive("静音群", "大家好", sender="小王")
    sim.receive("张三", "在吗")
    sim.receive("张三", "在吗")
    sim.receive("文件传输助手", "记一下", own=True)


async def calibrated(sim: Simulator, chat: str | None = None, *, types: bool = True) -> Proposal:
    phone = Phone(sim.adb, sim.serial)
    try:
        await phone.connect()
        walker = Walker(phone, chat, types=types, pause=0.01)
        assert (await walker.build()).version == VERSION
        walks = [await walker.walk(), await walker.walk()]
    finally:
        await phone.close()
    return agreed(*(walk.shots for walk in walks))


async def kept(sim: Simulator, folder: Path, proposal: Proposal) -> Layout:
    """The layout as an agent would have it from the file."""
    phone = Phone(sim.adb, sim.serial)
    try:
        await phone.connect()
        build = await Walker(phone, None, types=False).build()
    finally:
        await phone.close()
    save(folder, build, proposal)
    return layout_for(build.version, code=build.code, folder=folder)


def holds_as_read(sim: Simulator, layout: Layout) -> None:
    """List and chats by the layout, against what the world holds."""
    device = sim.connect()
    device.app_start("com.tencent.mm")
    listed = read_screen(device.dump_hierarchy(), layout)
    assert isinstance(listed, ListScreen)
    rows = {row.title: row for row in listed.rows}
    assert set(rows) == {*LISTED, *HALVES}
    assert {t: (rows[t].unread, rows[t].muted) for t in LISTED} == LISTED
    assert rows["张三"].preview == "在吗"
    for title, kinds in HALVES.items():
        sim.tap(*rows[title].bounds.middle)
        chat = read_screen(device.dump_hierarchy(), layout)
        assert isinstance(chat, ChatScreen)
        assert chat.is_of(title)
        assert chat.member_count == 3
        wanted = [content for _, content in kinds]
        seen = [row.content for row in chat.rows]
        assert seen == wanted[-len(seen) :]
        assert len(seen) >= 3
        assert {row.sender for row in chat.rows if row.side == "other"} == {"老李"}
        sim.press("back")
    fails_as_read(sim, layout)
    sim.release()


def fails_as_read(sim: Simulator, layout: Layout) -> None:
    """A red mark is seen beside the bubble that has one, and no other."""
    sim.receive("文件传输助手", "没发出去", own=True, failed=True)
    device = sim.connect()
    listed = read_screen(device.dump_hierarchy(), layout)
    assert isinstance(listed, ListScreen)
    sim.tap(*next(r.bounds.middle for r in listed.rows if r.title == "文件传输助手"))
    chat = read_screen(device.dump_hierarchy(), layout)
    assert isinstance(chat, ChatScreen)
    assert [(row.text, row.side, row.failed) for row in chat.rows] == [
        ("记一下", "own", False),
        ("没发出去", "own", True),
    ]
    sim.press("back")


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_layout_that_nobody_has_seen_is_calibrated_and_none_of_it_misread(
    sim: Simulator, tmp_path: Path, seed: int
) -> None:
    english = seed % 2 == 1
    changes: dict[str, Any] = {"locale": "en_US" if english else "zh_CN"}
    if seed % 3 == 2:
        changes |= {"screen": "1440x3200", "font_scale": 1.15}
    peopled(sim, layout_seed=seed, **changes)

    proposal = await calibrated(sim, "前一半" if seed % 5 == 4 else "文件传输助手")

    assert proposal.sends, (proposal.missing, proposal.doubts)
    assert sim.truth()["sent"] == []
    assert not sim.truth()["drafts"]
    layout = await kept(sim, tmp_path, proposal)
    assert layout.certain
    await asyncio.to_thread(holds_as_read, sim, layout)


@pytest.mark.parametrize("seed", [0, 7])
async def test_a_sliver_of_a_row_at_the_foot_is_not_taken_for_the_lists_end(
    sim: Simulator, tmp_path: Path, seed: int
) -> None:
    peopled(sim, layout_seed=seed)
    layout = await kept(sim, tmp_path, await calibrated(sim))
    titles = {f"友{number}" for number in range(25)}
    for title in titles:
        sim.receive(title, "在吗")
    phone, seen = Phone(sim.adb, sim.serial), set[str]()
    try:
        await phone.connect()
        pilot = Pilot(phone, layout)
        walk = ListWalk(pilot, Listing())
        page: ListScreen | None = await walk.to_top(await pilot.to_list())
        while page is not None:
            seen |= {row.title for row in page.rows}
            page = await walk.page_below(page)
    finally:
        await phone.close()
    assert seen >= titles | set(LISTED)


async def test_what_was_not_typed_is_not_proven_and_nothing_is_sent_by_it(
    sim: Simulator, tmp_path: Path
) -> None:
    peopled(sim, layout_seed=3)

    proposal = await calibrated(sim, types=False)

    assert proposal.lacking == ("send",)
    layout = await kept(sim, tmp_path, proposal)
    assert not layout.certain
    assert layout.calibrated
    await asyncio.to_thread(holds_as_read, sim, layout)


async def test_a_draft_in_the_field_is_left_alone(sim: Simulator) -> None:
    peopled(sim, layout_seed=3)

    def draft(_: object, phone: Any) -> None:
        chat = next(one for one in phone.world.chats.values() if one.title == "文件传输助手")
        phone.write_field(chat, "写到一半")

    sim.on_phone(draft)
    with pytest.raises(NotCalibrated, match="left alone"):
        await calibrated(sim)
    assert "写到一半" in str(sim.truth()["drafts"])


async def test_two_chats_of_the_name_are_both_left_alone(sim: Simulator) -> None:
    peopled(sim, layout_seed=3)
    sim.receive("", "别的", chat_id=sim.add_chat("张三"))
    with pytest.raises(NotCalibrated, match="2 rows"):
        await calibrated(sim, "张三")
    assert sim.truth()["opened"] == []


async def test_a_phone_that_an_agent_has_is_left_to_it(sim: Simulator) -> None:
    peopled(sim, layout_seed=3)
    phone = Phone(sim.adb, sim.serial)
    try:
        await phone.connect()
        now = int((await phone.shell("date +%s")).strip())
        await phone.push(f"token mac {now + 15}".encode(), "/data/local/tmp/hongyan.lease")
        with pytest.raises(NotCalibrated, match="stop it first"):
            await Walker(phone, None, types=False).build()
        await phone.push(f"token mac {now - 1}".encode(), "/data/local/tmp/hongyan.lease")
        assert (await Walker(phone, None, types=False).build()).code == 3100
    finally:
        await phone.close()


async def shots(sim: Simulator) -> list[Shot]:
    phone = Phone(sim.adb, sim.serial)
    try:
        await phone.connect()
        return (await Walker(phone, None, types=True, pause=0.01).walk()).shots
    finally:
        await phone.close()


async def test_an_id_that_is_not_the_same_everywhere_proves_nothing(sim: Simulator) -> None:
    peopled(sim, layout_seed=3)
    seen = await shots(sim)
    sure = agreed(seen, seen).found

    def changed(old: str, new: str) -> list[Shot]:
        return [Shot(s.page, s.xml.replace(old, new), s.title, s.typed) for s in seen]

    name, preview = (f':id/{sure[part].id}"' for part in ("row_name", "row_preview"))
    other = agreed(seen, changed(name, ':id/new"'))
    assert (
        other.missing["row_name"] == f"the second walk found new, the first {sure['row_name'].id}"
    )
    shared = changed(name, preview)
    assert "row_preview" in agreed(shared, shared).lacking
    nameless = changed(f"com.tencent.mm{name}", '"')
    assert agreed(nameless, nameless).missing["row_name"] == "it carries no id"
    assert not other.sends


def test_a_layout_file_that_cannot_be_read_leaves_its_version_unknown(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("ids: [")
    (tmp_path / "b.yaml").write_text(f"name: b\nversions: [{VERSION}]\nsends: true\n")
    assert not layout_for(VERSION, code=1, folder=tmp_path).certain
    assert not layout_for(VERSION, folder=tmp_path / "none").certain
    assert layout_for("8.0.49", folder=tmp_path).certain


def test_a_layout_of_ones_own_is_for_its_build_alone(tmp_path: Path) -> None:
    text = "name: own\nversions: [8.0.43]\ncodes: [2481]\nsends: false\nids: {list: lpg}\n"
    (tmp_path / "own.yaml").write_text(text)
    assert layout_for("8.0.43", code=2480, folder=tmp_path).name == "wechat-8.0.43"
    own = layout_for("8.0.43", code=2481, folder=tmp_path)
    assert (own.name, own.certain, own.names("list"), own.names("body")) == (
        "own", False, True, False,
    )  # fmt: skip

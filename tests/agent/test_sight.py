"""The screen read from its pixels says what its tree says, for the same moment of one phone."""

from collections.abc import Iterator
from typing import Any

import pytest

from device_agent.layout import Layout, layout_for
from device_agent.rows import SeenRow
from device_agent.screen import ChatScreen, ListScreen, read_screen
from device_agent.sight.chat_page import SightedChat, sighted_chat
from device_agent.sight.list_page import SightedList, sighted_list
from device_agent.sight.look import drawn, look
from device_agent.sight.pixels import decoded
from device_agent.sight.recognizer import RapidRecognizer, Remembering
from device_agent.sim import Simulator

_LAYOUT: Layout = layout_for("8.0.43")
_SAID = [
    "好的",
    "三",
    "二三",
    "001#楼",
    "01#楼",
    "明天上午十点在三楼会议室开会，请大家准时参加，带上第三季度的报表和合同原件。",
    "订单 20261125-0037 已发货",
    "Are you coming tonight?",
    "first line\nsecond line\nthird",
    "【重要】请查收。",
]


@pytest.fixture(scope="module")
def recognizer() -> Remembering:
    return Remembering(RapidRecognizer())


@pytest.fixture(scope="module")
def phones() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def sim(phones: Simulator) -> Simulator:
    phones.reset()
    return phones


def _moment(sim: Simulator, device: Any) -> tuple[Any, bytes]:
    return read_screen(device.dump_hierarchy(), _LAYOUT), sim.screen()


def _of_list(sim: Simulator, device: Any, eyes: Remembering) -> tuple[ListScreen, SightedList]:
    told, picture = _moment(sim, device)
    seen = sighted_list(decoded(picture), eyes)
    assert isinstance(told, ListScreen)
    assert seen is not None
    return told, seen


def _of_chat(sim: Simulator, device: Any, eyes: Remembering) -> tuple[ChatScreen, SightedChat]:
    told, picture = _moment(sim, device)
    seen = sighted_chat(decoded(picture), eyes)
    assert isinstance(told, ChatScreen)
    assert seen is not None
    return told, seen


def _open(device: Any, told: ListScreen, title: str) -> None:
    row = next(row for row in told.rows if row.title == title)
    device.click(*row.bounds.middle)


def _fold(text: str) -> str:
    """What print and its recogniser do not tell apart: gaps, and the width of signs."""
    wide = str.maketrans("，。：；？！（）￥“”‘’", ",.:;?!()¥\"\"''")
    return "".join(text.split()).translate(wide)


def _said(rows: tuple[SeenRow, ...]) -> list[tuple[str, str, str, str]]:
    return [(row.side, row.sender, row.content.kind, _fold(row.text)) for row in rows]


@pytest.mark.parametrize(
    "device",
    [
        {},
        {"font_scale": 1.3},
        {"screen": "720x1280"},
        {"screen": "1440x3200", "font_scale": 0.85},
        {"locale": "en_US"},
    ],
    ids=str,
)
def test_a_screen_says_the_same_by_its_pixels_as_by_its_tree(
    sim: Simulator, recognizer: Remembering, device: dict[str, Any]
) -> None:
    sim.add_chat("项目群", "group", members=["李娜", "王强", "Bob Smith"])
    for number, text in enumerate(_SAID):
        sim.receive("项目群", text, sender=["李娜", "王强", "Bob Smith"][number % 3])
    sim.receive("老王", "快递到了吗")
    sim.add_chat("静音", muted=True)
    sim.receive("静音", "小声说")
    sim.patch_device(**device)
    phone = sim.connect()
    phone.app_start("com.tencent.mm")

    told, seen = _of_list(sim, phone, recognizer)
    rows = [(row.title, row.time, row.unread, row.muted) for row in told.rows]
    assert [(r.title, r.time, r.unread, r.muted) for r in seen.screen.rows] == rows
    assert min(seen.sure) > 0.95
    assert seen.screen.area.top == pytest.approx(told.area.top, abs=3)

    _open(phone, told, "项目群")
    chat, sight = _of_chat(sim, phone, recognizer)
    assert (sight.screen.title, sight.screen.member_count) == ("项目群", 4)
    assert sight.screen.cut_top == chat.cut_top
    assert _said(sight.screen.rows) == _said(chat.rows)
    assert len(chat.rows) > 3


def test_own_bubbles_are_told_from_others_by_side_and_so_are_their_marks(
    sim: Simulator, recognizer: Remembering
) -> None:
    sim.receive("老王", "在吗")
    phone = sim.connect()
    phone.app_start("com.tencent.mm")
    told, _ = _of_list(sim, phone, recognizer)
    _open(phone, told, "老王")
    for fault in (None, "send_failed_mark"):
        if fault is not None:
            sim.arm(fault)
        phone(className="android.widget.EditText").set_text("马上到")
        _, typed = _of_chat(sim, phone, recognizer)
        assert typed.screen.field_text == "马上到"
        assert typed.screen.send_bounds is not None
        phone.click(*typed.screen.send_bounds.middle)

    chat, sight = _of_chat(sim, phone, recognizer)
    assert [row.failed for row in chat.rows] == [False, False, True]
    assert _said(sight.screen.rows) == _said(chat.rows)
    assert [row.failed for row in sight.screen.rows] == [False, False, True]
    assert sight.screen.field_text == ""
    assert sight.screen.send_bounds is None


def test_other_kinds_are_named_or_said_to_be_unknown_and_never_read_as_a_text(
    sim: Simulator, recognizer: Remembering
) -> None:
    for content in (
        {"kind": "voice", "seconds": 7},
        {"kind": "image"},
        {"kind": "sticker"},
        {"kind": "red_packet", "greeting": "恭喜发财"},
        {"kind": "file", "name": "合同.pdf"},
        {"kind": "link", "title": "今日天气"},
    ):
        sim.receive("老王", content=content)
    phone = sim.connect()
    phone.app_start("com.tencent.mm")
    told, _ = _of_list(sim, phone, recognizer)
    _open(phone, told, "老王")
    chat, sight = _of_chat(sim, phone, recognizer)
    kinds = [row.content.kind for row in sight.screen.rows]
    assert len(kinds) == len(chat.rows)
    assert kinds[-len(chat.rows) :].count("text") == 0
    assert all(
        seen.content == row.content or seen.content.kind in {"unknown", "image"}
        for seen, row in zip(sight.screen.rows, chat.rows, strict=True)
    )


def test_a_page_that_is_no_list_and_no_chat_is_neither(
    sim: Simulator, recognizer: Remembering
) -> None:
    phone = sim.connect()
    phone.press("home")
    picture = decoded(sim.screen())
    assert sighted_list(picture, recognizer) is None
    assert sighted_chat(picture, recognizer) is None


def test_what_did_not_change_is_not_recognised_again(
    sim: Simulator, recognizer: Remembering
) -> None:
    sim.receive("老王", "第一句话")
    phone = sim.connect()
    phone.app_start("com.tencent.mm")
    _of_list(sim, phone, recognizer)
    before = recognizer.asked
    _of_list(sim, phone, recognizer)
    assert recognizer.asked == before
    sim.receive("老王", "没有见过的一句话")
    _of_list(sim, phone, recognizer)
    assert before < recognizer.asked <= before + 4  # the preview, the badge, the clock


def test_a_look_names_each_part_and_draws_it_where_it_is(
    sim: Simulator, recognizer: Remembering
) -> None:
    sim.receive("老王", "在吗")
    phone = sim.connect()
    phone.app_start("com.tencent.mm")
    told, _ = _of_list(sim, phone, recognizer)
    listing = look(sim.screen(), recognizer)
    assert (listing.page, [one.name for one in listing.parts]) == ("list", ["area", "row"])
    assert listing.parts[1].words.startswith("老王 (1) · 在吗")

    _open(phone, told, "老王")
    picture = sim.screen()
    chat = look(picture, recognizer)
    assert (chat.page, chat.title) == ("chat", "老王")
    assert [one.name for one in chat.parts] == ["area", "other", "field"]
    shown = decoded(drawn(picture, chat))
    for one in chat.parts:
        assert (shown[one.bounds.bottom - 1, one.bounds.middle[0]] != shown[2, 2]).any()


def test_a_picture_of_something_else_shows_no_parts(recognizer: Remembering) -> None:
    with pytest.raises(OSError, match="cannot identify"):
        look(b"no picture", recognizer)

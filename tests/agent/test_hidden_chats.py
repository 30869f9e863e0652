"""Chats that the first page of the list does not show: muted, folded, below pinned ones."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.kafka import Broker, Producer
from device_agent.chats import Chats
from device_agent.layout import layout_for
from device_agent.letterhead import Letterhead
from device_agent.listing import Listing
from device_agent.listwalk import ListWalk
from device_agent.naming import Naming
from device_agent.nodes import Box
from device_agent.phone import Phone
from device_agent.pilot import Pilot
from device_agent.rows import SeenRow
from device_agent.screen import ChatScreen, ListRow
from device_agent.shipping import Shipping
from device_agent.spool import Spool
from schemas.content import Text
from schemas.receipt import State
from tests.agent.test_odd_worlds import read
from tests.fakes.phone_rig import Rig, until


async def test_a_muted_chat_below_a_page_of_pinned_ones_is_read_by_the_wide_sweep(rig: Rig) -> None:
    for number in range(14):
        rig.sim.add_chat(f"置顶{number:02d}", pinned=True)
        rig.sim.receive(f"置顶{number:02d}", "x")
    rig.sim.add_chat("静音群", kind="group", members=["甲"], muted=True)
    rig.sim.receive("静音群", "早", sender="甲")
    await rig.started(sweep_seconds=3.0)
    await read(rig, "静音群", "早")
    rig.sim.receive("静音群", "没人看见", sender="甲")
    await read(rig, "静音群", "没人看见")

    assert max(Counter(await rig.texts()).values()) == 1


async def test_folded_chats_are_read_and_answered(rig: Rig) -> None:
    one = {"kind": "group", "muted": True, "folded": True, "members": ["甲", "乙"]}
    rig.sim.add_chat("折叠一", **one)
    rig.sim.add_chat("折叠二", **one)
    rig.sim.receive("折叠一", "第一", sender="甲")
    rig.sim.receive("普通", "在吗")
    await rig.started()
    await read(rig, "折叠一", "第一")
    rig.sim.receive("折叠二", "第二", sender="乙")
    await read(rig, "折叠二", "第二")
    rig.sim.receive("折叠一", "第三", sender="甲")
    await read(rig, "折叠一", "第三")

    assert Counter(await rig.texts()) == Counter(
        [("折叠一", "第一"), ("折叠二", "第二"), ("折叠一", "第三"), ("普通", "在吗")]
    )
    assert {chat.title for chat in (await rig.chats()).values()} == {"折叠一", "折叠二", "普通"}
    end = await rig.end(await rig.ask(await rig.chat_id("折叠一"), "收到"))
    assert (end.state, rig.sent()) == (State.SENT, ["收到"])


async def test_a_chat_that_is_folded_later_keeps_its_id_and_loses_nothing(rig: Rig) -> None:
    group = rig.sim.add_chat("群", kind="group", muted=True, members=["甲", "乙"])
    for number in range(3):
        rig.sim.receive("群", f"话{number}", sender="甲")
    rig.sim.receive("小王", "hi")
    await rig.started()
    await read(rig, "群", "话2")
    known = await rig.chat_id("群")
    rig.sim.patch_chat(group, folded=True)
    rig.sim.receive("群", "折叠之后", sender="乙")
    await read(rig, "群", "折叠之后")

    async def quiet() -> bool:
        return len(await rig.texts()) == 5

    await until(quiet, "five messages")
    assert await rig.chat_id("群") == known
    assert {(chat.chat_id, chat.title) for chat in (await rig.chats()).values()} >= {(known, "群")}


async def test_a_folder_that_never_opens_keeps_no_message_for_ever(tmp_path: Path) -> None:
    """The old group may stand in it, so nobody can tell whether it has a new name."""
    at = [datetime(2026, 11, 25, tzinfo=UTC)]
    head = Letterhead("default", "bot", clock=lambda: at[0])
    spool = Spool(tmp_path)
    chats, listing = Chats(spool, "default"), Listing()
    shipping = Shipping(spool, Producer(Broker("127.0.0.1:9")), head)
    naming = Naming(chats, spool, shipping, head)
    walk = ListWalk(Pilot(Phone("127.0.0.1:9", None), layout_for(None)), listing)
    listing.titles["折叠的聊天"] = 1
    area = Box(0, 0, 1080, 2000)
    shown = tuple(SeenRow("other", "甲", Text(text=word), area) for word in ("一", "二", "三"))
    old, new = chats.enrol("旧群", "group", at[0]), chats.enrol("新群", "group", at[0])
    tail = chats.tails[old.chat_id].model_copy(update={"rows": tuple(row.row for row in shown)})
    chats.put_tail(tail, produced=True)
    screen = ChatScreen("新群", 3, shown, "", None, None, area)

    assert naming.whose(new, screen) is None
    assert await naming.settle(walk, listing) == set()
    at[0] += timedelta(minutes=6)

    assert await naming.settle(walk, listing) == {new.chat_id}
    assert naming.whose(new, screen) == new
    assert new.chat_id in naming.doubted
    spool.close()


def test_what_comes_into_an_empty_chat_as_it_is_left_calls() -> None:
    """It makes no badge, and the chat showed no words to compare its row with."""
    listing = Listing()
    row = _row("折叠二", "第二")
    listing.visited("折叠二", "", empty=True)
    assert listing.calls(row)
    listing.visited("折叠二", "第二")
    assert not listing.calls(row)

    listing.visited("相册", "")  # a picture was its last row
    assert not listing.calls(_row("相册", "[图片]"))


def _row(title: str, preview: str) -> ListRow:
    whole = Box(0, 0, 1080, 200)
    return ListRow(title, preview, "08:00", 0, muted=True, draft=None, bounds=whole, complete=True)

"""What was read of two namesakes as one chat's is divided when the list shows both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.kafka import Broker, Producer
from device_agent.alignment import Seen, join
from device_agent.chats import Chats
from device_agent.letterhead import Letterhead
from device_agent.namesakes import Namesakes
from device_agent.recognition import Recognition
from device_agent.shipping import Shipping
from device_agent.spool import Spool
from schemas.ledger import Opening, Row
from schemas.phone import KnownChat


class _List:
    """A list of chats with so many rows of a title."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.asked = 0

    async def rows_of(self, title: str, *, enough: int) -> int:
        self.asked += 1
        return self.rows


class Desk:
    """A chat 张伟 with a tail, and what tells its namesakes apart."""

    def __init__(self, folder: Path) -> None:
        head = Letterhead("default", "bot")
        self.spool = Spool(folder)
        self.chats = Chats(self.spool, "default")
        shipping = Shipping(self.spool, Producer(Broker("127.0.0.1:9")), head)
        recognition = Recognition(self.chats, self.spool, shipping, head)
        self.namesakes = Namesakes(self.chats, self.spool, shipping, head, recognition)
        self.chat = self.chats.enrol("张伟", "private", head.clock())

    def read(self, texts: str) -> None:
        tail = self.chats.tails[self.chat.chat_id]
        rows = tuple(Row(side="other", print=text) for text in texts)
        changed = tail.model_copy(update={"rows": rows, "seq": len(rows)})
        self.chats.put_tail(changed, produced=True)

    def shown(self, texts: str, *, unread: int = 0, all_shown: bool = False) -> KnownChat | None:
        window = [Seen(Row(side="other", print=text), words=text) for text in texts]
        tail = self.chats.tails[self.chat.chat_id]
        joined = join(tail.rows, window, unread, at_top=True, whole=tail.whole)
        return self.namesakes.whose(self.chat, window, joined, all_shown=all_shown)

    def rows_of(self, chat_id: str) -> str:
        return "".join(row.print for row in self.chats.tails[chat_id].rows)

    def other(self) -> str:
        (found,) = set(self.chats.known) - {self.chat.chat_id}
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.spool.close()


async def test_the_older_rows_keep_the_id_and_the_younger_ones_get_one(desk: Desk) -> None:
    desk.read("一二三四甲乙丙丁")
    before = desk.chats.tails[desk.chat.chat_id].epoch

    assert desk.shown("一二三四五") is None
    assert await desk.namesakes.settle(_List(2)) == {desk.chat.chat_id}

    assert desk.rows_of(desk.chat.chat_id) == "一二三四"
    assert desk.rows_of(desk.other()) == "甲乙丙丁"
    tail = desk.chats.tails[desk.chat.chat_id]
    assert tail.epoch != before
    assert tail.seq == 0  # the numbers were given to rows of both


async def test_after_it_neither_is_in_doubt(desk: Desk) -> None:
    desk.read("一二三四甲乙丙丁")
    desk.shown("一二三四五")
    await desk.namesakes.settle(_List(2))

    assert desk.shown("一二三四五") == desk.chat
    other = desk.shown("甲乙丙丁戊")
    assert other is not None
    assert other.chat_id == desk.other()


async def test_words_never_read_go_with_their_badge_to_the_namesake(desk: Desk) -> None:
    desk.read("一二三四")
    desk.chats.put_opening(desk.chat.chat_id, Opening(unread=2, preview="乙"))

    assert desk.shown("甲乙", unread=2) is None
    assert await desk.namesakes.settle(_List(2)) == {desk.other()}

    assert desk.chats.openings == {desk.other(): Opening(unread=2, preview="乙")}
    assert desk.rows_of(desk.chat.chat_id) == "一二三四"


async def test_where_the_list_has_no_other_row_the_words_are_the_chats_own(desk: Desk) -> None:
    """Its history was cleared, or more came than one scrolls back."""
    desk.read("一二三四")
    asked = _List(1)

    assert desk.shown("甲乙") is None
    assert await desk.namesakes.settle(asked) == {desk.chat.chat_id}
    assert desk.shown("甲乙") == desk.chat
    assert asked.asked == 1
    assert set(desk.chats.known) == {desk.chat.chat_id}


async def test_a_chat_of_fewer_rows_than_were_read_may_be_another_who_said_the_same(
    desk: Desk,
) -> None:
    desk.read("一二三在")

    assert desk.shown("在", all_shown=True) is None
    assert await desk.namesakes.settle(_List(2)) == {desk.other()}
    assert desk.rows_of(desk.chat.chat_id) == "一二三在"
    assert desk.shown("一二三在吗", all_shown=True) == desk.chat


async def test_where_rows_were_deleted_the_list_is_asked_once(desk: Desk) -> None:
    desk.read("一二三四")
    asked = _List(1)
    desk.shown("三四", all_shown=True)
    await desk.namesakes.settle(asked)

    assert desk.shown("三四", all_shown=True) == desk.chat
    assert desk.shown("三四五", all_shown=True) == desk.chat
    assert asked.asked == 1
    assert desk.rows_of(desk.chat.chat_id) == "三四"


async def test_after_a_crash_the_chat_in_doubt_is_opened_once_more(desk: Desk) -> None:
    desk.read("一二三四")
    desk.shown("甲乙")

    again = Chats(desk.spool, "default")

    assert set(again.openings) == {desk.chat.chat_id}


def test_words_that_continue_the_chat_ask_nobody(desk: Desk) -> None:
    desk.read("一二三四")

    assert desk.shown("三四五") == desk.chat
    assert not desk.namesakes.open

"""What a badge said before it was cleared."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_agent.chats import Chats, gone
from device_agent.spool import Spool
from schemas.ledger import Opening, Row

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.fixture
def chats(tmp_path: Path) -> Iterator[Chats]:
    spool = Spool(tmp_path / "agent")
    yield Chats(spool, "default")
    spool.close()


def test_a_badge_read_twice_counts_once(chats: Chats) -> None:
    """Whether the chat was opened in between or not, the larger one is certain, the sum is not."""
    chat = chats.enrol("小王", "private", NOW)
    tail = chats.tails[chat.chat_id].model_copy(update={"rows": (Row(side="own", print="x"),)})
    chats.put_tail(tail, produced=True)
    chats.put_opening(chat.chat_id, Opening(unread=2, preview="b"))
    chats.put_opening(chat.chat_id, Opening(unread=3, preview="c"))
    chats.put_opening(chat.chat_id, Opening(unread=1, preview="d"))

    assert chats.openings[chat.chat_id].unread == 3


def test_before_a_first_sight_the_first_badge_stands(chats: Chats) -> None:
    """From its rows on all is new, whatever came since."""
    chat = chats.enrol("小王", "private", NOW)
    chats.put_opening(chat.chat_id, Opening(unread=2, preview="b"))
    chats.put_opening(chat.chat_id, Opening(unread=5, preview="e"))

    assert chats.openings[chat.chat_id] == Opening(unread=2, preview="b")


def test_a_chat_that_was_taken_back_does_not_return_from_the_topics(tmp_path: Path) -> None:
    """They are read while the word of it is still on its way."""
    spool = Spool(tmp_path / "agent")
    chats = Chats(spool, "default")
    one, other = (chats.enrol(title, "private", NOW) for title in ("新名", "小李"))
    with spool.transaction():
        for chat in (one, other):
            chats.drop_chat(chat.chat_id)
        spool.add_event(gone(one.chat_id), "old", b"a tombstone")

    chats.adopt([one, other], [])

    assert set(chats.known) == {other.chat_id}
    spool.close()

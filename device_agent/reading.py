"""From rows read to what is to be stored: seq, events, recalls and the new tail. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from device_agent.alignment import TAIL_ROWS, Joined, Seen
from device_agent.likeness import look_of
from device_agent.mentions import mentions
from device_agent.promises import promised
from device_agent.quoting import quoted_place
from device_agent.rows import SeenRow
from device_agent.timeline import moments
from schemas.content import (
    Content,
    File,
    Link,
    Mentions,
    Quote,
    Recalled,
    SystemLine,
    Text,
)
from schemas.event import Chat, MessageRecalled, MessageReceived, Sender
from schemas.identity import event_id
from schemas.ledger import Row, Tail
from schemas.phone import KnownChat


@dataclass(frozen=True)
class Found:
    """What a read found: events in order, and the tail that goes with them."""

    events: tuple[MessageReceived | MessageRecalled, ...]
    tail: Tail


@dataclass(frozen=True)
class Known:
    """What a read knows beside the rows: the names of a group's members, those its owner answers
    to, the phone's own clock in its own zone, where it told it, and the size of the largest blob
    that is fetched (0: none is).
    """

    members: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    phone_now: datetime | None = None
    most_bytes: int = 0


_NOTHING = Known()


@dataclass(frozen=True)
class _Before:
    """The rows before one; the last of them has the number `seq`."""

    rows: Sequence[Row]
    seq: int


def seen(rows: Sequence[SeenRow]) -> list[Seen]:
    """Rows as alignment takes them."""
    return [Seen(row.row, row.recalled, words_of(row.content)) for row in rows]


def words_of(content: Content) -> str:
    """What a list preview would show of a row, as far as it is in the row."""
    if isinstance(content, Text | SystemLine):
        return content.text
    if isinstance(content, File):
        return f"[文件]{content.name}"
    if isinstance(content, Link):
        return f"[链接]{content.title}"
    return ""


def found(
    chat: KnownChat,
    tail: Tail,
    rows: Sequence[SeenRow],
    joined: Joined,
    at: datetime,
    *,
    from_top: bool = False,
    known: Known = _NOTHING,
) -> Found:
    """The events and the tail of a window that `joined` laid over `tail`; `from_top`: the window
    has every row of the chat.

    Rows before the first sight of a chat (`tail` empty, rows before `joined.start`) enter the tail
    without a number and without events: new rows are counted from 1, so that a second reading
    numbers them alike whatever of the older rows it sees.
    """
    history = [row.row for row in rows[: joined.start]] if not tail.rows else list(tail.rows)
    looks = (
        [look_of(row) for row in rows[: joined.start]] if not tail.rows else list(tail.looks_by_row)
    )
    events: list[MessageReceived | MessageRecalled] = []
    for here, there in sorted(joined.recalls.items()):
        events.extend(_recall(chat, tail, rows[here], there, at))
        history[there] = rows[here].row
        looks[there] = look_of(rows[here])
    seq = tail.seq
    doubtful = not joined.proven
    said = moments([row.said for row in rows], known.phone_now)
    for row, when in zip(rows[joined.start :], said[joined.start :], strict=True):
        seq += 1
        history.append(row.row)
        looks.append(look_of(row))
        if row.side != "own":
            event = _message(chat, tail, row, seq, at, gap=doubtful)
            told = {
                "content": promised(row, known.most_bytes),
                "quote": _quote(chat, tail, rows, row, _Before(history[:-1], seq - 1)),
                "said_at": when,
                "mentions": _mentions(chat, row, known),
            }
            events.append(event.model_copy(update=told))
            doubtful = joined.apart
    new = Tail(
        chat_id=chat.chat_id,
        account=chat.account,
        epoch=tail.epoch,
        seq=seq,
        rows=tuple(history[-TAIL_ROWS:]),
        looks=tuple(looks[-TAIL_ROWS:]),
        whole=(tail.whole if tail.rows else from_top) and len(history) <= TAIL_ROWS,
        at=at,
    )
    return Found(tuple(events), new)


def _message(
    chat: KnownChat, tail: Tail, row: SeenRow, seq: int, at: datetime, *, gap: bool
) -> MessageReceived:
    by = row.content.by if isinstance(row.content, Recalled) else None
    name = row.sender if chat.kind == "group" else chat.title
    return MessageReceived(
        event_id=_event_id(chat, tail, seq, row.row),
        channel=chat.channel,
        account=chat.account,
        observed_at=at,
        chat=Chat(chat_id=chat.chat_id, kind=chat.kind, title=chat.title),
        sender=Sender(name=(by or "") if row.side == "centre" else name),
        content=row.content,
        epoch=tail.epoch,
        seq=seq,
        gap_possible=gap,
    )


def _mentions(chat: KnownChat, row: SeenRow, known: Known) -> Mentions:
    """Whom a group message calls; in a private chat an @ calls nobody."""
    if chat.kind != "group" or not isinstance(row.content, Text):
        return Mentions()
    return mentions(row.content.text, known.members, known.own)


def _quote(
    chat: KnownChat, tail: Tail, rows: Sequence[SeenRow], row: SeenRow, before: _Before
) -> Quote | None:
    """What a row answers, with the id of that message where it is certain which one it was."""
    if row.quote is None:
        return None
    place = quoted_place(row.quote, chat, before.rows, rows)
    if place is None or before.rows[place].side == "own":
        return row.quote
    number = before.seq - (len(before.rows) - 1 - place)
    if number <= 0:
        return row.quote
    found = _event_id(chat, tail, number, before.rows[place])
    return row.quote.model_copy(update={"event_id": found})


def _recall(
    chat: KnownChat, tail: Tail, row: SeenRow, there: int, at: datetime
) -> list[MessageRecalled]:
    """The event of a row that was taken back, on the row's own seq."""
    seq = tail.seq - (len(tail.rows) - 1 - there)
    if not isinstance(row.content, Recalled):
        return []
    old = tail.rows[there]
    numbered = seq > 0 and old.side != "own"
    return [
        MessageRecalled(
            event_id=_event_id(chat, tail, max(seq, 0), row.row),
            channel=chat.channel,
            account=chat.account,
            observed_at=at,
            chat=Chat(chat_id=chat.chat_id, kind=chat.kind, title=chat.title),
            recalled_event_id=_event_id(chat, tail, seq, old) if numbered else None,
            by=row.content.by,
            epoch=tail.epoch,
            seq=max(seq, 0),
        )
    ]


def _event_id(chat: KnownChat, tail: Tail, seq: int, row: Row) -> str:
    return event_id(chat.account, chat.chat_id, tail.epoch, seq, row.print)

"""Models to records and back."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.action import Action
from schemas.content import Text
from schemas.envelope import MOST_BYTES, TYPES, decode, encode, header
from schemas.event import Chat, MessageReceived, Sender
from schemas.failure import Permanent, Poison

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def message(text: str = "你好 🐦") -> MessageReceived:
    return MessageReceived(
        event_id="e-1",
        channel="wechat",
        account="default",
        observed_at=NOW,
        chat=Chat(chat_id="c-1", title="小王"),
        sender=Sender(name="小王"),
        content=Text(text=text),
    )


@given(st.text())
def test_any_text_survives_the_way_through_a_record(text: str) -> None:
    record = encode(message(text), id="e-1", source="/test", time=NOW)

    assert decode(record.headers, record.value) == message(text)


def test_the_headers_are_cloudevents_in_binary_mode() -> None:
    record = encode(message(), id="e-1", source="/test", time=NOW, subject="c-1")

    assert header(record.headers, "ce_specversion") == "1.0"
    assert header(record.headers, "ce_id") == "e-1"
    assert header(record.headers, "ce_type") == "hongyan.message.received.v1"
    assert header(record.headers, "ce_subject") == "c-1"
    assert header(record.headers, "content-type") == "application/json"
    assert record.key == b"wechat:default:c-1"


def test_a_field_that_a_newer_sender_added_is_passed_over() -> None:
    record = encode(message(), id="e-1", source="/test", time=NOW)
    newer = orjson.dumps({**orjson.loads(record.value or b""), "mood": "glad"})

    assert decode(record.headers, newer) == message()


@pytest.mark.parametrize(
    ("headers", "value", "reason"),
    [
        ([], b"{}", "no ce_type"),
        ([("ce_type", b"hongyan.nothing.v9")], b"{}", "unknown here"),
        ([("ce_type", b"\xff\xfe")], b"{}", "no ce_type"),
        ([("ce_type", b"hongyan.message.received.v1")], None, "no value"),
        ([("ce_type", b"hongyan.message.received.v1")], b"\x00\xff", "is no hongyan"),
        ([("ce_type", b"hongyan.message.received.v1")], b'{"event_id": 1}', "event_id"),
    ],
)
def test_bytes_that_are_no_record_are_poison_and_say_why(
    headers: list[tuple[str, bytes]], value: bytes | None, reason: str
) -> None:
    with pytest.raises(Poison, match=reason):
        decode(headers, value)


def test_poison_never_quotes_what_people_wrote() -> None:
    with pytest.raises(Poison) as caught:
        decode([("ce_type", b"hongyan.message.received.v1")], b'{"event_id": ["my secret"]}')

    assert "my secret" not in str(caught.value)


def test_a_value_over_the_limit_is_refused_before_it_is_produced() -> None:
    with pytest.raises(Permanent, match="media store"):
        encode(message("好" * MOST_BYTES), id="e-1", source="/test", time=NOW)


def test_every_type_in_the_topic_table_has_a_versioned_name_of_its_own() -> None:
    assert all(name.startswith("hongyan.") and name.endswith(".v1") for name in TYPES)


def test_a_time_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="needs its offset"):
        Action(
            action_id="a",
            channel="wechat",
            account="default",
            chat_id="c",
            content=Text(text="x"),
            requested_at=datetime(2026, 1, 1),  # noqa: DTZ001  # that is the point
        )


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+08:00"])
def test_a_time_that_no_calendar_has_in_utc_is_poison_like_any_other_bad_value(at: str) -> None:
    record = encode(message(), id="e-1", source="/test", time=NOW)
    value = (record.value or b"").replace(b"2026-11-25T08:00:00Z", at.encode())
    assert at.encode() in value
    with pytest.raises(Poison, match=r"observed_at: .*1 to 9999"):
        decode(record.headers, value)

"""Ids come from their cause alone."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.identity import action_id, chat_key, event_id, office_event_id, request_id, turn_id

parts = st.text(min_size=1, max_size=12)


def test_the_published_ids_never_change() -> None:
    """A change here would answer every known event a second time after an upgrade."""
    event = event_id("default", "c-1", "ep", 7, "ab12")

    assert event == "8d9a0b27-69ed-50b1-87c6-5f26a2f4b91b"
    assert turn_id(event, "echo") == "dd3ba2bc-f717-5355-9b69-d175e188b29c"
    assert action_id(turn_id(event, "echo"), 0).endswith("/0")


@given(parts, parts, parts, st.integers(0, 10**6), parts)
def test_the_same_cause_gives_the_same_id(
    account: str, chat: str, epoch: str, seq: int, fingerprint: str
) -> None:
    first = event_id(account, chat, epoch, seq, fingerprint)

    assert first == event_id(account, chat, epoch, seq, fingerprint)
    assert first != event_id(account, chat, epoch, seq + 1, fingerprint)


def test_moving_a_letter_between_parts_gives_another_id() -> None:
    assert event_id("ab", "c", "e", 1, "f") != event_id("a", "bc", "e", 1, "f")
    assert office_event_id("webhook", "ab", "c") != office_event_id("webhook", "a", "bc")
    assert request_id("key", "one") != request_id("other", "one")


def test_a_chat_key_names_channel_account_and_chat() -> None:
    assert chat_key("wechat", "default", "c-1") == b"wechat:default:c-1"

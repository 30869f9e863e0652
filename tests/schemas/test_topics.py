"""The topic table keeps what the design promises of it."""

import pytest

from schemas.topics import ALL, CHAT_PARTITIONS, DUE, INBOUND, LEDGER, OUTBOX, PER_ACCOUNT


def test_names_follow_the_prefix_and_the_account() -> None:
    assert INBOUND.name("acme") == "acme.inbound.v1"
    assert OUTBOX.name("bot", channel="wechat", account="default") == "bot.outbox.wechat.default.v1"


@pytest.mark.parametrize("account", ["", "Upper", "a.b", "x" * 41, "空"])
def test_an_account_that_is_no_slug_never_becomes_a_topic_name(account: str) -> None:
    with pytest.raises(ValueError, match="slugs"):
        OUTBOX.name("bot", channel="wechat", account=account)


def test_every_chat_ordered_topic_has_the_same_partition_count() -> None:
    assert {topic.partitions(7) for topic in ALL if topic.chat_ordered} == {7}
    assert INBOUND.partitions() == DUE.partitions() == CHAT_PARTITIONS


def test_the_ledger_is_kept_compacted_in_one_partition() -> None:
    assert LEDGER.partitions() == 1
    assert "compact" in LEDGER.configuration()["cleanup.policy"]
    assert {topic.pattern for topic in PER_ACCOUNT} == {OUTBOX.pattern, LEDGER.pattern}


def test_every_topic_says_what_it_is_for() -> None:
    assert all(topic.about.endswith(".") for topic in ALL)

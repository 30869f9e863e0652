"""Topics are made from the table, once, and differences are told."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from connectors.kafka import Broker
from connectors.topic_setup import TopicsDiffer, ensure_topics, wanted_topics
from schemas.failure import DependencyDown
from schemas.topics import ALL, INBOUND, LEDGER
from tests.fixtures.live_server import LiveBroker, free_port

ACCOUNTS = (("wechat", "default"), ("wechat", "second"))


async def create(bootstrap: str, name: str, partitions: int, **configuration: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configuration)])
    finally:
        await admin.close()


async def test_making_the_topics_again_and_at_once_changes_nothing(
    any_broker: LiveBroker, topic_prefix: str
) -> None:
    broker, wanted = Broker(any_broker.bootstrap), wanted_topics(topic_prefix, 3, ACCOUNTS)

    await asyncio.gather(*(ensure_topics(broker, wanted) for _ in range(3)))
    await ensure_topics(broker, wanted)

    assert len(wanted) == len(ALL) + 2  # outbox and ledger of the second account


async def test_another_partition_count_is_refused_with_what_to_do(
    any_broker: LiveBroker, topic_prefix: str
) -> None:
    """Records of a chat would go to another partition, and their order with them."""
    await create(any_broker.bootstrap, INBOUND.name(topic_prefix), 5)

    with pytest.raises(TopicsDiffer, match="5 partitions, the table says 3") as caught:
        await ensure_topics(Broker(any_broker.bootstrap), wanted_topics(topic_prefix, 3, ACCOUNTS))

    assert "HONGYAN_CHAT_PARTITIONS" in str(caught.value)


async def test_a_ledger_that_is_not_compacted_is_refused(
    any_broker: LiveBroker, topic_prefix: str
) -> None:
    name = LEDGER.name(topic_prefix, channel="wechat", account="default")
    await create(any_broker.bootstrap, name, 1, **{"cleanup.policy": "delete"})

    with pytest.raises(TopicsDiffer, match=r"cleanup\.policy delete"):
        await ensure_topics(Broker(any_broker.bootstrap), wanted_topics(topic_prefix, 3, ACCOUNTS))


async def test_a_broker_that_is_away_is_said_to_be() -> None:
    with pytest.raises(DependencyDown, match="is away"):
        await ensure_topics(Broker(f"127.0.0.1:{free_port()}"), wanted_topics("bot", 3, ACCOUNTS))

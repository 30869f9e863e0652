"""Make the topics of the table, idempotently; say where the broker's differ."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from connectors.kafka import Broker
from schemas.failure import DependencyDown, Permanent
from schemas.topics import PER_ACCOUNT, SHARED, Topic

_LOOKS = 40
_PAUSE = 0.25  # seconds


@dataclass(frozen=True)
class Wanted:
    """A topic as it should stand on the broker."""

    name: str
    partitions: int
    configuration: dict[str, str]


class TopicsDiffer(Permanent):
    """A topic stands on the broker otherwise than in the table; `differences` says how."""

    def __init__(self, differences: list[str]) -> None:
        """Each difference is a sentence that names the topic and the remedy."""
        super().__init__(
            "the broker's topics differ from the table:\n  " + "\n  ".join(differences)
        )
        self.differences = differences


def wanted_topics(
    prefix: str, chat_partitions: int, accounts: tuple[tuple[str, str], ...]
) -> list[Wanted]:
    """The topics for these (channel, account) pairs. Pure."""

    def one(topic: Topic, channel: str = "", account: str = "") -> Wanted:
        return Wanted(
            topic.name(prefix, channel=channel, account=account),
            topic.partitions(chat_partitions),
            topic.configuration(),
        )

    return [one(topic) for topic in SHARED] + [
        one(topic, channel, account) for channel, account in accounts for topic in PER_ACCOUNT
    ]


async def ensure_topics(broker: Broker, wanted: list[Wanted], *, replication: int = 1) -> None:
    """Create what is missing and compare the rest.

    Partition counts are never changed here: with another count a chat's records would move to
    another partition, and its order with them.

    Raises:
        DependencyDown: the broker cannot be reached.
        TopicsDiffer: partition count or cleanup policy is not the table's.

    """
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap, request_timeout_ms=10_000)
    try:
        await admin.start()
        try:
            await _create(admin, wanted, replication)
            await _settled(admin, wanted)
            differences = await _differences(admin, wanted)
        finally:
            await admin.close()
    except (KafkaError, OSError) as error:
        raise DependencyDown(f"the broker at {broker.bootstrap} is away: {error!r}") from error
    if differences:
        raise TopicsDiffer(differences)


async def missing_topics(broker: Broker, names: Iterable[str]) -> list[str]:
    """Those of these topics that the broker does not have; asking makes none.

    Raises:
        DependencyDown: the broker cannot be reached.

    """
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap, request_timeout_ms=10_000)
    try:
        await admin.start()
        try:
            existing = set(await admin.list_topics())
        finally:
            await admin.close()
    except (KafkaError, OSError) as error:
        raise DependencyDown(f"the broker at {broker.bootstrap} is away: {error!r}") from error
    return [name for name in names if name not in existing]


async def _create(admin: AIOKafkaAdminClient, wanted: list[Wanted], replication: int) -> None:
    existing = set(await admin.list_topics())
    missing = [topic for topic in wanted if topic.name not in existing]
    if not missing:
        return
    answer = await admin.create_topics(
        [
            NewTopic(
                name=topic.name,
                num_partitions=topic.partitions,
                replication_factor=replication,
                topic_configs=topic.configuration,
            )
            for topic in missing
        ]
    )
    for name, code, *_ in answer.topic_errors:
        failure = for_code(code)
        if code != 0 and failure is not TopicAlreadyExistsError:  # another process was faster
            raise failure(f"topic {name}")


async def _settled(admin: AIOKafkaAdminClient, wanted: list[Wanted]) -> None:
    """Wait until the broker describes what was just created with its partitions: Kafka answers the
    creation before its metadata knows of it. What is wrong after that is a difference.
    """
    names = [topic.name for topic in wanted]
    for _ in range(_LOOKS):
        described = await admin.describe_topics(names)
        if all(entry["error_code"] == 0 and entry["partitions"] for entry in described):
            return
        await asyncio.sleep(_PAUSE)


async def _differences(admin: AIOKafkaAdminClient, wanted: list[Wanted]) -> list[str]:
    described = await admin.describe_topics([topic.name for topic in wanted])
    counts = {entry["topic"]: len(entry["partitions"]) for entry in described}
    policies = await _cleanup_policies(admin, wanted)
    found = []
    for topic in wanted:
        count = counts.get(topic.name, 0)
        if count != topic.partitions:
            found.append(
                f"{topic.name} has {count} partitions, the table says {topic.partitions}: set "
                f"HONGYAN_CHAT_PARTITIONS to the broker's count, or use another topic prefix"
            )
        policy = policies.get(topic.name)
        if policy is not None and set(policy.split(",")) != set(
            topic.configuration["cleanup.policy"].split(",")
        ):
            found.append(
                f"{topic.name} has cleanup.policy {policy}, the table says "
                f"{topic.configuration['cleanup.policy']}: alter the topic's configuration"
            )
    return found


async def _cleanup_policies(admin: AIOKafkaAdminClient, wanted: list[Wanted]) -> dict[str, str]:
    answers = await admin.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in wanted]
    )
    return {
        resource[3]: entry[1]
        for answer in answers
        for resource in answer.resources
        for entry in resource[4]
        if entry[0] == "cleanup.policy"
    }

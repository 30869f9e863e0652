"""`hongyan topics`: make the topics of the table, or list a broker's."""

import asyncio
import json
from typing import Any

import click

_KAFKA = click.option(
    "--kafka", metavar="HOST:PORT", help="The broker; default: HONGYAN_KAFKA or hongyan.toml."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="JSON.")


@click.group()
def topics() -> None:
    """Make the topics of the table, or list them.

    按主题表创建主题，或列出主题。

    \b
    Examples:
      hongyan topics ensure --kafka kafka:9092
      hongyan topics list --json
    """


@topics.command()
@_KAFKA
@_JSON
def ensure(*, kafka: str | None, as_json: bool) -> None:
    """Create what is missing; say where the broker's topics differ (exit 1).

    创建缺少的主题；若与表不一致则报告。

    \b
    Examples:
      hongyan topics ensure --kafka kafka:9092
      HONGYAN_ACCOUNTS=shop,home hongyan topics ensure
    """
    from connectors.kafka import Broker
    from connectors.topic_setup import ensure_topics
    from hongyan.wording import sentence

    settings, wanted = _wanted(kafka)
    asyncio.run(ensure_topics(Broker(settings.kafka), wanted, replication=settings.replication))
    if as_json:
        click.echo(json.dumps([topic.name for topic in wanted]))
    else:
        click.echo(sentence("topics_ready", count=len(wanted)))


@topics.command("list")
@_KAFKA
@_JSON
def list_them(*, kafka: str | None, as_json: bool) -> None:
    """List the table's topics, and whether the broker has each.

    列出表中的主题，以及消息代理上是否存在。

    \b
    Examples:
      hongyan topics list
      hongyan topics list --json --kafka 127.0.0.1:9092
    """
    from aiokafka.errors import KafkaError

    from hongyan.cli import fail
    from hongyan.following import topic_names
    from hongyan.wording import sentences

    settings, wanted = _wanted(kafka)
    try:
        there = set(asyncio.run(topic_names(settings.kafka)))
    except (KafkaError, OSError):
        fail(sentences("broker_away", kafka=settings.kafka))
    if as_json:
        click.echo(json.dumps([_as_object(topic, there) for topic in wanted]))
        return
    for topic in wanted:
        mark = "✓" if topic.name in there else "—"
        policy = topic.configuration["cleanup.policy"]
        click.echo(f"{mark} {topic.name:<36} {topic.partitions:>3}  {policy}")


def _as_object(topic: Any, there: set[str]) -> dict[str, object]:
    return {
        "name": topic.name,
        "partitions": topic.partitions,
        "configuration": topic.configuration,
        "exists": topic.name in there,
    }


def _wanted(kafka: str | None) -> tuple[Any, list[Any]]:
    """The settings and the table's topics for the accounts they name."""
    from connectors.settings import CommonSettings
    from connectors.topic_setup import wanted_topics

    settings = CommonSettings(kafka=kafka) if kafka else CommonSettings()
    accounts = tuple(("wechat", name) for name in settings.account_names)
    return settings, wanted_topics(settings.topic_prefix, settings.chat_partitions, accounts)

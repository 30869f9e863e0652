"""`hongyan tail`: follow topics as they grow."""

import asyncio
import contextlib
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import click

_DEFAULT = ("inbound", "outbox", "receipts")


@click.command()
@click.option(
    "--topic",
    "topics",
    multiple=True,
    help="inbound, outbox, receipts, ledger, dlq … or a full name; may be given again.",
)
@click.option("--chat", metavar="TITLE|ID", help="This chat alone.")
@click.option("--from-start", is_flag=True, help="From the oldest record, not from now on.")
@click.option("--limit", type=click.IntRange(1), help="End after so many records.")
@click.option("--kafka", metavar="HOST:PORT", help="The broker; default: the running `hongyan up`.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Folder of the running `hongyan up`.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, bytes and all.")
def tail(
    *,
    topics: tuple[str, ...],
    chat: str | None,
    from_start: bool,
    limit: int | None,
    kafka: str | None,
    data: Path,
    as_json: bool,
) -> None:
    """Follow topics: one line a record, as they come.

    跟踪主题，每条记录一行。

    Reads without a consumer group, so it disturbs nobody. Without --topic: inbound, outbox and
    receipts. Ctrl-C ends it.

    \b
    Examples:
      hongyan tail
      hongyan tail --chat 小王 --from-start
      hongyan tail --topic receipts --json | jq .value.state
      hongyan tail --topic bot.dlq.v1 --kafka 127.0.0.1:9092 --from-start --limit 10
    """
    from hongyan.running_stack import find_running

    broker = kafka or find_running(data, "--kafka HOST:PORT").kafka
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(_follow(broker, topics or _DEFAULT, chat, limit, from_start, as_json=as_json))


async def _follow(
    kafka: str,
    topics: tuple[str, ...],
    chat: str | None,
    limit: int | None,
    from_start: bool,  # the option's own name
    *,
    as_json: bool,
) -> None:
    from hongyan.following import Follower
    from hongyan.record_line import Acquaintance, as_object, is_of_chat, line

    prefix = await _prefix(kafka, topics)
    wanted = wanted_pattern(topics, prefix)
    # Titles and texts of what is only named by id stand in these; read too, but not shown.
    learnt = wanted_pattern(("inbound", "outbox", "contacts"), prefix)
    pattern = wanted if as_json and chat is None else f"{wanted}|{learnt}"
    known, shown = Acquaintance(), 0
    async for record in Follower(kafka, pattern, from_start=from_start).records():
        known.learn(record)
        if not re.fullmatch(wanted, record.topic):
            continue
        if chat is not None and not is_of_chat(record, chat, known):
            continue
        if as_json:
            click.echo(json.dumps(as_object(record), ensure_ascii=False))
        else:
            click.echo(line(record, known, datetime.now().astimezone()))
        shown += 1
        if shown == limit:
            return


async def _prefix(kafka: str, topics: tuple[str, ...]) -> str:
    """The prefix of topic names; fails when the broker is away or knows no such topic."""
    from aiokafka.errors import KafkaError

    from connectors.settings import CommonSettings
    from hongyan.cli import fail
    from hongyan.following import matching, topic_names
    from hongyan.wording import sentences

    prefix: str = CommonSettings().topic_prefix
    try:
        names = await topic_names(kafka)
    except (KafkaError, OSError):
        fail(sentences("broker_away", kafka=kafka))
    for topic in topics:
        if not matching(names, wanted_pattern((topic,), prefix)):
            fail(sentences("no_such_topic", topic=topic, known=" ".join(names)))
    return prefix


def wanted_pattern(topics: tuple[str, ...], prefix: str) -> str:
    """A regular expression of full names for short ones (`outbox`: every outbox) and full ones."""
    parts: list[Any] = []
    for topic in topics:
        name = re.escape(topic)
        parts.append(rf"{name}|{re.escape(prefix)}\.{name}(\..+)?\.v\d+")
    return "|".join(parts)

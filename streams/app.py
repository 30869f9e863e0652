"""The Faust app: two agents, bot.inbound and bot.due, that feed the lanes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import faust
from faust.transport.drivers import TRANSPORTS
from faust.types import TP
from loguru import logger
from mode.supervisors import CrashingSupervisor

from connectors.settings import WorkerSettings
from schemas.topics import DUE, INBOUND
from streams.acks import Acks, Partition
from streams.transport import SCHEME, Stream

Take = Callable[[Any], Awaitable[None]]

TRANSPORTS.aliases[SCHEME] = "streams.transport:Transport"


class App(faust.App):
    """Faust's app with what our consumer needs."""

    acks: Acks
    revoking: Callable[[set[TP]], Awaitable[None]]

    def _create_directories(self) -> None:
        """It keeps no tables, so it needs no data folder."""


class SplitAssignment(RuntimeError):
    """The worker owns different partitions of bot.inbound and bot.due."""


def build_app(
    settings: WorkerSettings,
    acks: Acks,
    take: Take,
    revoking: Callable[[set[TP]], Awaitable[None]],
    assigned: Callable[[], None],
) -> App:
    """The app; its group is `<prefix>-worker`, its member name the worker's id.

    `assigned` is called after each assignment, which is checked: both topics' records of a chat
    must come to one worker.
    """
    app = App(
        f"{settings.topic_prefix}-worker",
        broker=[f"{SCHEME}://{server.strip()}" for server in settings.kafka.split(",")],
        Stream=Stream,
        agent_supervisor=CrashingSupervisor,
        autodiscover=False,
        broker_commit_interval=0.5,
        broker_heartbeat_interval=2.0,
        broker_max_poll_interval=timedelta(days=1).total_seconds(),
        broker_max_poll_records=1000,
        broker_session_timeout=10.0,
        consumer_group_instance_id=settings.worker_id,
        consumer_metadata_max_age_ms=10_000,
        cython_optimizations=True,
        key_serializer="raw",
        value_serializer="raw",
        stream_buffer_maxsize=1000,
        stream_wait_empty=False,
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
    app.acks, app.revoking = acks, revoking
    names = {topic.name(settings.topic_prefix) for topic in (INBOUND, DUE)}
    for name in sorted(names):
        _agent(app, name, take)

    async def check(_app: Any, partitions: set[TP], **_: Any) -> None:
        owned = same_numbers({(tp.topic, tp.partition) for tp in partitions}, names)
        logger.info("partitions {} of {}", owned, sorted(names))
        assigned()

    connect: Any = app.on_partitions_assigned.connect  # typed for any signal, not for this one
    connect(check)
    return app


def same_numbers(partitions: set[Partition], names: set[str]) -> list[int]:
    """The partition numbers owned, the same of each topic. Pure.

    Raises:
        SplitAssignment: they differ.

    """
    owned = {name: sorted(n for topic, n in partitions if topic == name) for name in names}
    first, *others = owned.values()
    if any(numbers != first for numbers in others):
        raise SplitAssignment(f"different partitions of topics that belong together: {owned}")
    return first


def _agent(app: App, name: str, take: Take) -> None:
    topic = app.topic(name, key_serializer="raw", value_serializer="raw", value_type=bytes)

    @app.agent(topic, name=f"take {name}")
    async def agent(stream: Any) -> None:
        async for event in stream.events():
            await take(event.message)


async def crashed(app: App) -> None:
    """Return when the app has crashed."""
    await app._crashed.wait()  # noqa: SLF001  # mode has no other way to wait for it
    await asyncio.sleep(0)

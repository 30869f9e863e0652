"""Our Faust transport, `hongyan://HOST:PORT`: the aiokafka driver with its known faults mended.

It overrides private methods of faust-streaming 0.15.3, the version pinned in `pyproject.toml`;
`tests/streams/test_transport.py` holds the source of each to what was read when this was written,
so that an upgrade forces a look. Each override names what it answers upstream.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Iterator, Mapping
from typing import Any

import aiokafka
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.streams import Stream as FaustStream
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from loguru import logger

from streams.acks import Acks

SCHEME = "hongyan"

Revoked = Callable[[set[TP]], Awaitable[None]]


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that talks to the broker."""

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        """Range instead of round robin, which gives a member different partition numbers of two
        topics, and a chat's two topics to two workers (read in 0.15.3; no setting for it).
        """
        conf = self.app.conf
        self._assignor = RangePartitionAssignor
        return aiokafka.AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            bootstrap_servers=driver.server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[RangePartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=conf.broker_max_poll_records,
            max_poll_interval_ms=int(conf.broker_max_poll_interval * 1000.0),
            max_partition_fetch_bytes=conf.consumer_max_fetch_size,
            fetch_max_wait_ms=1500,
            request_timeout_ms=int(conf.broker_request_timeout * 1000.0),
            session_timeout_ms=int(conf.broker_session_timeout * 1000.0),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000.0),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000.0),
            metadata_max_age_ms=conf.consumer_metadata_max_age_ms,
            connections_max_idle_ms=conf.consumer_connections_max_idle_ms,
        )

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """A commit that fails is tried again by the next one; upstream crashes the worker when the
        broker is away for a moment (faust #523, #175).
        """
        assigned = self.assignment()
        wanted = {
            TopicPartition(tp.topic, tp.partition): OffsetAndMetadata(offset, "")
            for tp, offset in offsets.items()
            if tp in assigned
        }
        try:
            await self._ensure_consumer().commit(wanted)
        except (KafkaError, IllegalStateError) as error:
            logger.warning("offsets stay uncommitted for now: {}", repr(error))
            return False
        return len(wanted) == len(offsets)


class Consumer(driver.Consumer):
    """Commits each partition's contiguous prefix, and nothing that is in flight."""

    app: Any  # `streams.app.App`, which Faust's own types do not know
    acks: Acks
    revoking: Revoked

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The app (`streams.app`) fills in `acks` and `revoking` before it starts."""
        super().__init__(*args, **kwargs)
        self.acks = self.app.acks
        self.revoking = self.app.revoking
        self._held: set[TP] = set()

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # --- commit arithmetic: faust #606, PR #707 --------------------------------------------------

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        for partition in self.acks.partitions():
            tp = TP(*partition)
            if topics is None or tp in topics or tp.topic in topics:
                yield tp

    def _new_offset(self, tp: TP) -> int | None:
        """The first unfinished record; upstream is off by one and commits past it."""
        return self.acks.committable(tp)

    async def _commit_tps(self, tps: Iterable[TP], start_new_transaction: bool) -> bool:
        """Note as committed only what was; upstream notes a failed commit too (read in 0.15.3)."""
        offsets = self._filter_committable_offsets(tps)
        if not offsets or not await self._commit(offsets):
            return False
        # A rebalance may have come meanwhile; then these are another assignment's.
        assigned = self.assignment()
        self._committed_offset.update({tp: o for tp, o in offsets.items() if tp in assigned})
        self.app.monitor.on_tp_commit(offsets)
        return True

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Holes need no book-keeping: `Acks` counts the records that came."""

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let runs end and commit them before the offsets are forgotten; upstream forgets first,
        and so repeats what was done since the last commit.
        """
        self.stop_flow()
        self.app.flow_control.suspend()
        self.app.flow_control.clear()
        await self.revoking(revoked)
        await self.commit()
        self.acks.forget()
        self._held.clear()
        await super().on_partitions_revoked(revoked)

    def begun(self, tp: TP) -> int | None:
        """The committed offset this assignment began at, or has reached since."""
        return self._committed_offset[tp]

    # --- pausing one partition ---------------------------------------------------------------

    def hold(self, tp: TP) -> None:
        """Fetch no more of a partition for now. What was fetched still comes: `pause_partitions`
        would drop it, and its offsets with it (read in 0.15.3, `getmany`).
        """
        self._held.add(tp)
        self.on_buffer_full(tp)

    def let_go(self, tp: TP) -> None:
        """Fetch it again."""
        if tp in self._held:
            self._held.discard(tp)
            self.on_buffer_drop(tp)

    def on_buffer_drop(self, tp: TP) -> None:
        """A queue with room again does not resume a partition that is held."""
        if tp not in self._held:
            super().on_buffer_drop(tp)

    # --- the drain loop: robinhood/faust #563 -----------------------------------------------------

    async def wait_first(self, *coros: Any, timeout: Any = None) -> Any:  # noqa: ASYNC109  # theirs
        """The drain loop calls this for each message; most callbacks never wait for anything, so
        drive them once here and make tasks only for those that do (2 tasks a message upstream).
        """
        first = coros[0]
        if timeout is None and len(coros) == 2 and asyncio.iscoroutine(first):
            try:
                waits_for = first.send(None)
            except StopIteration:
                coros[1].close()
                return None
            return await super().wait_first(_started(first, waits_for), coros[1])
        return await super().wait_first(*coros, timeout=timeout)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """`streams.watchdog` asks the broker instead; this one cries wolf (faust #166)."""


class _Started:
    """The rest of a coroutine that was driven to its first wait."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, Any]:
        waits_for = self._waits_for
        while True:
            thrown: BaseException | None = None
            try:
                yield waits_for
            except BaseException as error:  # noqa: BLE001  # it belongs to the coroutine, all of it
                thrown = error
            try:
                waits_for = (
                    self._coroutine.send(None) if thrown is None else self._coroutine.throw(thrown)
                )
            except StopIteration as end:
                return end.value


async def _started(coroutine: Coroutine[Any, Any, Any], waits_for: Any) -> Any:
    return await _Started(coroutine, waits_for)


class Transport(driver.Transport):
    """Chosen by `broker="hongyan://…"`."""

    Consumer = Consumer


class Stream(FaustStream[Any]):
    """A stream whose `events` reads its queue directly: no sleep for each message, no ack."""

    async def events(self) -> Any:
        """The events of the current assignment, each counted by Faust's sensors.

        Upstream sleeps once for each message, and marks it acked when the next is asked for, even
        after an exception (faust #527, #315); here acking is the lanes' business.
        """
        channel: Any = self.channel
        queue = channel.queue
        entered = self._on_stream_event_in
        app: Any = self.app
        since_pause = 0
        await self.maybe_start()
        while not self.should_stop:
            if queue._errors or queue.empty():  # noqa: SLF001  # as Faust's own iterator does
                try:
                    event, since_pause = await channel.__anext__(), 0
                except StopAsyncIteration:  # the topic is being closed
                    return
            else:
                event = queue.get_nowait()
                since_pause += 1
            message = event.message
            current = message.generation_id == app.consumer_generation_id
            if not current or not app.flow_control.is_active():
                continue
            message.tracked = True
            entered(message.tp, message.offset, self, event)
            yield event
            if since_pause >= 64:
                since_pause = 0
                await asyncio.sleep(0)

"""Our Faust transport, `hongyan://HOST:PORT`: the aiokafka driver with its known faults mended.

It overrides private methods of faust-streaming 0.15.3, the version pinned in `pyproject.toml`;
`tests/streams/test_transport.py` holds the source of each to what was read when this was written,
so that an upgrade forces a look. Each override names what it answers upstream.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import aiokafka
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.events import Event
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
            **driver.credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context),
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
        if not wanted:  # which the library refuses with a ValueError
            return False
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
        self._droppers: dict[TP, Callable[[], None]] = {}

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
        self._buffered_partitions.clear()
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

    async def _drain_messages(self, fetcher: Any) -> None:
        """Records go into the agents' queues directly; upstream makes two tasks and a timer for
        each. A full queue is waited for, a rebalance ends the wait.
        """
        try:
            while not (self.should_stop or fetcher.should_stop):
                records, _ = await self._wait_next_records(1.0)
                if records and not self.should_stop:
                    await self._deliver(records)
                await asyncio.sleep(0)
        except self.consumer_stopped_errors:
            if not self.transport.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.transport.app.should_stop:
                raise

    async def _deliver(self, records: Mapping[TP, list[Any]]) -> None:
        generation = self.app.consumer_generation_id
        for place, batch in records.items():
            tp = TP(*place)  # aiokafka's own class will not do for Faust's sets
            (channel,) = self.app.topics._tp_index[tp] or (None,)  # noqa: SLF001  # as conductor
            for record in batch:
                # The rest comes again: each assignment begins with a seek to what is committed.
                if not self.flow_active or self.app.consumer_generation_id != generation:
                    return
                if channel is None:
                    raise LookupError(f"no agent reads {tp}")
                await self._pass(tp, record, channel.queue)
            await asyncio.sleep(0)

    async def _pass(self, tp: TP, record: Any, queue: Any) -> None:
        read = self._read_offset[tp]
        if read is not None and record.offset < read:
            return  # a seek went ahead of what was fetched before it
        message = self._to_message(tp, record)
        event = Event(self.app, message.key, message.value, None, message)
        if queue.full():
            await self.wait_first(queue.put(event), self.suspend_flow.wait())
        else:
            queue.put_nowait_enhanced(
                event,
                on_pressure_high=partial(self.on_buffer_full, tp),
                on_pressure_drop=self._dropping(tp),
            )
        self._read_offset[tp] = record.offset

    def _dropping(self, tp: TP) -> Callable[[], None]:
        """The same function for the same partition: the queue keeps a set of them."""
        function = self._droppers.get(tp)
        if function is None:
            function = self._droppers[tp] = partial(self.on_buffer_drop, tp)
        return function

    def verify_event_path(self, now: float, tp: TP) -> None:
        """`streams.watchdog` asks the broker instead; this one cries wolf (faust #166)."""


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

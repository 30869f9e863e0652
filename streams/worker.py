"""The worker: its parts put together, started, watched and stopped."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from random import Random
from typing import Any, cast

from aiokafka.errors import KafkaError
from faust.types import TP
from loguru import logger

from connectors.database import is_of_other_tables, migrate_patiently, open_engine
from connectors.gates import GateStore
from connectors.journals import JournalStore
from connectors.kafka import Broker, Producer
from connectors.liveness import Liveness, Look
from connectors.logs import quiet_libraries
from connectors.media.address import open_store
from connectors.media.store import MediaStore
from connectors.outside_http import OutsideHttp
from connectors.plugin_controls import PluginControls
from connectors.questions import QuestionStore
from connectors.schedules import ScheduleStore
from connectors.settings import WorkerSettings
from connectors.shared_values import SharedStore
from connectors.timers import Timers
from connectors.topic_setup import ensure_topics, wanted_topics
from connectors.turns import TurnStore
from plugins.http import HttpAnswer, HttpRequest, Troubled
from plugins.library import Library
from schemas.failure import DependencyDown
from streams import measures
from streams.acks import Acks
from streams.app import App, build_app, crashed
from streams.breakers import Breakers
from streams.desk import Clocks, Desk
from streams.destinations import Destinations, topic_names
from streams.intake import Intake
from streams.limits import Limits
from streams.loop_watch import LoopWatch
from streams.outputs import Outputs
from streams.parking import Parking
from streams.patience import Patience
from streams.process_lane import ProcessLane
from streams.questioning import Questioning
from streams.recall import Left, Recall
from streams.reloading import Reloading
from streams.remembered import States
from streams.respond import Responder, utc_now
from streams.retry_policy import RetryPolicy
from streams.scheduling import declared
from streams.shelf import Shelf
from streams.sourcing import Sourcing
from streams.transport import Consumer
from streams.watchdog import Watchdog

DRAIN_S = 5.0
"""What a running plugin gets at a hand-over or a stop; the run's own limit is another matter."""

_STUCK_S = 60.0
_LOOK_S = 5.0


class Stuck(RuntimeError):
    """There is lag, nothing moves and nothing is being worked on: only a new process helps."""


class Worker:
    """Plugins between bot.inbound and the outboxes.

    `start` waits for the broker and the database; `broken` ends with what killed it.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        *,
        stuck_after: float = _STUCK_S,
        policy: RetryPolicy | None = None,
        liveness: Liveness | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Nothing is opened yet; `liveness` hears of each look of the watchdog, `now` is the wall's
        clock.
        """
        self._liveness = liveness or Liveness(time.monotonic)
        self._now = now
        self._settings = settings
        self._stuck_after = stuck_after
        self._engine = open_engine(settings.postgres.get_secret_value())
        self._store = TurnStore(self._engine, settings.topic_prefix)
        self._journals = JournalStore(self._engine)
        self._outside = OutsideHttp()
        self._breakers = Breakers(time.monotonic)
        self._producer = Producer(Broker(settings.kafka), linger_ms=0)
        self._patience = Patience(Random())  # noqa: S311  # jitter
        self._states = States(self._state)
        self._recall = Recall(self._unfinished)
        store = open_store(settings)
        self._shelf = Shelf(store)
        self._sourcing = self._what_runs_read(store)
        self._outputs = Outputs(
            settings.topic_prefix,
            self._producer,
            Destinations(settings.topic_prefix, topic_names(settings.kafka), time.monotonic),
            self._shelf,
        )
        self._acks = Acks()
        self._limits = Limits(time.monotonic)
        self._processes = ProcessLane()
        self._policy = policy or RetryPolicy()
        self._parking = self._parked()
        self._asks = QuestionStore(self._engine)
        self._questions = Questioning(
            settings.topic_prefix,
            self._asks,
            patience=self._patience,
            now=now,
            end=self._end_of,
        )
        self._failure: asyncio.Future[BaseException] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.assigned = asyncio.Event()
        self._reloading = self._reloaded()
        self._intake = Intake(
            self._acks,
            self._recall,
            self._responder().respond,
            self._failed,
            lanes=settings.lanes,
        )
        self.app: App = build_app(
            settings, self._acks, self._intake.take, self._revoking, self.assigned.set
        )

    async def start(self) -> None:
        """Make topics and tables, then consume.

        Raises:
            TopicsDiffer: the broker's topics are not the table's.

        """
        self._failure = asyncio.get_running_loop().create_future()
        await self._topics()
        await migrate_patiently(self._settings.postgres.get_secret_value())
        await self._producer.start()
        await self._reloading.begin(self._patience.wait_for)
        self._background(self._reloading.keep(), "plugins")
        self._background(self._outputs.write_runs(), "runs")
        self._background(self._flush(), "marks")
        self._background(self._limits.keep(), "limits")
        self._background(LoopWatch(self._limits.named).keep(time.monotonic), "loop watch")
        await self.app.start()
        quiet_libraries()
        self._intake.tap = cast(Consumer, self.app.consumer)
        self._background(crashed(self.app), "crash", self._crashed)
        self._background(self._watch(), "watchdog")

    async def declare_schedules(self) -> None:
        """Store what the loaded plugins declare with `@on_schedule`, and end what they no longer
        do; called again whenever the instances change.
        """
        settings = self._settings
        wanted = declared(self._reloading.roster.instances, settings.account_names, self._now())
        store = ScheduleStore(self._engine, settings.topic_prefix)
        await self._patience.wait_for("a plugin", lambda: store.declare(wanted, self._now()))

    async def broken(self) -> BaseException:
        """Wait for the fault after which only a new process helps."""
        assert self._failure is not None  # noqa: S101  # `start` came first
        return await asyncio.shield(self._failure)

    async def stop(self, patience: float = DRAIN_S) -> None:
        """Let running plugins end, commit what is done, leave the rest to the next owner."""
        consumer = self.app._consumer  # noqa: SLF001  # the property would make one
        if consumer is not None:
            consumer.stop_flow()
            self.app.flow_control.suspend()
        await self._intake.close(patience)
        self._processes.close()
        if consumer is not None and self.app.started:
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(consumer.commit(), 1)
        for task in self._tasks:
            task.cancel()
        with suppress(Exception):  # what stays unmarked is produced again, and dropped by sinks
            await asyncio.wait_for(self._store.flush(), 0.5)
        if self.app.started:
            with suppress(Exception):  # it is going away, and everything done is committed
                await asyncio.wait_for(self.app.stop(), 2)
        await self._outside.close()
        await self._sourcing.close()
        await self._producer.stop()
        await self._engine.dispose()

    def _what_runs_read(self, store: MediaStore) -> Sourcing:
        return Sourcing(
            self._settings,
            self._engine,
            store,
            self._producer,
            through=self._breakers.through,
            patience=self._patience,
            now=self._now,
        )

    def _parked(self) -> Parking:
        prefix = self._settings.topic_prefix
        return Parking(
            prefix,
            GateStore(self._engine, prefix),
            self._outputs,
            Timers(self._engine),
            patience=self._patience,
            now=self._now,
            policy=self._policy,
        )

    def _reloaded(self) -> Reloading:
        settings = self._settings
        return Reloading(
            Library(settings.plugin_folders),
            PluginControls(self._engine, settings.topic_prefix),
            worker=settings.worker_id,
            hot=settings.hot_reload,
            now=self._now,
            alarm=self._outputs.alarm,
            follow=self.declare_schedules,
        )

    def _responder(self) -> Responder:
        desk = Desk(
            store=self._store,
            journals=self._journals,
            shelf=self._shelf,
            owner=self._parking.owner,
            questions=self._questions,
            shared=SharedStore(self._engine, self._settings.topic_prefix),
            outputs=self._outputs,
            states=self._states,
            patience=self._patience,
            clocks=Clocks(self._now, time.monotonic),
            limits=self._limits,
            fetch=self._fetch,
            through=self._breakers.through,
            policy=self._policy,
            run_seconds=self._settings.run_seconds,
            processes=self._processes,
            sources=self._sourcing.sources,
        )
        roster, quarantine = self._reloading.roster, self._reloading.quarantine
        return Responder(roster, quarantine, desk, recall=self._recall, parking=self._parking)

    async def _fetch(self, asked: HttpRequest) -> HttpAnswer:
        async def ask() -> HttpAnswer:
            got = await self._outside.fetch(
                asked.method,
                asked.url,
                asked.headers,
                asked.body,
                asked.seconds,
                passes=asked.passes,
            )
            answer = HttpAnswer(*got)
            if answer.tells_of_trouble:
                raise Troubled(answer)
            return answer

        try:
            return await self._breakers.through(asked.host, ask)
        except Troubled as troubled:
            return troubled.answer

    async def _revoking(self, _revoked: Any) -> None:
        await self._intake.hand_back(DRAIN_S)
        self._states.forget()
        self._parking.forget()
        self._questions.forget()

    async def _end_of(self, topic: str, partition: int) -> int:
        place = TP(topic, partition)
        try:
            async with asyncio.timeout(_LOOK_S):
                ends = await cast(Consumer, self.app.consumer).highwaters(place)
        except (KafkaError, TimeoutError) as error:
            raise DependencyDown(f"the end of {place} cannot be asked for") from error
        return int(ends[place])

    def _failed(self, error: BaseException) -> None:
        logger.opt(exception=error).error("the worker is broken: {}", repr(error))
        if is_of_other_tables(error):
            logger.error(
                "the database's tables are of another version of Hongyan: start the version that "
                "made them (docs/operate/upgrade.md). Nothing is lost meanwhile"
            )
        if self._failure is not None and not self._failure.done():
            self._failure.set_result(error)

    def _crashed(self) -> None:
        self._failed(self.app.crash_reason or RuntimeError("Faust crashed"))

    def _background(self, work: Any, name: str, then: Callable[[], None] | None = None) -> None:
        def ended(task: asyncio.Task[None]) -> None:
            if task.cancelled():
                return
            if (error := task.exception()) is not None:
                self._failed(error)
            elif then is not None:
                then()

        task = asyncio.create_task(work, name=name)
        task.add_done_callback(ended)
        self._tasks.append(task)

    async def _topics(self) -> None:
        settings = self._settings
        accounts = tuple(("wechat", name) for name in settings.account_names)
        wanted = wanted_topics(settings.topic_prefix, settings.chat_partitions, accounts)
        await self._patience.wait_for(
            "the start",
            lambda: ensure_topics(Broker(settings.kafka), wanted, replication=settings.replication),
        )

    async def _state(self, instance: str, lane: str) -> Any:
        return await self._patience.wait_for("a run", lambda: self._store.state(instance, lane))

    async def _unfinished(self, topic: str, partition: int, offset: int) -> Left:
        turns = await self._patience.wait_for(
            "a partition", lambda: self._store.unfinished(topic, partition, offset)
        )
        journals = await self._patience.wait_for(
            "a partition", lambda: self._journals.at_or_after(topic, partition, offset)
        )
        ended = await self._patience.wait_for(
            "a partition", lambda: self._asks.ended_by(topic, partition, offset, self._now())
        )
        return Left(turns, journals, {q.answer_event_id or "": q.turn_id for q in ended})

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(1)
            # Unmarked turns are only produced once more after a crash; the next second tries again.
            with suppress(DependencyDown):
                await self._store.flush()

    def _told(self, lag: int, still: float) -> None:
        """Say on `/healthz` that it stands still well before it is ended for that."""
        measures.STILL.set(still)
        trouble = None
        if still > self._stuck_after / 2:
            trouble = f"nothing has moved for {still:.0f} s, though records wait"
        self._liveness.note(Look(trouble, lag, still))

    async def _watch(self) -> None:
        watchdog = Watchdog(self._stuck_after)
        while True:
            await asyncio.sleep(min(_LOOK_S, self._stuck_after / 2))
            consumer = cast(Consumer, self.app.consumer)
            partitions = consumer.assignment()
            self._liveness.note(Look(None))
            if self.app.rebalancing or not partitions:
                continue
            try:
                async with asyncio.timeout(_LOOK_S):
                    ends = await consumer.highwaters(*partitions)
                    begins = await consumer.earliest_offsets(*partitions)
            except (KafkaError, TimeoutError):
                continue  # the broker is away: a new process would not consume either
            places = {(tp.topic, tp.partition): end for tp, end in ends.items()}
            committed = {
                # What expired unread needs no commit: the beginning moved past it.
                (tp.topic, tp.partition): max(
                    begin, self._acks.committable(tp) or consumer.begun(tp) or 0
                )
                for tp, begin in begins.items()
            }
            stuck = watchdog.stuck(time.monotonic(), places, committed, busy=self._intake.busy)
            unacked = {place: self._acks.unacked(place) for place in places}
            self._told(measures.lags(places, committed, unacked), watchdog.still)
            if stuck:
                raise Stuck(f"nothing moves on {sorted(stuck)} though records wait there")

"""The one-machine stack: start everything, keep it running, say where it is, stop it in order."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Coroutine
from functools import partial
from typing import Any, Protocol

# Before anything is forked: its locks hook into fork, and a fork while another thread imports it
# ends in "release unlocked lock" (seen; a start in fifty on a busy machine).
import loguru  # noqa: F401

from hongyan.data_folder import DataFolder, write_private
from hongyan.guardian import Guardian
from hongyan.kafka_answer import broker_answers
from hongyan.ports import PORTS, free_ports, from_base, require_free
from hongyan.program import CannotStart, Program
from hongyan.stack_plan import ACCOUNT, NAMES, Addresses, Options, Plan, surroundings
from hongyan.supervision import Change, Supervised, apart

_STOP_ORDER = ((("agent", "worker"), 4.0), (("relay", "api"), 2.0), (("sim",), 1.0))
_STOP_SERVERS = ((("postgres",), 1.5), (("broker",), 1.0))
"""Who stops together and how long they get: 9.5 s in all, then SIGKILL."""

_SLOW_S = 10.0
_TELL_AT_TRY = 3
_TRIM_EVERY_S = 60.0


class View(Protocol):
    """Who is told what happens."""

    def progress(self, line: str) -> None:
        """Something slow goes on."""

    def changed(self, change: Change) -> None:
        """A process started, became ready or died."""

    def note(self, what: str, /, **fields: object) -> None:
        """A sentence of the catalogue."""


class Stack:
    """All processes of `hongyan up`. Use from one thread that lives as long as they do."""

    def __init__(self, options: Options, folder: DataFolder, view: View) -> None:
        self._options = options
        self._folder = folder
        self._view = view
        self._guardian = Guardian()
        self._members: dict[str, Supervised] = {}
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.topics_ready = asyncio.Event()
        self._announced = False
        self._addresses: Addresses | None = None

    async def start(self) -> None:
        """Start everything and wait until all of it is ready, without a limit of time.

        Raises CannotStart when something can never start as things are.
        """
        self._withdraw_ready()
        watching = asyncio.create_task(self._say_what_is_slow())
        try:
            await self._start()
        finally:
            watching.cancel()

    async def _start(self) -> None:
        plan = Plan(self._options, self._folder, await apart(self._choose_ports))
        async with asyncio.TaskGroup() as group:
            if self._options.ours("sim"):
                group.create_task(self._up("sim", plan.sim()))
            group.create_task(self._start_broker(plan))
            postgres = group.create_task(self._start_postgres(plan))
            # Reading aiokafka and the topic table takes as long as the servers need to start.
            group.create_task(asyncio.to_thread(_import_topics))
        addresses = plan.addresses(postgres.result())
        self._addresses = addresses
        await self._ensure_topics(addresses.kafka)
        self.topics_ready.set()
        processes = {
            "agent": plan.agent(addresses),
            "worker": plan.worker(addresses),
            "relay": plan.relay(addresses),
            "api": plan.api(addresses),
        }
        async with asyncio.TaskGroup() as group:
            for name, program in processes.items():
                group.create_task(self._up(name, program))
        self._announced = True
        self._write_ready()

    async def _ensure_topics(self, kafka: str) -> None:
        """Raises connectors.topic_setup.TopicsDiffer; a broker that is away is waited for."""
        from connectors.kafka import Broker
        from connectors.settings import CommonSettings
        from connectors.topic_setup import ensure_topics, wanted_topics
        from schemas.failure import DependencyDown

        settings = CommonSettings()
        accounts = (("wechat", ACCOUNT),)
        wanted = wanted_topics(settings.topic_prefix, settings.chat_partitions, accounts)
        tries = 0
        while True:
            try:
                await ensure_topics(Broker(kafka), wanted, replication=settings.replication)
            except DependencyDown as error:
                tries += 1
                if tries == _TELL_AT_TRY:
                    self._view.note("topics_waited", error=error)
                await asyncio.sleep(0.5)
            else:
                return

    def _choose_ports(self) -> dict[str, int]:
        wanted = [name for name in PORTS if self._needs_port(name)]
        base, kept = self._options.port_base, self._folder.kept
        if base is not None:
            ports = {name: port for name, port in from_base(base).items() if name in wanted}
            require_free(ports, _pause)
        else:
            ports = self._kept_or_new(wanted)
        kept.ports.update(ports)
        self._folder.keep()
        return ports

    def _kept_or_new(self, wanted: list[str]) -> dict[str, int]:
        ports = free_ports(wanted)
        for name, fresh in ports.items():
            old = self._folder.kept.ports.get(name)
            if old is None:
                continue
            try:
                require_free({name: old}, _pause)
                ports[name] = old
            except CannotStart:
                self._view.note("port_moved", name=name, port=fresh, old=old)
        return ports

    def _needs_port(self, name: str) -> bool:
        process = {"kafka": "broker", "adb": "sim"}.get(name, name)
        return self._options.ours(process)

    async def _start_broker(self, plan: Plan) -> None:
        if self._options.kafka is None:
            await self._up("broker", await apart(partial(plan.broker, self._view.progress)))
            return
        host, _, port = self._options.kafka.split(",")[0].rpartition(":")
        told = False
        while not await broker_answers(host, int(port)):
            if not told:
                self._view.note("kafka_waited", kafka=self._options.kafka)
                told = True
            await asyncio.sleep(0.5)

    async def _start_postgres(self, plan: Plan) -> str:
        if self._options.postgres is not None:
            return self._options.postgres
        program, dsn = await apart(partial(plan.postgres, self._view.progress))
        await self._up("postgres", program)
        return dsn

    async def _up(self, name: str, program: Program) -> None:
        member = Supervised(
            program,
            self._folder.log(name),
            lambda change: self._changed(name, change),
            environment=surroundings(),
        )
        self._members[name] = member
        self._runs[name] = asyncio.create_task(member.keep_running(), name=f"keep-{name}")
        self._runs[name].add_done_callback(self._run_ended)
        await member.first_ready

    def _run_ended(self, run: asyncio.Task[None]) -> None:
        """A supervisor's own fault must not pass unseen: it ends the whole stack."""
        if not run.cancelled() and (error := run.exception()) is not None:
            for future in (self._broken, *(m.first_ready for m in self._members.values())):
                if not future.done():
                    future.set_exception(error)

    async def broken(self) -> None:
        """Wait for a fault of the supervision itself; raises it."""
        await self._broken

    def _changed(self, name: str, change: Change) -> None:
        if change.what == "started":
            self._guardian.watch(self._pids())
            if self._announced:
                try:
                    self._write_ready()
                except OSError as error:  # a full disk must not end what still runs
                    self._view.note("ready_unwritten", error=error)
        self._view.changed(
            Change(change.what, name, change.pid, change.how, change.last, change.times)
        )

    def _pids(self) -> list[int]:
        return [member.pid for member in self._members.values() if member.pid is not None]

    def _write_ready(self) -> None:
        text = json.dumps(self.ready_content(), ensure_ascii=False, indent=1)
        for file in (self._folder.ready_file, self._options.ready_file):
            if file is not None:
                write_private(file, text + "\n")

    def _withdraw_ready(self) -> None:
        """What an earlier run wrote must not pass for this one's."""
        self._announced = False
        for file in (self._folder.ready_file, self._options.ready_file):
            if file is not None:
                file.unlink(missing_ok=True)

    @property
    def addresses(self) -> Addresses:
        """Where everything is; known once `topics_ready` is set."""
        if self._addresses is None:
            raise RuntimeError("nothing has started yet")
        return self._addresses

    def ready_content(self) -> dict[str, Any]:
        """What the ready file holds (`design.md` 11)."""
        addresses = self.addresses
        pids = {name: self._members[name].pid if name in self._members else None for name in NAMES}
        return {
            "api": addresses.api,
            "console": None,
            "sim": addresses.sim,
            "kafka": addresses.kafka,
            "postgres": addresses.postgres,
            "adb": addresses.adb,
            "serial": addresses.serial,
            "account": ACCOUNT,
            "api_key": self._folder.kept.api_key,
            "pids": pids,
        }

    async def _say_what_is_slow(self) -> None:
        while True:
            await asyncio.sleep(_SLOW_S)
            names = [
                f"{name} ({member.last_line()[:120]})"
                for name, member in self._members.items()
                if not member.first_ready.done()
            ]
            if names:
                self._view.note("slow", names=", ".join(names))

    async def keep_logs_small(self) -> None:
        """Without end: cut each log that grew too large."""
        while True:
            await asyncio.sleep(_TRIM_EVERY_S)
            for member in self._members.values():
                member.trim_log()

    async def stop(self) -> None:
        """Stop all in order, within 10 s; what does not go in time is killed."""
        self._withdraw_ready()
        for names, seconds in (*_STOP_ORDER, *_STOP_SERVERS):
            await asyncio.gather(
                *(self._down(name, seconds) for name in names if name in self._members)
            )
        for run in self._runs.values():
            run.cancel()
        await asyncio.gather(*self._runs.values(), return_exceptions=True)
        self._guardian.dismiss()

    async def _down(self, name: str, seconds: float) -> None:
        if not await self._members[name].stop(seconds):
            self._view.note("killed", name=name)


@contextlib.asynccontextmanager
async def running(options: Options, folder: DataFolder, view: View) -> AsyncIterator[Stack]:
    """A stack that is stopped when the block ends, however it ends."""
    stack = Stack(options, folder, view)
    try:
        yield stack
    finally:
        view.note("stopping")
        await stack.stop()


async def until_asked(work: Coroutine[Any, Any, None], asked: asyncio.Event) -> None:
    """Run `work` until it ends or `asked` is set; raises what `work` raises."""
    task, stop = asyncio.create_task(work), asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        task.cancel()
        stop.cancel()
        await asyncio.gather(task, stop, return_exceptions=True)


def cannot_start_among(group: BaseExceptionGroup[BaseException]) -> CannotStart | None:
    """The first refusal to start within what went wrong together."""
    for error in group.exceptions:
        found = cannot_start_among(error) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(found, CannotStart):
            return found
    return None


def _import_topics() -> None:
    import connectors.topic_setup  # noqa: F401


def _pause(seconds: float) -> None:
    time.sleep(seconds)  # noqa: TID251  # a thread of its own waits for a port to be let go

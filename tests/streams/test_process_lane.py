"""`blocking = "process"`: a plugin in a process of its own has all that others have, and can be
killed.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from plugins.chat_state import ChatState
from plugins.context import Context, Outside
from plugins.draft import Draft
from plugins.grants import Grants
from plugins.http import HttpAnswer, HttpRequest
from plugins.instances import Declared, instance_of
from plugins.journal import Journal
from plugins.loader import load_plugin
from plugins.plugin import Instance, matches
from plugins.sources import Sources
from schemas.envelope import header
from schemas.failure import Bug, DependencyDown, Retryable
from streams.dead_letter import described
from streams.limits import Limits
from streams.process_lane import ProcessLane
from streams.run import run
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import AT, message
from tests.streams.test_parking import QUICK, _say, working

WORK = """
import asyncio
import os
import signal
import threading

from pydantic import BaseModel

from plugins import Context, on_command
from schemas.failure import Retryable


class Config(BaseModel):
    greeting: str = "hello"


class Odd(ValueError):
    pass


@on_command("pid")
async def pid(ctx, text):
    yield ctx.reply(f"{ctx.config.greeting} {os.getpid()}")


@on_command("burn")
async def burn(ctx, text):
    await ctx.http.get("http://127.0.0.1/before")
    while True:
        pass
    yield


@on_command("nap")
async def nap(ctx, text):
    await asyncio.sleep(3600)
    yield ctx.reply("never")


@on_command("odd")
async def odd(ctx, text):
    yield ctx.reply("never")
    raise Odd(f"of {text}")


@on_command("crash")
async def crash(ctx, text):
    os.kill(os.getpid(), signal.SIGKILL)
    yield ctx.reply("never")


@on_command("buy")
async def buy(ctx, text):
    page = (await ctx.http.get("http://127.0.0.1/shop")).json()

    async def own():
        if text == "fail":
            raise Odd("sold out")
        return os.getpid()

    try:
        number = await ctx.call("own", None, own, dependency="shop")
    except Odd as odd:
        number = f"odd: {odd}"
    ctx.state["bought"] = ctx.state.get("bought", 0) + 1
    sold = await ctx.shared.update("sold", lambda n: n + 1, 0)
    yield ctx.reply(f"{page} {number} {ctx.state['bought']} {sold}")
    await ctx.flush()
    yield ctx.reply(f"{ctx.now.isoformat()} {ctx.random.random()}")


@on_command("sleep")
async def sleep(ctx, text):
    ctx.state["n"] = ctx.state.get("n", 0) + 1
    yield ctx.reply(f"{text} begins")
    await ctx.flush()
    threading.Event().wait(0.2)
    answer = await ctx.ask(within=60)
    sold = await ctx.shared.update("slept", lambda n: n + 1, 0)
    ctx.log.info("it goes on")
    yield ctx.reply(f"{text} {answer.text} {ctx.state['n']} {sold}")


@on_command("odder")
async def odder(ctx, text):
    ctx.state["f"] = lambda: 1
    yield ctx.reply("never")


@on_command("look")
async def look(ctx, text):
    rows = await ctx.db.query("orders", day=1)
    ctx.schedule("0 9 * * *", {"a": 1})
    yield ctx.reply(f"{rows.dicts()}")


@on_command("fickle")
async def fickle(ctx, text):
    page = (await ctx.http.get(text)).text
    raise Retryable(page)
    yield
"""


@pytest.fixture
async def lane() -> AsyncIterator[ProcessLane]:
    made = ProcessLane(most=2, grace_s=0.3)
    yield made
    made.close()


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    folder = tmp_path_factory.mktemp("plugins")
    plugin = load_plugin(write_plugin(folder, "work", WORK, blocking="process"))
    declared = Declared(config={"greeting": "hi"}, grants=Grants.everything())
    return instance_of("work", plugin, declared)


class Room:
    """A run's surroundings, and what came of it."""

    def __init__(self, told: Journal | None = None) -> None:
        self.journal = told or Journal()
        self.state = ChatState({"bought": 4})
        self.drafts: list[Draft] = []
        self.flushed: list[list[str]] = []
        self.asked: list[str] = []
        self.through: list[str] = []
        self.shared: dict[str, tuple[int, Any]] = {"sold": (3, 41)}

    def outside(self) -> Outside:
        made = Outside(
            self.journal,
            self._fetch,
            self._flush,
            _nothing,
            through=self._pass,
            sources=Sources(query=self._query),
        )
        self.agenda = made.agenda
        made.shared.read = self._read
        return made

    @property
    def texts(self) -> list[str]:
        return [getattr(draft.content, "text", "") for draft in self.drafts]

    async def _fetch(self, wanted: HttpRequest) -> HttpAnswer:
        self.asked.append(wanted.url)
        return HttpAnswer(200, {}, b"7")

    async def _query(self, *asked: Any) -> dict[str, Any]:
        self.asked.append(str(asked[-2]))
        return {"rows": [[1]], "columns": [{"name": "id", "kind": "int"}], "more": False}

    async def _flush(self) -> None:
        self.flushed.append(self.texts)
        self.drafts.clear()
        self.state.stored()

    async def _read(self, name: str) -> tuple[int, Any]:
        return self.shared.get(name, (0, None))

    async def _pass(self, dependency: str, call: Any) -> Any:
        self.through.append(dependency)
        try:
            return await call()
        except DependencyDown as failure:
            failure.dependency = dependency
            raise


async def _nothing() -> None:
    """Nothing is stored."""


async def _run(
    lane: ProcessLane, instance: Instance, text: str, seconds: float = 20, room: Room | None = None
) -> Room:
    event = message(text)
    (match,) = matches((instance,), event)
    room = room or Room()
    ctx = Context(
        event,
        lambda: logger,
        state=room.state,
        now=AT,
        seed="s",
        outside=room.outside(),
        config=instance.config,
        warrant=instance.warrant,
    )
    limits = Limits(time.monotonic)
    keeper = asyncio.create_task(limits.keep())
    try:
        await run(match, ctx, limits, seconds, room.drafts, processes=lane)
    finally:
        keeper.cancel()
    return room


async def test_runs_share_a_process_of_their_own_and_are_set_up(
    lane: ProcessLane, instance: Instance
) -> None:
    first = (await _run(lane, instance, "/pid")).texts[0]
    again = (await _run(lane, instance, "/pid")).texts[0]
    assert first == again
    assert first.startswith("hi ")
    assert first != f"hi {os.getpid()}"


async def test_it_has_http_calls_state_shared_values_flush_clock_and_chance(
    lane: ProcessLane, instance: Instance
) -> None:
    room = await _run(lane, instance, "/buy bread")
    told = room.flushed[0][0].split()
    assert (told[0], told[2], told[3]) == ("7", "5", "42")
    assert told[1] != str(os.getpid())
    assert room.asked == ["http://127.0.0.1/shop"]
    assert room.through == ["shop"]
    assert dict(room.state) == {"bought": 5}
    assert room.state.touched
    assert room.texts[0].startswith(AT.isoformat())
    assert [call.name for call in room.journal.calls] == ["http", "own", "shared", "now"]
    assert all(call.error is None for call in room.journal.calls)
    # A retry is told all of it again, and asks nobody.
    retry = Room(Journal(room.journal.calls))
    retry.shared = {"sold": (9, 99)}
    again = await _run(lane, instance, "/buy bread", room=retry)
    assert again.flushed == room.flushed
    assert again.texts == room.texts
    assert again.asked == again.through == []


async def test_it_reads_databases_and_plans_with_its_part(
    lane: ProcessLane, instance: Instance
) -> None:
    room = await _run(lane, instance, "/look")
    assert room.asked == ["orders"]
    assert [type(change).__name__ for change in room.agenda.changes] == ["Plan"]


async def test_its_own_exceptions_stay_its_own_and_name_their_place(
    lane: ProcessLane, instance: Instance
) -> None:
    room = await _run(lane, instance, "/buy fail")
    assert "odd: sold out" in room.flushed[0][0]
    with pytest.raises(Bug, match="of this") as raised:
        await _run(lane, instance, "/odd this")
    told = described(raised.value)
    assert told["x-error-type"] == "Odd"
    assert told["x-error-message"] == "of this"
    assert "in odd" in raised.value.__cause__.stack  # type: ignore[union-attr]
    with pytest.raises(Bug) as other:
        await _run(lane, instance, "/odd that")
    assert described(other.value)["x-error-fingerprint"] == told["x-error-fingerprint"]


async def test_what_cannot_leave_its_process_is_a_bug_and_costs_it_nothing_else(
    lane: ProcessLane, instance: Instance
) -> None:
    (pid,) = (await _run(lane, instance, "/pid")).texts
    with pytest.raises(Bug, match="what work made cannot leave its process"):
        await _run(lane, instance, "/odder")
    assert (await _run(lane, instance, "/pid")).texts == [pid]


async def test_one_that_burns_for_ever_is_killed_named_and_tried_again_by_what_it_heard(
    lane: ProcessLane, instance: Instance
) -> None:
    said: list[str] = []
    sink = logger.add(said.append, level="ERROR")
    room = Room()
    burning = asyncio.create_task(_run(lane, instance, "/burn", 3, room))
    try:
        (other,) = (await _run(lane, instance, "/pid")).texts
        with pytest.raises(Retryable, match="longer than 3 s"):
            await burning
    finally:
        logger.remove(sink)
    assert "work does not stop: its process is killed" in said[0]
    assert [call.response for call in room.journal.kept if call.error is None] != []
    assert (await _run(lane, instance, "/pid")).texts == [other]


async def test_one_that_can_be_cancelled_keeps_its_process(
    lane: ProcessLane, instance: Instance
) -> None:
    (pid,) = (await _run(lane, instance, "/pid")).texts
    with pytest.raises(Retryable, match="longer than"):
        await _run(lane, instance, "/nap", 0.2)
    assert (await _run(lane, instance, "/pid")).texts == [pid]


async def test_one_whose_process_dies_is_tried_again_in_another(
    lane: ProcessLane, instance: Instance
) -> None:
    with pytest.raises(Retryable, match="ended under its run: signal 9"):
        await _run(lane, instance, "/crash")
    assert (await _run(lane, instance, "/pid")).texts[0].startswith("hi ")


async def test_a_plugin_that_changed_on_disk_waits_until_the_worker_has_loaded_it(
    lane: ProcessLane, tmp_path: Path
) -> None:
    home = write_plugin(tmp_path, "work", WORK, blocking="process")
    instance = instance_of("work", load_plugin(home), Declared())
    (home / "__init__.py").write_text(WORK.replace("async def pid", "async def renamed"))
    with pytest.raises(Retryable, match="is not what the worker loaded"):
        await _run(lane, instance, "/pid")


async def test_a_worker_that_is_killed_takes_its_processes_along(stack: Stack) -> None:
    home = write_plugin(stack.folder / "p", "work", WORK, blocking="process")
    worker = stack.worker(plugins=str(home.parent))
    worker.start()
    await _say(stack, "c1", "/pid")
    (action,) = await stack.wait_for_actions(lambda found: len(found) >= 1)
    pid = int(texts([action])[0].split()[1])
    await _say(stack, "c1", "/burn", first=2)
    worker.kill()
    async with asyncio.timeout(10):
        while _lives(pid):  # noqa: ASYNC110  # a process of somebody else
            await asyncio.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


async def test_on_the_worker_it_flushes_asks_and_shares_once(stack: Stack) -> None:
    write_plugin(stack.folder / "p", "work", WORK, blocking="process")
    async with working(stack, QUICK):
        await _say(stack, "c1", "/sleep x", "done")
        await _say(stack, "c2", "/echo quick", "/odd end")
        actions = await stack.wait_for_actions(lambda found: len(found) >= 3)
        (letter,) = await stack.wait_for_records(stack.dlq, 1)
    assert texts(a for a in actions if a.chat_id == "c1") == ["x begins", "x done 1 1"]
    assert header(letter.headers, "x-error-type") == "Odd"
    assert "Odd: of end" in (header(letter.headers, "x-error-stack") or "")

"""Plugins that block, or cancel what they run in: the other chats do not notice."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from loguru import logger

from plugins import Context, Draft, on_command
from plugins.chat_state import ChatState
from plugins.context import Outside
from plugins.grants import Grants, Warrant
from plugins.http import HttpAnswer, HttpRequest
from plugins.journal import Journal
from plugins.loader import PRIVATE
from plugins.manifest import Manifest
from plugins.plugin import Instance, Match, Plugin
from schemas.failure import CircuitOpen, Retryable
from streams.limits import Limits
from streams.loop_watch import LoopWatch
from streams.run import collect, run
from streams.thread_lane import MOST, ThreadLane
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import AT, message
from tests.streams.test_parking import QUICK, _say, working

SLEEPER = """
import threading
from collections.abc import AsyncIterator

from pathlib import Path

from plugins import Context, Draft, on_command

nap = threading.Event().wait
HERE = Path(__file__).parent


@on_command("sleep")
async def sleep(ctx: Context, text: str) -> AsyncIterator[Draft]:
    ctx.state["n"] = ctx.state.get("n", 0) + 1
    yield ctx.reply(f"{text} begins")
    await ctx.flush()
    while not (HERE / "go").exists():
        nap(0.01)
    sold = await ctx.shared.update("slept", lambda n: n + 1, 0)
    answer = await ctx.ask(within=60)
    nap(0.1)
    yield ctx.reply(f"{text} {answer.text} {ctx.state['n']} {sold}")
"""
SUICIDE = """
import asyncio
from plugins import on_command

@on_command("die")
async def die(ctx, text):
    asyncio.current_task().cancel()
    if text == "now":
        await asyncio.sleep(0)
    yield ctx.reply(text)
"""


async def test_a_plugin_that_blocks_in_a_thread_holds_up_its_own_chat_alone(stack: Stack) -> None:
    home = write_plugin(stack.folder / "p", "sleeper", SLEEPER, blocking="thread")
    async with working(stack, QUICK):
        await _say(stack, "c1", "/sleep x", "done")
        await stack.wait_for_actions(lambda found: len(found) >= 1)
        await _say(stack, "c2", "/echo quick")
        await stack.wait_for_actions(lambda found: "quick" in texts(found))
        (home / "go").touch()
        actions = await stack.wait_for_actions(lambda found: len(found) >= 3)
    assert texts(a for a in actions if a.chat_id == "c1") == ["x begins", "x done 1 1"]


async def test_a_plugin_that_cancels_itself_is_at_fault_and_its_lane_goes_on(
    stack: Stack,
) -> None:
    write_plugin(stack.folder / "p", "die", SUICIDE)
    async with working(stack, QUICK):
        await _say(stack, "c1", "/die now", "/die later", "/echo after")
        actions = await stack.wait_for_actions(lambda found: "after" in texts(found))
        (dead,) = await stack.wait_for_records(stack.dlq, 1)
    assert dict(dead.headers)["x-error-type"] == b"CancelledError"
    assert texts(actions) == ["later", "after"]


def _match(answers: Any, *, blocking: str = "thread") -> Match:
    handler = on_command("x")(answers)
    manifest = Manifest.model_validate(
        {"name": "x", "version": "1", "api": ">=1", "blocking": blocking}
    )
    return Match(Instance("x", Plugin(manifest, (handler,))), ((handler, ("",)),))


async def _nothing() -> None:
    """Nothing is stored."""


async def _run(answers: Any, seconds: float, fetch: Any = None, through: Any = None) -> list[Draft]:
    outside = Outside(Journal(), fetch, _nothing, _nothing, through=through)
    ctx = Context(
        message("/x"),
        lambda: logger,
        state=ChatState({}),
        now=AT,
        seed="s",
        outside=outside,
        warrant=Warrant("x", Grants.everything()),
    )
    limits, drafts = Limits(time.monotonic), list[Draft]()
    keeper = asyncio.create_task(limits.keep())
    try:
        await run(_match(answers), ctx, limits, seconds, drafts)
    finally:
        keeper.cancel()
    return drafts


async def test_what_a_thread_asks_for_is_carried_out_on_the_workers_loop() -> None:
    here, seen = threading.get_ident(), {}

    async def fetch(asked: HttpRequest) -> HttpAnswer:
        seen["fetch"] = threading.get_ident()
        return HttpAnswer(200, {}, b"1")

    async def through(dependency: str, call: Any) -> Any:
        seen[dependency] = threading.get_ident()
        return await call()

    async def own() -> int:
        seen["own"] = threading.get_ident()
        return 2

    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        one = (await ctx.http.get("http://127.0.0.1/")).json()
        two = await ctx.call("own", None, own, dependency="shop")
        yield ctx.reply(f"{one} {two}")

    (draft,) = await _run(answers, 5, fetch, through)
    assert getattr(draft.content, "text", "") == "1 2"
    assert seen["fetch"] == seen["shop"] == here
    assert seen["own"] != here


async def test_a_thread_that_does_not_stop_is_left_behind_and_can_do_nothing_more() -> None:
    go, after = threading.Event(), threading.Event()
    fetched: list[str] = []

    async def fetch(asked: HttpRequest) -> HttpAnswer:
        fetched.append(asked.url)
        return HttpAnswer(200, {}, b"1")

    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        go.wait(20)
        try:
            await ctx.http.get("http://127.0.0.1/")
            yield ctx.reply("late")
        finally:
            after.set()

    with pytest.raises(Retryable, match="longer than"):
        await _run(answers, 0.05, fetch)
    go.set()
    assert await asyncio.to_thread(after.wait, 10)
    assert fetched == []


async def test_what_a_thread_asked_for_before_its_run_was_over_is_not_done_after_it() -> None:
    begun, go, asked = threading.Event(), threading.Event(), threading.Event()
    fetched: list[str] = []

    async def fetch(wanted: HttpRequest) -> HttpAnswer:
        fetched.append(wanted.url)
        return HttpAnswer(200, {}, b"1")

    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        begun.set()
        go.wait(20)
        asking = asyncio.ensure_future(ctx.http.get("http://127.0.0.1/"))
        await asyncio.sleep(0)  # now it waits for the worker's loop
        asked.set()
        await asking
        yield ctx.reply("late")

    running = asyncio.create_task(_run(answers, 5, fetch))
    assert await asyncio.to_thread(begun.wait, 10)
    go.set()
    assert asked.wait(10)  # the loop stands still: nothing is carried out
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert fetched == []


async def test_a_run_that_gets_no_thread_is_tried_again_and_keeps_no_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        yield ctx.reply("here")

    def refused(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as scarce:
        scarce.setattr(threading.Thread, "start", refused)
        for _ in range(MOST):
            with pytest.raises(Retryable, match="no thread"):
                await _run(answers, 5)
    assert len(await _run(answers, 5)) == 1


async def test_an_instance_whose_threads_all_stand_still_is_left_alone_until_one_ends() -> None:
    go = threading.Event()
    said: list[str] = []

    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        while not go.wait(0.01):
            pass
        yield ctx.reply("late")

    sink = logger.add(said.append, level="ERROR")
    lane = ThreadLane(most=2, grace_s=0.01)
    try:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(_in_thread(lane, answers), 0.1)
        with pytest.raises(CircuitOpen, match="all 2 threads of x stand still"):
            await _in_thread(lane, answers)
    finally:
        logger.remove(sink)
        go.set()
    assert "x does not stop: its thread is left behind at " in said[0]
    async with asyncio.timeout(10):
        while (await _outcome(lane, answers)) != ["late"]:  # noqa: ASYNC110  # threads' ends
            await asyncio.sleep(0.01)


async def _in_thread(lane: ThreadLane, answers: Any) -> list[str]:
    ctx, drafts = Context(message("/x"), lambda: logger), list[Draft]()
    await lane.run("x", ctx, lambda: collect(_match(answers), ctx, drafts))
    return [getattr(draft.content, "text", "") for draft in drafts]


async def _outcome(lane: ThreadLane, answers: Any) -> list[str]:
    try:
        return await _in_thread(lane, answers)
    except CircuitOpen:
        return []


async def test_who_blocks_the_loop_is_named_with_the_place() -> None:
    said: list[str] = []
    heard = threading.Event()

    def hear(line: str) -> None:
        said.append(line)
        heard.set()

    sink = logger.add(hear, level="ERROR")
    watch = LoopWatch(lambda task: "sleeper", patience_s=0.05)
    keeping = asyncio.create_task(watch.keep(time.monotonic))
    try:
        await asyncio.sleep(0)
        FunctionType(_block.__code__, {"__name__": f"{PRIVATE}1_sleeper"})(heard)
    finally:
        keeping.cancel()
        logger.remove(sink)
    assert "sleeper blocks the worker at" in said[0]
    assert f"{Path(__file__).name}:{_block.__code__.co_firstlineno + 1}" in said[0]


def _block(heard: threading.Event) -> None:
    heard.wait(10)

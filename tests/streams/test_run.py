"""However a plugin run ends, it ends in a decision."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from loguru import logger

from plugins import Context, Draft, on_command
from plugins.chat_state import ChatState
from plugins.manifest import Manifest
from plugins.plugin import Instance, Match, Plugin
from schemas.failure import BadRequest, Bug, Retryable
from streams.dead_letter import described
from streams.lanes import hand_back
from streams.limits import Limits
from streams.run import run
from tests.fakes.wechat import AT, message


def _match(answers: Callable[..., AsyncIterator[Draft]]) -> Match:
    handler = on_command("x")(answers)
    manifest = Manifest(name="x", version="1", api=">=1")
    return Match(Instance("x", Plugin(manifest, (handler,))), ((handler, ("",)),))


def _context() -> Context:
    return Context(message("/x"), lambda: logger, state=ChatState({}), now=AT, seed="s")


async def _run(answers: Any, seconds: float = 5) -> list[Draft]:
    limits = Limits(time.monotonic)
    keeper = asyncio.create_task(limits.keep())
    try:
        drafts: list[Draft] = []
        await run(_match(answers), _context(), limits, seconds, drafts)
        return drafts
    finally:
        keeper.cancel()


async def test_an_exception_is_the_plugins_bug_and_its_cause_is_kept() -> None:
    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        yield ctx.reply("1")
        raise KeyError("who")

    with pytest.raises(Bug, match="KeyError") as raised:
        await _run(answers)
    assert isinstance(raised.value.__cause__, KeyError)


async def test_a_failure_that_the_plugin_chose_stands() -> None:
    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        raise BadRequest("no such city")
        yield ctx.reply("")

    with pytest.raises(BadRequest, match="no such city"):
        await _run(answers)


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError()])
async def test_leaving_by_the_back_door_is_a_bug_too(error: BaseException) -> None:
    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        raise error
        yield ctx.reply("")

    with pytest.raises(Bug):
        await _run(answers)


class Unspeakable(Exception):
    """Its text cannot be made."""

    def __str__(self) -> str:
        raise KeyError("detail")


class UnspeakableFailure(BadRequest):
    """A plugin's own, no better."""

    __str__ = Unspeakable.__str__


@pytest.mark.parametrize("kind", [Unspeakable, UnspeakableFailure])
async def test_an_exception_whose_text_cannot_be_made_is_a_bug_that_can_be_told(
    kind: type[Exception],
) -> None:
    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        raise kind
        yield ctx.reply("")

    with pytest.raises(Bug, match=kind.__name__) as raised:
        await _run(answers)
    told = described(raised.value)
    assert told["x-error-type"] == kind.__name__
    assert kind.__name__ in told["x-error-message"]


async def test_what_a_library_raises_is_understood() -> None:
    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        raise TimeoutError("the weather did not answer")
        yield ctx.reply("")

    with pytest.raises(Retryable, match="the weather did not answer") as failed:
        await _run(answers)
    assert isinstance(failed.value.__cause__, TimeoutError)


async def test_a_run_over_its_time_is_ended_and_may_be_tried_again() -> None:
    closed = asyncio.Event()

    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        try:
            await asyncio.sleep(60)
            yield ctx.reply("late")
        finally:
            closed.set()

    with pytest.raises(Retryable, match=r"longer than 0\.05 s"):
        await _run(answers, 0.05)
    assert closed.is_set()
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()


async def test_a_cancelled_lane_stays_cancelled() -> None:
    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        await asyncio.sleep(60)
        yield ctx.reply("late")

    task = asyncio.create_task(_run(answers))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("then", ["goes on", "raises"])
async def test_a_plugin_that_hides_the_cancellation_of_its_lane_changes_nothing(then: str) -> None:
    begun = asyncio.Event()

    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if then == "raises":
                raise KeyError("who") from None
        yield ctx.reply("late")

    task = asyncio.create_task(_run(answers))
    await begun.wait()
    hand_back(task)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_that_a_library_left_uncounted_is_no_hand_over() -> None:
    async def answers(ctx: Context, text: str) -> AsyncIterator[Draft]:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            yield ctx.reply("it took too long")

    assert len(await _run(answers)) == 1


async def test_yielding_something_else_is_named() -> None:
    async def answers(ctx: Context, text: str) -> AsyncIterator[Any]:
        yield "hello"

    with pytest.raises(Bug, match="yielded str"):
        await _run(answers)

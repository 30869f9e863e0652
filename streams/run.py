"""The supervisor round each plugin run: a time limit, and every way to fail made a decision."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

from loguru import logger

from plugins.classification import classified
from plugins.context import Context, Suspended
from plugins.draft import Draft
from plugins.plugin import Instance, Match
from schemas.failure import Bug, Failure, Retryable
from streams.lanes import cancelled_itself, is_handed_back
from streams.limits import Limits
from streams.process_lane import ProcessLane
from streams.tally import Tally
from streams.thread_lane import ThreadLane

_THREADS = ThreadLane()


async def run(
    match: Match,
    ctx: Context,
    limits: Limits,
    seconds: float,
    drafts: list[Draft],
    *,
    processes: ProcessLane | None = None,
) -> None:
    """Append what the matched handlers yield to `drafts`, in order, as it comes.

    Without `processes` a plugin that asks for one gets a thread: a debugger reaches it there.

    Raises:
        Failure: whatever went wrong, as a decision; the cause is kept. A failure that the plugin
            raised itself stands; any other exception is its bug; too slow is retryable.

    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # a coroutine that runs has one
    seconds = seconds_of(match.instance, seconds)
    limits.begin(task, seconds, match.instance.name)
    raised = await _ran(match, ctx, drafts, processes)
    too_slow = limits.end(task)
    await _unless_cancelled(task, raised)
    if ctx.suspended:
        return  # what it did afterwards is of no account
    if too_slow:
        raise Retryable(f"{match.instance.name} took longer than {seconds:g} s") from raised
    if raised is not None:
        failure = decided(match.instance.name, raised, datetime.now(UTC))
        raise failure from raised.__cause__ or raised


async def _ran(
    match: Match, ctx: Context, drafts: list[Draft], processes: ProcessLane | None
) -> BaseException | None:
    """What it raised."""
    instance = match.instance
    try:
        blocking = instance.plugin.manifest.blocking
        if blocking == "process" and processes is not None:
            await processes.run(match, ctx, drafts)
        elif blocking != "no":
            await _THREADS.run(instance.name, ctx, lambda: collect(match, ctx, drafts))
        else:
            await collect(match, ctx, drafts)
    # The supervisor: a plugin may raise anything, and its event must still come to an end.
    except (Exception, SystemExit, GeneratorExit, asyncio.CancelledError) as error:  # noqa: BLE001
        return error
    except (Suspended, BaseExceptionGroup) as error:  # a task group wraps what is no Exception
        return error
    return None


async def _unless_cancelled(task: "asyncio.Task[Any]", raised: BaseException | None) -> None:
    """Go on unless somebody else cancels this task: then the event stays undone."""
    if task.cancelling() and cancelled_itself(task):
        await _absorbed(task)
    elif isinstance(raised, asyncio.CancelledError) and task.cancelling():
        raise raised
    if is_handed_back(task):
        # The plugin may have hidden it: its next owner must not find the event answered or dead.
        raise asyncio.CancelledError from raised


async def _absorbed(task: "asyncio.Task[Any]") -> None:
    """Take back what a plugin did to its own task: its lane goes on."""
    while task.cancelling():
        task.uncancel()
    try:
        await asyncio.sleep(0)  # what was asked for and not delivered yet comes here
    except asyncio.CancelledError:
        if is_handed_back(task):
            raise


def decided(name: str, raised: BaseException, now: datetime) -> Failure:
    """What is to follow from what a plugin raised."""
    if isinstance(raised, asyncio.CancelledError):
        return Bug(f"{name} cancelled itself")
    try:
        failure = classified(name, raised, now)
        str(failure)
    # It looks into what a plugin raised, and any of that may raise in turn.
    except Exception:  # noqa: BLE001  # as said
        return Bug(f"{name} raised {type(raised).__name__}, whose text cannot be made")
    return failure


async def collect(match: Match, ctx: Context, drafts: list[Draft]) -> None:
    """Call the handlers, one after another; what they yield is added as it comes.

    Raises:
        Bug: they say more than the instance may.
        BaseException: what they raise.

    """
    tally = Tally(match.instance)
    for handler, arguments in match.calls:
        # `Handler` accepts async generators alone.
        generator = cast("AsyncGenerator[Draft, None]", handler(ctx, *arguments))
        async with aclosing(generator) as answers:
            async for draft in answers:
                # One by one: `ctx.flush` takes what is there.
                drafts.append(tally.taken(ctx.accepted(draft)))  # noqa: PERF401  # as said


def seconds_of(instance: Instance, usual: float) -> float:
    """The time limit of a run: the instance's own, or the usual one."""
    return instance.limits.run_seconds or usual


def log_of(instance: str, event_id: str):  # type: ignore[no-untyped-def]  # loguru's Logger type exists in stubs alone
    """A run's logger, made when it is asked for."""
    return partial(logger.bind, plugin=instance, event_id=event_id)

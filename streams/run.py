"""The supervisor round each plugin run: a time limit, and every way to fail made a decision."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import cast

from plugins.classification import classified
from plugins.context import Context, Draft, Suspended
from plugins.plugin import Match
from schemas.failure import Bug, Failure, Retryable
from streams.lanes import is_handed_back
from streams.limits import Limits


async def run(
    match: Match, ctx: Context, limits: Limits, seconds: float, drafts: list[Draft]
) -> None:
    """Append what the matched handlers yield to `drafts`, in order, as it comes.

    Raises:
        Failure: whatever went wrong, as a decision; the cause is kept. A failure that the plugin
            raised itself stands; any other exception is its bug; too slow is retryable.

    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # a coroutine that runs has one
    limits.begin(task, seconds)
    raised: BaseException | None = None
    try:
        await _collect(match, ctx, drafts)
    # The supervisor: a plugin may raise anything, and its event must still come to an end.
    except (Exception, SystemExit, GeneratorExit, asyncio.CancelledError) as error:  # noqa: BLE001
        raised = error
    except (Suspended, BaseExceptionGroup) as error:  # a task group wraps what is no Exception
        raised = error
    too_slow = limits.end(task)
    if isinstance(raised, asyncio.CancelledError) and task.cancelling():
        raise raised  # somebody else cancels the lane: the event stays undone
    if is_handed_back(task):
        # The plugin hid it: its next owner must not find the event answered or dead.
        raise asyncio.CancelledError from raised
    if ctx.suspended:
        return  # what it did afterwards is of no account
    if too_slow:
        raise Retryable(f"{match.instance.name} took longer than {seconds:g} s") from raised
    if raised is not None:
        failure = _decided(match.instance.name, raised, datetime.now(UTC))
        raise failure from raised.__cause__ or raised


def _decided(name: str, raised: BaseException, now: datetime) -> Failure:
    if isinstance(raised, asyncio.CancelledError):
        return Bug(f"{name} cancelled itself")
    try:
        failure = classified(name, raised, now)
        str(failure)
    # It looks into what a plugin raised, and any of that may raise in turn.
    except Exception:  # noqa: BLE001  # as said
        return Bug(f"{name} raised {type(raised).__name__}, whose text cannot be made")
    return failure


async def _collect(match: Match, ctx: Context, drafts: list[Draft]) -> None:
    for handler, arguments in match.calls:
        # `Handler` accepts async generators alone.
        generator = cast("AsyncGenerator[Draft, None]", handler(ctx, *arguments))
        async with aclosing(generator) as answers:
            async for draft in answers:
                # One by one: `ctx.flush` takes what is there.
                drafts.append(_checked(draft, match.instance.name))  # noqa: PERF401  # as said


def _checked(draft: object, name: str) -> Draft:
    if not isinstance(draft, Draft):
        raise Bug(f"{name} yielded {type(draft).__name__}, not what ctx.reply or ctx.send give")
    return draft

"""The supervisor round each plugin run: a time limit, and every way to fail made a decision."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from plugins.context import Context, Draft
from plugins.plugin import Match
from schemas.failure import Bug, Failure, Retryable


async def run(match: Match, ctx: Context, seconds: float) -> list[Draft]:
    """What the matched handlers yield, in order.

    Raises:
        Failure: whatever went wrong, as a decision; the cause is kept. A failure that the plugin
            raised itself stands; any other exception is its bug; too slow is retryable.

    """
    name = match.instance.name
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await _drafts(match, ctx)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise Bug(f"{name} cancelled itself") from error
    except Failure:
        raise
    # The supervisor: a plugin may raise anything, and its event must still come to an end.
    except (Exception, SystemExit, GeneratorExit) as error:
        if limit.expired():
            raise Retryable(f"{name} took longer than {seconds:g} s") from error
        raise Bug(f"{name} raised {type(error).__name__}: {error}") from error


async def _drafts(match: Match, ctx: Context) -> list[Draft]:
    drafts: list[Draft] = []
    for handler, arguments in match.calls:
        # `Handler` accepts async generators alone.
        generator = cast("AsyncGenerator[Draft, None]", handler(ctx, *arguments))
        async with aclosing(generator) as answers:
            async for draft in answers:
                drafts += [_checked(draft, match.instance.name)]
    return drafts


def _checked(draft: object, name: str) -> Draft:
    if not isinstance(draft, Draft):
        raise Bug(f"{name} yielded {type(draft).__name__}, not what ctx.reply or ctx.send give")
    return draft

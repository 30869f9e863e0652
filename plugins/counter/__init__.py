"""`/count` adds one in this chat and answers the number alone."""

from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command


@on_command("count", aliases=("counter",))
async def count(ctx: Context, argument: str) -> AsyncIterator[Draft]:
    """Count up; the number and the answer are committed together."""
    ctx.state["count"] = ctx.state.get("count", 0) + 1
    yield ctx.reply(str(ctx.state["count"]))

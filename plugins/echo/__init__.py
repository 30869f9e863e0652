"""`/echo TEXT` answers TEXT exactly, in every chat."""

from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command


@on_command("echo")
async def echo(ctx: Context, text: str) -> AsyncIterator[Draft]:
    """Say it again; nothing where there is nothing to say."""
    if text:
        yield ctx.reply(text)

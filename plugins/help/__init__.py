"""`/help` says what one can do in this chat, by what is at work there and by one's roles."""

from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command
from plugins.trigger import said

from .page import detail, is_chinese, overview


@on_command("help", aliases=("帮助", "?", "？"))
async def show(ctx: Context, name: str = "") -> AsyncIterator[Draft]:
    """能做什么，或某一项怎么用。What one can do here, or how to use one thing."""
    chinese = is_chinese(said(ctx.event) or "")
    offers = await ctx.catalogue()
    if name.strip():
        yield ctx.reply(detail(offers, name, chinese=chinese))
    else:
        yield ctx.reply(overview(offers, chinese=chinese))

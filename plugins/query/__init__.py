"""Answers questions to databases, by the owner's named queries: `/orders 昨天`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from pydantic import Field

from plugins import Context, Draft, on_command, on_message, tool
from plugins.database import Rows
from plugins.trigger import addressed
from schemas.content import Image
from schemas.event import Event
from schemas.failure import BadRequest, BadValue, DependencyDown

from .canvas import Frame, Pens, find_font
from .chart_picture import chart_picture
from .config import Config, View
from .table_picture import table_picture
from .text_table import aligned, left_out, listed
from .wording import Question, question, titled, usage, values

__all__ = ["Config", "ask", "look_up", "tell"]

_NONE: Final[dict[str, str]] = {}


def is_question(config: Any, event: Event) -> bool:
    """A text that begins with `/name`, or with one of a view's words."""
    return question(config, addressed(event) or "") is not None


@on_command("query", aliases=("查询", "查"))
async def tell(ctx: Context, text: str = "") -> AsyncIterator[Draft]:
    """列出可以查什么，/查询 名字 值 去查。What one may ask here; /query NAME VALUES asks it."""
    asked = question(ctx.config, f"/{text.strip()}") or question(ctx.config, text)
    if asked is not None:
        async for draft in _answered(ctx, asked):
            yield draft
        return
    lines = await _offered(ctx)
    yield ctx.reply("\n".join(lines) or ctx.config.refused or "没有可以查询的。(Nothing to ask.)")


@on_message(when=is_question, block=True)
async def ask(ctx: Context) -> AsyncIterator[Draft]:
    """查数据库。Ask a database."""
    asked = question(ctx.config, addressed(ctx.event) or "")
    if asked is not None:
        async for draft in _answered(ctx, asked):
            yield draft


@tool("ask")
async def look_up(
    ctx: Context, name: str = "", values: Annotated[dict[str, str], Field(max_length=20)] = _NONE
) -> str:
    """Look something up in the owner's databases: `name` is one of the questions that an empty name
    lists, `values` its parameters by name.
    """
    asked = question(ctx.config, f"/{name}") if name else None
    if asked is None or not _may(ctx, asked.view):
        return "There are these questions:\n" + "\n".join(await _offered(ctx))
    about = await ctx.db.about(asked.query)
    rows = await ctx.db.query(asked.query, **values)
    return _text(ctx.config, asked.view, rows, titled(asked.view, asked.name, values, about))


async def _offered(ctx: Context) -> list[str]:
    """What the author of the event may ask, and how."""
    lines = []
    for name, view in ctx.config.views.items():
        if _may(ctx, view):
            about = await ctx.db.about(view.query or name)
            lines.append(f"{usage(name, about)}  {about.about}".rstrip())
    return lines


async def _answered(ctx: Context, asked: Question) -> AsyncIterator[Draft]:
    if not _may(ctx, asked.view):
        if ctx.config.refused:
            yield ctx.reply(ctx.config.refused)
        return
    try:
        draft = await _answer(ctx, asked)
    except BadValue as wrong:
        about = await ctx.db.about(asked.query)
        draft = ctx.reply(f"{wrong}\n用法 usage: {usage(asked.name, about)}")
    except (BadRequest, DependencyDown) as failure:
        away = isinstance(failure, DependencyDown)
        yield ctx.reply(ctx.config.away if away else ctx.config.failed)
        await ctx.flush()
        # Asked anew: what led to a word that was sent is told again to every later try.
        draft = await _answer(ctx, asked)
    yield draft


async def _answer(ctx: Context, asked: Question) -> Draft:
    about = await ctx.db.about(asked.query)
    said = values(asked.rest, about.parameters)
    rows = await ctx.db.query(asked.query, **said)
    title = titled(asked.view, asked.name, said, about)
    if not rows.rows:
        return ctx.reply(f"{title}\n{asked.view.empty}")
    if asked.view.show in {"text", "list"}:
        return ctx.reply(_text(ctx.config, asked.view, rows, title))
    png = await asyncio.to_thread(_picture, ctx.config, asked.view, rows, title)
    return ctx.reply(Image(media=await ctx.keep(png, mime="image/png", name=f"{asked.name}.png")))


def _text(config: Config, view: View, rows: Rows, title: str) -> str:
    most = config.text_rows
    body = listed(rows, most) if view.show == "list" else aligned(rows, most)
    return "\n".join(part for part in (title, body, left_out(rows, most)) if part)


def _picture(config: Config, view: View, rows: Rows, title: str) -> bytes:
    pens = Pens(*find_font(config.font, config.font_face))
    frame = Frame(title, left_out(rows, config.picture_rows), config.picture_rows)
    if view.show == "table":
        return table_picture(rows, frame, pens)
    return chart_picture(rows, view, frame, pens)


def _may(ctx: Context, view: View) -> bool:
    return view.required_permission is None or ctx.may(view.required_permission)

"""Greets who joins a group: one message for all who come within some seconds."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from plugins import Context, Draft, on_message, on_schedule
from schemas.content import SystemLine
from schemas.event import Event, MessageReceived

from .joining import joined

_PLACE: Final = re.compile(r"\{(names|group|count)\}")


class Config(BaseModel):
    """What its owner sets."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(
        default="欢迎 {names} 加入{group}！",
        description="{names}, {group} and {count} stand for who came, where, and how many",
    )
    text_en: str = Field(
        default="Welcome to {group}, {names}!", description="where WeChat's own line is English"
    )
    gather_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        default=15,
        description="greet all who came so long after the first of them; 0: each at once",
    )
    mention: bool = Field(default=False, description="call them with @")
    most_names: int = Field(default=10, ge=1, description="more are counted, not named")


def someone_joined(event: Event) -> bool:
    """A grey line says so."""
    if not isinstance(event, MessageReceived) or not isinstance(event.content, SystemLine):
        return False
    return event.chat.kind == "group" and bool(joined(event.content.text))


@on_message(rule=someone_joined)
async def gather(ctx: Context) -> AsyncIterator[Draft]:
    """Note who came; the first of a burst sets the time of the greeting."""
    event, config = ctx.event, ctx.config
    if not isinstance(event, MessageReceived) or not isinstance(event.content, SystemLine):
        return
    waiting: dict[str, Any] = ctx.state.pop("waiting", None) or {"names": []}
    first = not waiting["names"]
    names = list(dict.fromkeys([*waiting["names"], *joined(event.content.text)]))
    waiting = {"names": names, "group": event.chat.title, "zh": "加入" in event.content.text}
    if config.gather_seconds == 0:
        yield greeting(ctx, waiting)
        return
    ctx.state["waiting"] = waiting
    if first:
        ctx.schedule(timedelta(seconds=config.gather_seconds))


@on_schedule()
async def greet(ctx: Context) -> AsyncIterator[Draft]:
    """One message for all who came."""
    waiting = ctx.state.pop("waiting", None)
    if waiting:
        yield greeting(ctx, waiting)


def greeting(ctx: Context, waiting: dict[str, Any]) -> Draft:
    """To all who wait for it."""
    config: Config = ctx.config
    names: list[str] = waiting["names"]
    text = config.text if waiting["zh"] else config.text_en
    said = filled(text, names, waiting["group"], most=config.most_names, chinese=waiting["zh"])
    return ctx.reply(said, mentions=names[: config.most_names] if config.mention else ())


def filled(text: str, names: list[str], group: str, *, most: int, chinese: bool) -> str:
    """The greeting; nothing in a name or in the text is read as more than words."""
    shown = "、".join(names[:most]) if chinese else ", ".join(names[:most])
    if len(names) > most:
        shown += f"等 {len(names)} 位" if chinese else f" and {len(names) - most} more"
    values = {"names": shown, "group": group, "count": str(len(names))}
    return _PLACE.sub(lambda place: values[place[1]], text)

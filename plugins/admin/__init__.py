"""The owner's console in a chat: what the commands of `hongyan` see and decide, by `/admin`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from plugins import Context, Draft, on_command
from plugins.trigger import said as written
from schemas.event import InChat
from schemas.failure import BadRequest

from . import wording
from .wording import Language

_WORDS: Final[Mapping[str, str]] = {
    "status": "status", "状态": "status",
    "stop": "stop", "pause": "stop", "停止": "stop", "暂停": "stop",
    "resume": "resume", "恢复": "resume", "继续": "resume",
    "todo": "todo", "unknown": "todo", "outbox": "todo", "待办": "todo", "待发": "todo",
    "approve": "approve", "yes": "approve", "批准": "approve", "同意": "approve",
    "refuse": "refuse", "no": "refuse", "拒绝": "refuse",
    "sent": "sent", "已发": "sent",
    "notsent": "not_sent", "未发": "not_sent",
    "resend": "resend", "重发": "resend",
    "drop": "drop", "放弃": "drop",
    "dead": "dead", "dlq": "dead", "死信": "dead",
    "redrive": "redrive", "retry": "redrive", "重投": "redrive", "重试": "redrive",
    "discard": "discard", "丢弃": "discard",
    "plugins": "plugins", "插件": "plugins",
    "on": "on", "enable": "on", "启用": "on",
    "off": "off", "disable": "off", "停用": "off",
}  # fmt: skip
_SHORTEST: Final = 4  # characters of an id
_VERDICTS: Final = frozenset({"approve", "refuse", "sent", "not_sent", "resend", "drop"})


class Config(BaseModel):
    """What the owner may set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = Field(default=8, ge=1, le=20, description="lines of a list at most")
    reason: str = Field(default="/admin", min_length=1, description="what the audit tells as why")


@on_command("admin", aliases=("管理",), block=True)
async def admin(ctx: Context, deed: str = "", rest: str = "") -> AsyncIterator[Draft]:
    """See how all is, stop and resume a phone, decide on messages, dead letters and plugins."""
    language = wording.language_of(written(ctx.event) or "")
    name = _WORDS.get(deed.casefold())
    if name is None:
        yield ctx.reply(wording.said(language, "help"))
        return
    try:
        yield ctx.reply(await _DEEDS[name](ctx, language, deed, rest.strip()))
    except BadRequest as refused:
        yield ctx.reply(wording.said(language, "refused", why=refused))


async def _status(ctx: Context, language: Language, _word: str, _rest: str) -> str:
    return wording.status(language, await ctx.operations.status())


async def _stop_or_resume(ctx: Context, language: Language, word: str, rest: str) -> str:
    order, account = _WORDS[word.casefold()], rest or ctx.event.account
    told = {"by": _author(ctx), "reason": ctx.config.reason}
    await ctx.operations.order(account, order, **told, at=ctx.event.observed_at)
    return wording.said(language, order, account=account)


async def _todo(ctx: Context, language: Language, _word: str, _rest: str) -> str:
    most = ctx.config.rows
    rows = await ctx.operations.actions(most + 1)
    ctx.state["actions"] = [row["action_id"] for row in rows[:most]]
    return wording.cut(language, wording.actions(language, rows, ctx.now), most)


async def _decide(ctx: Context, language: Language, word: str, rest: str) -> str:
    action = _chosen(ctx, "actions", rest)
    if action is None:
        return wording.said(language, "which", list="待办" if language == "zh" else "todo")
    verdict = _WORDS[word.casefold()]
    told = {"by": _author(ctx), "reason": ctx.config.reason}
    row = await ctx.operations.decide(action, verdict, **told)
    text, chat = (wording.short(row.get(name, "")) for name in ("text", "chat"))
    return wording.said(language, "decided", word=word, chat=chat or action, text=text)


async def _dead(ctx: Context, language: Language, _word: str, _rest: str) -> str:
    most = ctx.config.rows
    rows = await ctx.operations.letters(most + 1)
    ctx.state["letters"] = [row["letter_id"] for row in rows[:most]]
    return wording.cut(language, wording.letters(language, rows, ctx.now), most)


async def _settle(ctx: Context, language: Language, word: str, rest: str) -> str:
    letter = _chosen(ctx, "letters", rest)
    if letter is None:
        return wording.said(language, "which", list="死信" if language == "zh" else "dead")
    deed = _WORDS[word.casefold()]
    told = {"by": _author(ctx), "reason": ctx.config.reason}
    row = await ctx.operations.settle(letter, deed, **told)
    error = wording.short(row.get("error", ""))
    instance = row.get("instance", letter)
    return wording.said(language, "settled", word=word, instance=instance, error=error)


async def _plugins(ctx: Context, language: Language, _word: str, _rest: str) -> str:
    return wording.instances(language, await ctx.operations.instances())


async def _switch(ctx: Context, language: Language, word: str, rest: str) -> str:
    if not rest:
        return wording.said(language, "name", word=word)
    name = _WORDS[word.casefold()]
    await ctx.operations.switch(rest, on=name == "on", by=_author(ctx))
    state = wording.said(language, name)
    return wording.said(language, "switched", instance=rest, word=state)


Deed = Callable[[Context, Language, str, str], Awaitable[str]]
_DEEDS: Final[Mapping[str, Deed]] = {
    "status": _status,
    "stop": _stop_or_resume,
    "resume": _stop_or_resume,
    "todo": _todo,
    **dict.fromkeys(_VERDICTS, _decide),
    "dead": _dead,
    "redrive": _settle,
    "discard": _settle,
    "plugins": _plugins,
    "on": _switch,
    "off": _switch,
}


def _chosen(ctx: Context, listed: str, wanted: str) -> str | None:
    """The id behind a number of the last list, or an id as it was written; None: nothing is. What
    is short is no id: a slip of the finger would decide on whatever begins so.
    """
    ids: list[Any] = ctx.state.get(listed, [])
    if wanted.isdecimal() and len(wanted) < _SHORTEST:
        return str(ids[int(wanted) - 1]) if 0 < int(wanted) <= len(ids) else None
    return wanted if len(wanted) >= _SHORTEST else None


def _author(ctx: Context) -> str:
    """Whom the audit names: the owner's chat."""
    event = ctx.event
    return f"{event.chat.title} ({event.chat_id})" if isinstance(event, InChat) else event.chat_id

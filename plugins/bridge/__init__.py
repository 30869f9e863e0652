"""Joins chats of any channels into rooms: what is written in one is shown in the others."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Final

from plugins import Context, Draft, on_command, on_event, on_message, on_outgoing
from plugins.trigger import addressed
from schemas.content import Sendable, Text
from schemas.event import Event, MessageRecalled

from .passage import Passage, Passed, named, printed
from .room import AUTHORED, Config, Member, Room
from .said import Said, said

__all__ = ["Config"]

_MOST_QUOTED: Final = 60  # characters


def no_command(event: Event) -> bool:
    """`/bridge` is for the bridge itself."""
    return not (addressed(event) or "").strip().startswith("/bridge")


@on_message(rule=no_command)
async def written(ctx: Context) -> AsyncIterator[Draft]:
    """Show it in the other chats of its room."""
    async for draft in _passed_on(ctx):
        yield draft


@on_event("webhook.received")
async def posted(ctx: Context) -> AsyncIterator[Draft]:
    """The same for what a webhook brings."""
    async for draft in _passed_on(ctx):
        yield draft


@on_event("message.recalled")
async def recalled(ctx: Context) -> AsyncIterator[Draft]:
    """Nobody can take back what stands elsewhere: that it was taken back is said there."""
    event, place = ctx.event, ctx.config.place(ctx.event)
    if place is None or not isinstance(event, MessageRecalled) or event.by is None:
        return
    room, member = place
    if room.recalls:
        for other in room.others(member):
            yield _to(other, Text(text=f"[{event.by} 撤回了一条消息]"))


@on_command("bridge")
async def told(ctx: Context) -> AsyncIterator[Draft]:
    """`/bridge` says with which chats this one is joined."""
    place = ctx.config.place(ctx.event)
    if place is not None:
        room, member = place
        others = "\n".join(f"· {other.label or other.key}" for other in room.others(member))
        yield ctx.reply(f"本会话与以下会话互通（{room.name}）\nJoined with:\n{others}")


@on_outgoing
def answered(config: Config, speaker: str, event: Event, draft: Draft) -> list[Draft]:
    """What other plugins say in a chat of a room is shown in the others too: a question without its
    answer is half of a talk.
    """
    place = config.place_of(draft.channel, draft.account, draft.chat_id)
    if place is None or not place[0].answers:
        return [draft]
    print_ = printed(f"{speaker}{draft.content.model_dump_json()}")
    heard = Said(f"{place[0].answered}{event.event_id}:{print_}", config.own_name, draft.content)
    return [draft, *_copies(*place, heard, None)]


async def _passed_on(ctx: Context) -> AsyncIterator[Draft]:
    place = ctx.config.place(ctx.event)
    heard = said(ctx.event) if place is not None else None
    if place is None or heard is None or heard.author in ctx.config.ignore:
        return
    room, member = place
    name = f"room/{room.name}"
    passage = Passage.of(await ctx.shared.get(name))
    if not _is_new(ctx, passage, room, member, heard):
        await ctx.shared.put(name, passage.kept())
        return
    quoted = None
    if heard.quoted is not None:
        quoted = passage.quoted(heard.quoted.origin, heard.quoted.text)
    for draft in _copies(room, member, heard, quoted):
        yield draft
    now = ctx.now.timestamp()
    print_ = printed(_line(heard, member))
    passage.add(Passed(named(heard.origin), ctx.event.event_id, member.key, print_, now))
    await ctx.shared.put(name, passage.kept())


def _is_new(ctx: Context, passage: Passage, room: Room, member: Member, heard: Said) -> bool:
    """Whether it was said here first; else it came by the bridge, and goes no further."""
    own = heard.origin.startswith(room.answered)
    if own or passage.is_copy(heard.origin, member.key if heard.is_own_id else None):
        ctx.log.info("a copy came back, and goes no further")
        return False
    text = heard.content.text if isinstance(heard.content, Text) else None
    if text and member.channel not in AUTHORED and passage.echo(member.key, text, ctx.now):
        ctx.log.info("somebody repeats what the bridge wrote: it goes no further")
        return False
    if passage.is_storm(printed(_line(heard, member)), member.key, ctx.now):
        ctx.log.warning("the same words go round and round: not passed on")
        return False
    return True


def _line(heard: Said, member: Member) -> str:
    """How a text reads where the name stands in it."""
    text = heard.content.text if isinstance(heard.content, Text) else f"[{heard.content.kind}]"
    return f"{_author(heard, member)}：{text}"


def _author(heard: Said, member: Member) -> str:
    return f"{heard.author}（{member.label}）" if member.label else heard.author


def _copies(room: Room, member: Member, heard: Said, quoted: Passed | None) -> Iterator[Draft]:
    """What to show in the other chats of a room."""
    for other in room.others(member):
        shown = _author(heard, member) if room.names and other.channel not in AUTHORED else ""
        for draft in _drafts(other, heard, shown, quoted):
            yield replace(draft, origin=heard.origin, author=_author(heard, member))


def _drafts(other: Member, heard: Said, shown: str, quoted: Passed | None) -> Iterator[Draft]:
    """What to show in one of them; `shown` is the name that stands in the text."""
    native = None
    if quoted is not None and other.channel in AUTHORED:
        native = quoted.whole_origin
    elif quoted is not None and quoted.source == other.key:
        native = quoted.event_id
    before = "" if native is not None else _quote_line(heard)
    if isinstance(heard.content, Text):
        text = f"{shown}：{heard.content.text}" if shown else heard.content.text
        called = heard.mentions if other.channel not in AUTHORED else ()
        draft = _to(other, Text(text=before + text))
        yield replace(draft, quote=native, mentions=called)
        return
    if shown or before:
        line = f"{before}{shown}：" if shown else before.rstrip()
        yield replace(_to(other, Text(text=line)), quote=native)
    yield _to(other, heard.content)


def _quote_line(heard: Said) -> str:
    """What is answered, where the channel cannot show it: its beginning, on a line of its own."""
    quoted = heard.quoted
    if quoted is None or not quoted.text:
        return ""
    text = " ".join(quoted.text.split())
    cut = text if len(text) <= _MOST_QUOTED else f"{text[:_MOST_QUOTED]}…"
    return f"「{quoted.sender}：{cut}」\n" if quoted.sender else f"「{cut}」\n"


def _to(member: Member, content: Sendable) -> Draft:
    """Grants are asked when it is yielded."""
    return Draft(member.channel, member.account, member.chat_id, content)

"""Where a message goes: a chat by its id, or by a name that fits one chat alone."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.api.footing import Footing
from connectors.api.lookup import PHONES, ask_phone, is_fresh, phones
from connectors.api.problem import Problem, away
from connectors.database import singly
from connectors.tables import CHATS, CONTACTS
from schemas.event import ChatKind
from schemas.model import Slug

ChatId = str


class Destination(BaseModel):
    """`chat_id`, or `name` (a title or a remark, exactly) with or without `kind`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Slug = "wechat"
    account: Slug
    chat_id: ChatId | None = Field(default=None, min_length=1, max_length=200)
    name: str | None = Field(default=None, min_length=1, max_length=200)
    kind: ChatKind | None = Field(default=None, description="with `name` alone")

    @model_validator(mode="after")
    def _one_way(self) -> "Destination":
        if (self.chat_id is None) == (self.name is None):
            raise ValueError("give either chat_id or name")
        if self.kind is not None and self.name is None:
            raise ValueError("kind goes with name")
        if "\x00" in (self.chat_id or "") + (self.name or ""):
            raise ValueError("the NUL character is in no name")
        return self


class ListedChat(BaseModel):
    """A chat as the API shows it."""

    chat_id: str | None = Field(description="null: it cannot be told from another of that name")
    title: str
    kind: ChatKind | None
    remark: str | None


async def find_chats(
    engine: AsyncEngine,
    *,
    name: str | None = None,
    channel: str | None = None,
    account: str | None = None,
    kind: ChatKind | None = None,
) -> list[ListedChat]:
    """The chats of the projection whose title or remark is `name`, by title, then id.

    Raises:
        DependencyDown: the database is away.

    """
    columns = CHATS.c
    query = select(columns.chat_id, columns.title, columns.kind, columns.remark)
    if name is not None:
        query = query.where(or_(columns.title == name, columns.remark == name))
    wanted = ((columns.channel, channel), (columns.account, account), (columns.kind, kind))
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    async with singly(engine) as connection:
        rows = (await connection.execute(query.order_by(columns.title, columns.chat_id))).all()
    return [ListedChat(**row._mapping) for row in rows]  # noqa: SLF001  # its public name for a dict


async def count_contacts(engine: AsyncEngine, account: str, name: str) -> int:
    """How many people in an account's address book have this name or remark.

    Raises:
        DependencyDown: the database is away.

    """
    columns = CONTACTS.c
    query = select(func.count()).where(
        columns.account == account, or_(columns.name == name, columns.remark == name)
    )
    async with singly(engine) as connection:
        return int((await connection.execute(query)).scalar_one())


async def resolve(footing: Footing, to: Destination) -> ChatId:
    """The one chat that is meant: as the account's phone finds it now, unless its contacts were
    read whole a moment ago. A phone that does not answer leaves a name that fits one known chat
    alone to be proven before it is written to; an account that never had a phone has only what is
    known.

    Raises:
        Problem: 404 where no chat fits, 409 with `candidates` where several do, 503 and 504 where
            only the phone could tell.
        DependencyDown: the database is away.

    """
    if to.chat_id is not None:
        return to.chat_id
    known = await find_chats(
        footing.engine, name=to.name, channel=to.channel, account=to.account, kind=to.kind
    )
    health = (await phones(footing, to.account)).get(to.account) if to.channel == PHONES else None
    if health is None:
        return _only(known)
    if len(known) == 1 and await is_fresh(footing, to.account):
        people = await count_contacts(footing.engine, to.account, to.name or "")
        if people <= 1:  # else one of them has no chat yet
            return _only(known)
    try:
        if health == "stopped":
            raise away(f"The phone of {to.account} is away: only it can tell who has this name.")
        answer = await ask_phone(footing, to.account, to.name or "", to.kind)
    except Problem:
        if len(known) == 1:
            return known[0].chat_id or ""
        raise
    found = [ListedChat.model_validate(chat, from_attributes=True) for chat in answer.chats]
    return _only(found, whole=answer.whole)


def _only(found: list[ListedChat], *, whole: bool = True) -> ChatId:
    """The one chat; a problem where there is none, or not just one."""
    if len(found) == 1 and found[0].chat_id is not None and whole:
        return found[0].chat_id
    if not found and whole:
        raise Problem(
            404,
            "No chat has this name as its title or remark. Check the name: it must be exactly what "
            "WeChat shows; or give the chat_id, GET /v1/chats lists those known.",
        )
    candidates: list[dict[str, Any]] = [chat.model_dump() for chat in found]
    more = "" if whole else " More chats have similar names than could be looked through."
    raise Problem(
        409,
        f"{len(found)} chats have this name.{more} Send to the chat_id of the one you mean; one "
        "without a chat_id cannot be told from the others: give it a remark of its own in WeChat.",
        candidates=candidates,
    )

"""Where a message goes: a chat by its id, or by a name that fits one chat alone."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.api.problem import Problem
from connectors.database import singly
from connectors.tables import CHATS
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

    chat_id: str
    title: str
    kind: ChatKind
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


async def resolve(engine: AsyncEngine, to: Destination) -> ChatId:
    """The one chat that is meant.

    Raises:
        Problem: 404 where no chat fits, 409 with `candidates` where several do.
        DependencyDown: the database is away.

    """
    if to.chat_id is not None:
        return to.chat_id
    found = await find_chats(
        engine, name=to.name, channel=to.channel, account=to.account, kind=to.kind
    )
    if not found:
        raise Problem(
            404,
            "No chat that is known so far has this name as its title or remark. Names are looked "
            "up among the chats already seen; looking one up on the phone comes later. Check the "
            "name, let a message come from that chat first, or give its chat_id.",
        )
    if len(found) > 1:
        candidates: list[dict[str, Any]] = [chat.model_dump() for chat in found]
        raise Problem(
            409,
            f"{len(found)} chats have this name. Send to the chat_id of the one you mean.",
            candidates=candidates,
        )
    return found[0].chat_id

"""`/v1/contacts` and the members of a chat: whom an account knows, as its phone last showed it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.api.bearer import Caller
from connectors.api.footing import OnFooting
from connectors.api.problem import PROBLEMS, Problem
from connectors.database import singly
from connectors.tables import CHATS, CONTACT_READS, CONTACTS, MEMBERS
from schemas.contact import Member
from schemas.model import Moment, Slug

router = APIRouter(prefix="/v1", tags=["chats"], responses=PROBLEMS)


class ListedContact(BaseModel):
    """A contact as the API shows it."""

    contact_id: str
    account: str
    name: str
    remark: str | None
    nickname: str | None
    wechat_id: str | None
    region: str | None
    official: bool
    chat_id: str | None = Field(description="its private chat, where one alone has that name")


class ContactList(BaseModel):
    """Contacts by name; `read_at`: when each account's address book was last read whole."""

    items: list[ListedContact]
    read_at: dict[str, Moment]


class MemberList(BaseModel):
    """Who is in a group; `whole`: whether these are all of its `count` members."""

    items: list[Member]
    count: int | None
    whole: bool
    read_at: Moment | None


@router.get("/contacts", summary="List contacts")
async def list_contacts(
    *,
    footing: OnFooting,
    caller: Caller,
    name: Annotated[
        str | None, Query(description="exactly the remark, the nickname or the WeChat ID")
    ] = None,
    account: Slug | None = None,
    channel: Slug | None = None,
    official: bool | None = None,
) -> ContactList:
    """The friends and official accounts read so far, or those with this name."""
    columns = CONTACTS.c
    if name is not None and "\x00" in name:
        return ContactList(items=[], read_at={})
    query = select(*(columns[field] for field in ListedContact.model_fields))
    if name is not None:
        known = (columns.name, columns.remark, columns.nickname, columns.wechat_id)
        query = query.where(or_(*(column == name for column in known)))
    wanted = ((columns.channel, channel), (columns.account, account), (columns.official, official))
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    found = await _rows(footing.engine, query.order_by(columns.name, columns.contact_id))
    read = await _rows(footing.engine, select(CONTACT_READS.c.account, CONTACT_READS.c.at))
    items = [ListedContact(**row) for row in found]
    return ContactList(items=items, read_at={row["account"]: row["at"] for row in read})


@router.get("/chats/{chat_id}/members", summary="List a group's members")
async def list_members(*, footing: OnFooting, caller: Caller, chat_id: str) -> MemberList:
    """Who is in a group, the account's owner among them; empty until it was read once."""
    nobody = Problem(404, "No chat that is known so far has this id.")
    if "\x00" in chat_id:
        raise nobody
    columns = MEMBERS.c
    query = select(columns.count, columns.whole, columns.at, columns.body)
    rows = await _rows(footing.engine, query.where(columns.chat_id == chat_id))
    if rows:
        row = rows[0]
        return MemberList(
            items=[Member.model_validate(one) for one in row["body"]["members"]],
            count=row["count"],
            whole=row["whole"],
            read_at=row["at"],
        )
    known = select(CHATS.c.kind).where(CHATS.c.chat_id == chat_id)
    if not await _rows(footing.engine, known):
        raise nobody
    return MemberList(items=[], count=None, whole=False, read_at=None)


async def _rows(engine: AsyncEngine, query: Select[Any]) -> list[dict[str, Any]]:
    """A query's rows by column. Raises DependencyDown where the database is away."""
    async with singly(engine) as connection:
        return [dict(row) for row in (await connection.execute(query)).mappings()]

"""`/v1/chats`: the chats an account is known to have."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from connectors.api.bearer import Caller
from connectors.api.destination import ListedChat, find_chats
from connectors.api.footing import Footing, OnFooting
from connectors.api.lookup import PHONES, ask_phone, is_fresh, phones
from connectors.api.problem import PROBLEMS, Problem, away
from schemas.event import ChatKind
from schemas.model import Slug

router = APIRouter(prefix="/v1/chats", tags=["chats"], responses=PROBLEMS)


class ChatList(BaseModel):
    """Chats by title."""

    items: list[ListedChat]


@router.get("", summary="List chats")
async def list_chats(
    *,
    footing: OnFooting,
    caller: Caller,
    name: Annotated[str | None, Query(description="exactly the title or the remark")] = None,
    account: Slug | None = None,
    channel: Slug | None = None,
    kind: ChatKind | None = None,
) -> ChatList:
    """All chats known so far; with a name those that the phones find now, beside those known."""
    if name is not None and "\x00" in name:
        return ChatList(items=[])
    found = await find_chats(footing.engine, name=name, account=account, channel=channel, kind=kind)
    if name is None or channel not in {None, PHONES}:
        return ChatList(items=found)
    ids = {chat.chat_id for chat in found} - {None}
    asked = await _found_now(footing, name, account, kind, known=bool(found))
    return ChatList(items=found + [chat for chat in asked if chat.chat_id not in ids])


async def _found_now(
    footing: Footing, name: str, account: str | None, kind: ChatKind | None, *, known: bool
) -> list[ListedChat]:
    """What the phones say that were not read whole a moment ago. Where some chats are `known`, a
    phone that does not answer is passed over, else its problem is the answer.
    """
    found: list[ListedChat] = []
    for owner, health in (await phones(footing, account)).items():
        if await is_fresh(footing, owner):
            continue
        try:
            if health == "stopped":
                raise away(f"The phone of {owner} is away: only it can tell who has this name.")
            answer = await ask_phone(footing, owner, name, kind)
        except Problem:
            if known or found:
                continue
            raise
        found += [ListedChat.model_validate(chat, from_attributes=True) for chat in answer.chats]
    return found

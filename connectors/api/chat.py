"""`/v1/chats`: the chats an account is known to have."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from connectors.api.bearer import Caller
from connectors.api.destination import ListedChat, find_chats
from connectors.api.footing import OnFooting
from connectors.api.problem import PROBLEMS
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
    """All chats known so far, or those with this name."""
    if name is not None and "\x00" in name:
        return ChatList(items=[])
    found = await find_chats(footing.engine, name=name, account=account, channel=channel, kind=kind)
    return ChatList(items=found)

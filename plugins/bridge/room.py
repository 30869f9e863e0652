"""Rooms: which chats are joined, as their owner sets them. Pure."""

from itertools import chain
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.event import Event
from schemas.model import Slug

from .passage import printed

AUTHORED: Final = frozenset({"webhook"})
"""Channels that show another's name beside a message: it need not stand in the text."""


class Member(BaseModel):
    """A chat that belongs to a room."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: Slug = "wechat"
    account: Slug = "default"
    chat_id: str = Field(min_length=1, max_length=200)
    label: str = Field(
        default="", max_length=40, description="stands behind the names of those who write here"
    )

    @property
    def key(self) -> str:
        """What no other member is called."""
        return f"{self.channel}:{self.account}:{self.chat_id}"

    @property
    def place(self) -> tuple[str, str, str]:
        """Channel, account and chat."""
        return self.channel, self.account, self.chat_id


class Room(BaseModel):
    """What is written in one member is shown in all others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Slug
    members: tuple[Member, ...] = Field(min_length=2, max_length=20)
    names: bool = Field(default=True, description="say who wrote, where a channel cannot show it")
    answers: bool = Field(
        default=True, description="show what other plugins answer in one chat in the others too"
    )
    recalls: bool = Field(default=True, description="say that somebody took a message back")

    @property
    def answered(self) -> str:
        """How the origins begin of what plugins answer in this room, and in no other."""
        chats = "|".join([self.name, *(one.key for one in self.members)])
        return f"answer:{printed(chats)}:"

    def others(self, member: Member) -> tuple[Member, ...]:
        """All but one."""
        return tuple(one for one in self.members if one.key != member.key)


class Config(BaseModel):
    """What its owner sets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rooms: tuple[Room, ...] = Field(min_length=1)
    own_name: str = Field(
        default="bot", min_length=1, max_length=40, description="who plugins' answers are from"
    )
    ignore: tuple[str, ...] = Field(
        default=(), description="names of those who are not passed on, such as other bots"
    )

    @model_validator(mode="after")
    def _each_chat_once(self) -> Self:
        keys = [member.key for room in self.rooms for member in room.members]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"{twice[0]} is in two places: a chat belongs to one room, once")
        names = [room.name for room in self.rooms]
        if len(set(names)) < len(names):
            raise ValueError("two rooms have one name")
        return self

    def place(self, event: Event) -> tuple[Room, Member] | None:
        """The room, and the chat of it, in which an event happened."""
        return self.place_of(event.channel, event.account, event.chat_id)

    def place_of(self, channel: str, account: str, chat_id: str) -> tuple[Room, Member] | None:
        """The room to which a chat belongs, and what it is there."""
        found = chain.from_iterable(((room, one) for one in room.members) for room in self.rooms)
        wanted = (channel, account, chat_id)
        return next((pair for pair in found if pair[1].place == wanted), None)

"""Who may what: roles of people by `roles.toml` beside `instances.toml`. Pure but for its reading.

Identity is what a channel proves. WeChat shows no ID over a bubble: a private chat is one person,
as the phone keeps chats apart, and a name in a group is anybody's who takes it.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from plugins.manifest import PluginProblem
from schemas.event import Event, FromOutside, InChat, MessageReceived, ScheduleFired
from schemas.model import Slug

FILE: Final = "roles.toml"
OWNER: Final = "owner"
ADMIN: Final = "admin"
MEMBER: Final = "member"

_STRICT: Final = ConfigDict(frozen=True, extra="forbid")


class RoleTable(BaseModel):
    """One `[roles.NAME]`: who holds it holds those that it inherits from, and is a member."""

    model_config = _STRICT

    inherits: tuple[Slug, ...] = ()


class Known(BaseModel):
    """One `[[people]]`: a person, known by one thing, and the role held.

    `name` proves nothing where a channel lets people choose it, so it counts only `unproven`.
    """

    model_config = _STRICT

    role: Slug
    chat: str | None = Field(default=None, description="the id of the private chat with the person")
    id: str | None = Field(default=None, description="the channel's own id of the sender")
    name: str | None = Field(default=None, description="as shown over the bubble in a group")
    unproven: bool = Field(default=False, description="accept a name that anybody can take")
    channel: Slug | None = None
    account: Slug | None = None
    chats: tuple[str, ...] = Field(default=(), description="where it is held; empty: everywhere")

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum(one is not None for one in (self.chat, self.id, self.name)) != 1:
            raise ValueError("say one of chat, id and name")
        if self.name is not None and not (self.unproven and self.chats):
            raise ValueError(
                "anybody can take a name: write `unproven = true` and the `chats` where it is "
                "enough, or name the private `chat` with that person"
            )
        return self

    def is_author(self, event: MessageReceived) -> bool:
        """Whether this person wrote it."""
        sender, where = event.sender, event.chat
        return (
            event.channel == (self.channel or event.channel)
            and event.account == (self.account or event.account)
            and where.chat_id in (self.chats or {where.chat_id})
            and (
                (where.kind == "private" and where.chat_id == self.chat)
                or (self.id is not None and sender.id == self.id)
                or (self.name is not None and where.kind == "group" and sender.name == self.name)
            )
        )


class RolesFile(BaseModel):
    """The whole file."""

    model_config = _STRICT

    refusal: str = Field(
        default="", description="what somebody reads whose command is refused; empty: nothing"
    )
    roles: dict[Slug, RoleTable] = Field(default_factory=dict)
    people: tuple[Known, ...] = ()

    @model_validator(mode="after")
    def _all_there(self) -> Self:
        known = {OWNER, ADMIN, MEMBER, *self.roles}
        if OWNER in self.roles:
            raise ValueError("an owner holds every role already")
        for name, table in self.roles.items():
            if unknown := set(table.inherits) - known:
                raise ValueError(f"roles.{name}: there is no role {sorted(unknown)}")
            if OWNER in table.inherits or name in _closed(table.inherits, self.roles):
                raise ValueError(f"roles.{name}: inherits from itself, or from owner")
        for one in self.people:
            if one.role not in known:
                raise ValueError(f"people: there is no role {one.role!r}; add [roles.{one.role}]")
        return self


@dataclass(frozen=True)
class Roles:
    """Who holds which roles. Without a file everybody is a member, and nobody more."""

    people: tuple[Known, ...] = ()
    tables: Mapping[str, RoleTable] = field(default_factory=dict)
    refusal: str = ""

    @property
    def names(self) -> frozenset[str]:
        """All roles that somebody could hold."""
        return frozenset({OWNER, ADMIN, MEMBER, *self.tables})

    def held(self, event: Event) -> frozenset[str]:
        """The roles of the person who wrote an event; none where no person did.

        More than membership needs a proven author: behind a join that the phone could not prove
        (`gap_possible`) nobody is known.
        """
        if not isinstance(event, MessageReceived) or not event.sender.name:
            return frozenset({MEMBER} if isinstance(event, InChat) else ())
        if event.gap_possible:
            return frozenset({MEMBER})
        given = {one.role for one in self.people if one.is_author(event)}
        return self.names if OWNER in given else _closed({*given, MEMBER}, self.tables)

    def hold(self, event: Event, wanted: Iterable[str]) -> bool:
        """Whether the author holds one of these roles, or none is wanted.

        What no person of a chat caused (a schedule, a signed webhook, the API) is its owner's doing
        and passes.
        """
        some = tuple(wanted)
        if not some or isinstance(event, FromOutside):
            return True
        return not self.held(event).isdisjoint(some)

    def vouch(self, event: Event, wanted: Iterable[str]) -> bool:
        """Whether somebody who holds one of these roles stands behind an event: as `hold`, but for
        what a run planned (`ctx.schedule`): who made it plan that is not known any more.
        """
        planned = isinstance(event, ScheduleFired) and event.instance and event.handler is None
        some = tuple(wanted)
        return MEMBER in some or not some if planned else self.hold(event, some)

    def with_file(self, other: RolesFile) -> "Roles":
        """These and another folder's: people of both; a table or word of the later one counts."""
        tables = {**self.tables, **other.roles}
        return Roles(self.people + other.people, tables, other.refusal or self.refusal)


NOBODY: Final = Roles()
"""Everybody is a member, and nobody more."""


def read_roles(file: Path) -> RolesFile:
    """The roles of a folder; none where there is no file.

    Raises:
        PluginProblem: it cannot be read, or is wrong; the message names the place.

    """
    try:
        return RolesFile.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return RolesFile()
    except OSError as error:
        raise PluginProblem(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PluginProblem(f"{file}: is no TOML: {error}") from error
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False)
        said = "; ".join(f"{_where(one['loc'])}{one['msg']}" for one in told)
        raise PluginProblem(f"{file}: {said}") from error


def _where(place: tuple[Any, ...]) -> str:
    return f"{'.'.join(map(str, place))}: " if place else ""


def _closed(roles: Iterable[str], tables: Mapping[str, RoleTable]) -> frozenset[str]:
    """The roles and all that they inherit from."""
    found: set[str] = set()
    left = list(roles)
    while left:
        role = left.pop()
        if role not in found:
            found.add(role)
            left += tables[role].inherits if role in tables else ()
    return frozenset(found)

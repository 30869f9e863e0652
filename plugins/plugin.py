"""A loaded plugin, its instances, and which of them an event is for. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from plugins.arguments import Misused
from plugins.draft import Draft
from plugins.grants import NOTHING, Grants, Warrant
from plugins.handler import Handler, Misjudged, Refused
from plugins.life import Life
from plugins.limits import USUAL, InstanceLimits
from plugins.manifest import Manifest, PluginProblem
from plugins.offering import offers
from plugins.outgoing import Outgoing, passed
from plugins.roles import NOBODY, Roles
from plugins.scope import EVERYWHERE, Scope
from plugins.tool import Tool
from plugins.toolbox import Offered
from plugins.trigger import Command
from schemas.event import Event, MessageReceived, ScheduleFired


@dataclass(frozen=True)
class Plugin:
    """A manifest and its handlers, in the order in which the module defines them.

    `config` is the module's own `Config`, what its owner may set; `life` is this generation of its
    code. `checks` read what any instance is about to say; `tools` are offered to language models.
    """

    manifest: Manifest
    handlers: tuple[Handler, ...]
    config: type[BaseModel] | None = None
    life: Life | None = field(default=None, compare=False)
    checks: tuple[Outgoing, ...] = ()
    tools: tuple[Tool, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what its manifest does not allow.

        Raises:
            PluginProblem: it is pure, and wants to remember when it answered, or what was before.

        """
        remembering = [one.name for one in self.handlers if one.remembers]
        if self.manifest.pure and remembering:
            raise PluginProblem(
                f"{self.manifest.name}: {remembering[0]} asks for the state, which a pure plugin "
                "has not: drop `pure` in plugin.toml"
            )
        spaced = [one.name for one in self.handlers if one.cooldown is not None]
        if self.manifest.pure and spaced:
            raise PluginProblem(
                f"{self.manifest.name}: {spaced[0]} has a cooldown, which needs a memory: drop "
                "`pure` in plugin.toml"
            )

    @property
    def folder(self) -> Path | None:
        """Where it was loaded from; None: it was made in memory."""
        return None if self.life is None else self.life.folder


@dataclass(frozen=True)
class Instance:
    """A plugin under the name that turns, state and dead letters carry, set up for one place."""

    name: str
    plugin: Plugin
    scope: Scope = EVERYWHERE
    config: Any = None
    own_priority: int | None = None
    grants: Grants = NOTHING
    own_permission: str | None = None
    roles: Roles = NOBODY
    limits: InstanceLimits = USUAL

    def remembers(self, event: Event) -> bool:
        """Whether what it remembers of an event's chat says if the event is for it."""
        return any(one.remembers for one in self.plugin.handlers) and is_for(self, event)

    def wanted(self, handler: Handler) -> tuple[tuple[str, ...], ...]:
        """What the author of an event needs for a handler: of each, one role."""
        needed = self._needed
        return (*needed, handler.permission) if handler.permission else needed

    def tells_refusal(self, handler: Handler) -> bool:
        """Whether somebody who may not use a handler is told so: a command, and there is a word. A
        pure plugin could not remember that it said so a moment ago.
        """
        worded = bool(self.roles.refusal) and not self.plugin.manifest.pure
        return worded and isinstance(handler.trigger, Command)

    def permits(self, handler: Handler, event: Event) -> bool:
        """Whether the author of an event may use a handler."""
        return all(self.roles.hold(event, roles) for roles in self.wanted(handler))

    def lends_tools(self, event: Event) -> bool:
        """Whether the author of an event may use anything of it, so that a model may for them."""
        return all(self.roles.vouch(event, roles) for roles in self._needed)

    @property
    def _needed(self) -> tuple[tuple[str, ...], ...]:
        """What its owner and its manifest ask of whoever uses anything of it."""
        manifest = self.plugin.manifest.required_permission
        return tuple((one,) for one in (self.own_permission, manifest) if one is not None)

    @property
    def warrant(self) -> Warrant:
        """What asks its grants, and people's roles."""
        return Warrant(self.name, self.grants, self.roles)

    @property
    def priority(self) -> int:
        """Lower sees an event first."""
        own = self.own_priority
        return self.plugin.manifest.priority if own is None else own

    @property
    def order(self) -> tuple[int, str]:
        """Ascending priority, ties by name."""
        return self.priority, self.name


Call = tuple[Handler, tuple[Any, ...]]
Found = dict[str, tuple[Instance, list[Call]]]


@dataclass(frozen=True)
class Match:
    """An instance an event is for, the handlers to call with which arguments, and all instances
    that it is among.
    """

    instance: Instance
    calls: tuple[Call, ...]
    among: tuple[Instance, ...] = field(default=(), repr=False, compare=False)

    async def offers(self, event: Event) -> list[dict[str, Any]]:
        """What the author of an event can use in its chat, as `ctx.catalogue` has it."""
        return offers((one for one in self.among if is_for(one, event)), event)

    def tools(self, event: Event) -> tuple[Offered, ...]:
        """What there is for language models in an event's chat, as `ctx.tools` has it; nothing of
        an instance that the event's author may not use.
        """
        tooled = (one for one in self.among if one.plugin.tools and is_for(one, event))
        here = (one for one in tooled if one.lends_tools(event))
        return tuple(Offered(one, tool) for one in here for tool in one.plugin.tools)

    def passed(self, event: Event, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """What it may say, when all that check what is said have read it.

        Raises:
            Bug: a check raised.

        """
        return passed(self.among, self.instance.name, event, drafts)


def in_order(instances: Iterable[Instance]) -> tuple[Instance, ...]:
    """The order in which they see an event."""
    return tuple(sorted(instances, key=lambda instance: instance.order))


def matches(
    instances: Iterable[Instance],
    event: Event,
    states: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Match]:
    """Who answers an event. `states`: what instances remember of its chat, of those that it matters
    to; without it, who asks for a state is matched, and blocks nobody by it.

    Handlers see it by ascending priority (their own, else their plugin's), ties by instance, then
    as they stand in the module. One that blocks ends the search by its match alone, whatever its
    run comes to. An instance runs once, with all its calls, at the place of its first. A handler
    whose rule raises is called, to fail by that, and blocks nobody; so does one whose author lacks
    the permission, who is told so where the owner gave a word for it and it was a command.
    Rows older than the first sight of their chat are for nobody.
    """
    if isinstance(event, MessageReceived) and event.historical:
        return []
    found: Found = {}
    among = tuple(instances)
    here = (instance for instance in among if is_for(instance, event))
    for _, _, instance, handler in sorted(offered(here), key=lambda one: one[:2]):
        state = None if states is None else states.get(instance.name)
        arguments = handler.match(event, instance.config, state, instance.roles)
        if arguments is None:
            continue
        if not instance.permits(handler, event):
            _refuse(instance, handler, found)
            continue
        call = (handler, (arguments,) if isinstance(arguments, Misused | Misjudged) else arguments)
        found.setdefault(instance.name, (instance, []))[1].append(call)
        sure = state is not None or not handler.remembers
        if handler.block and sure and not isinstance(arguments, Misjudged):
            break
    return [Match(instance, tuple(calls), among) for instance, calls in found.values()]


def _refuse(instance: Instance, handler: Handler, found: Found) -> None:
    """Say it once, in place of an answer."""
    if instance.tells_refusal(handler) and instance.name not in found:
        found[instance.name] = instance, [(handler, (Refused(instance.roles.refusal),))]


def offered(instances: Iterable[Instance]) -> Iterable[tuple[int, str, Instance, Handler]]:
    """Handlers, each behind what decides its place."""
    for instance in instances:
        for handler in instance.plugin.handlers:
            own = handler.priority
            yield instance.priority if own is None else own, instance.name, instance, handler


def is_for(instance: Instance, event: Event) -> bool:
    """Whether it happened where the instance works; a time that one asked for is for it alone."""
    if isinstance(event, ScheduleFired) and event.instance is not None:
        return event.instance == instance.name and instance.scope.keeps(event)
    channels = instance.plugin.manifest.channels
    return (not channels or event.channel in channels) and instance.scope.holds(event)

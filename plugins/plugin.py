"""A loaded plugin, its instances, and which of them an event is for. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from plugins.handler import Handler
from plugins.manifest import Manifest
from schemas.event import Event, MessageReceived


@dataclass(frozen=True)
class Plugin:
    """A manifest and its handlers, in the order in which the module defines them."""

    manifest: Manifest
    handlers: tuple[Handler, ...]


@dataclass(frozen=True)
class Instance:
    """A plugin under the name that turns, state and dead letters carry."""

    name: str
    plugin: Plugin

    @property
    def order(self) -> tuple[int, str]:
        """Ascending priority, ties by name."""
        return self.plugin.manifest.priority, self.name


@dataclass(frozen=True)
class Match:
    """An instance an event is for, and the handlers to call with which arguments."""

    instance: Instance
    calls: tuple[tuple[Handler, tuple[Any, ...]], ...]


def in_order(instances: Iterable[Instance]) -> tuple[Instance, ...]:
    """The order in which they see an event."""
    return tuple(sorted(instances, key=lambda instance: instance.order))


def matches(instances: Iterable[Instance], event: Event) -> list[Match]:
    """Who answers an event; `instances` are in order.

    A handler that blocks ends the search by its match alone, whatever its run comes to.
    Rows older than the first sight of their chat are for nobody.
    """
    found: list[Match] = []
    if isinstance(event, MessageReceived) and event.historical:
        return found
    for instance in instances:
        channels = instance.plugin.manifest.channels
        if channels and event.channel not in channels:
            continue
        calls, blocked = _calls(instance.plugin.handlers, event)
        if calls:
            found.append(Match(instance, calls))
        if blocked:
            break
    return found


def _calls(
    handlers: Iterable[Handler], event: Event
) -> tuple[tuple[tuple[Handler, tuple[Any, ...]], ...], bool]:
    calls = []
    for handler in handlers:
        arguments = handler.match(event)
        if arguments is not None:
            calls.append((handler, arguments))
            if handler.block:
                return tuple(calls), True
    return tuple(calls), False

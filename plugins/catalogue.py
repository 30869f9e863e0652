"""What the author of an event can use in its chat, as `ctx.catalogue` tells it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class OfferedHandler:
    """One thing that an instance answers to. `command` is its name, without the slash; empty where
    it is none. `roles`: of which one is needed.
    """

    words: str
    about: str = ""
    command: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Offer:
    """An instance at work in a chat, with those of its handlers that one may use there."""

    instance: str
    plugin: str
    description: str
    handlers: tuple[OfferedHandler, ...]


def heard(told: Iterable[dict[str, Any]]) -> tuple[Offer, ...]:
    """From the journal."""
    return tuple(
        Offer(
            one["instance"],
            one["plugin"],
            one["description"],
            tuple(
                OfferedHandler(**{**handler, "roles": tuple(handler["roles"])})
                for handler in one["handlers"]
            ),
        )
        for one in told
    )

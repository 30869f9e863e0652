"""From instances to what they offer the author of an event. Pure."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from plugins.catalogue import Offer, OfferedHandler
from plugins.description import about, described
from plugins.handler import Handler
from plugins.trigger import Command
from schemas.event import Event

if TYPE_CHECKING:
    from plugins.plugin import Instance


def offers(here: Iterable["Instance"], event: Event) -> list[dict[str, Any]]:
    """What these instances of a chat offer, as JSON holds it, in their order."""
    found = [
        Offer(
            instance.name,
            instance.plugin.manifest.name,
            instance.plugin.manifest.description,
            tuple(_offered(instance, one) for one in instance.plugin.handlers
                  if instance.permits(one, event)),
        )
        for instance in here
    ]  # fmt: skip
    return [asdict(one) for one in found if one.handlers]


def _offered(instance: "Instance", handler: Handler) -> OfferedHandler:
    roles = sorted({role for each in instance.wanted(handler) for role in each})
    trigger = handler.trigger
    command = trigger.name if isinstance(trigger, Command) else ""
    return OfferedHandler(described(handler), about(handler), command, tuple(roles))

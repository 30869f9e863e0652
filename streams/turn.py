"""From what a run yielded to a turn: ids, actions, and whether it must be stored. Pure."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from connectors.turns import Turn
from plugins.draft import Draft
from plugins.plugin import Instance
from schemas.action import Action
from schemas.event import Event
from schemas.failure import Bug
from schemas.identity import action_id, trace_of, turn_id
from streams.delivery import Delivery


def make_turn(
    delivery: Delivery,
    event: Event,
    instance: Instance,
    drafts: Sequence[Draft],
    now: datetime,
    *,
    part: int = 0,
    journal: tuple[Any, ...] = (),
    final: bool = True,
) -> Turn:
    """The turn of a run: the same event, instance and part give the same ids every time."""
    turn = turn_id(event.event_id, instance.name, part)
    topic, partition, offset = delivery.first_place
    return Turn(
        turn_id=turn,
        event_id=event.event_id,
        instance=instance.name,
        part=part,
        journal=journal,
        final=final,
        topic=topic,
        partition=partition,
        offset=offset,
        actions=tuple(
            Action(
                action_id=action_id(turn, index),
                channel=draft.channel,
                account=draft.account,
                chat_id=draft.chat_id,
                content=draft.content,
                **draft.answers,
                event_id=event.event_id,
                instance=instance.name,
                requested_at=now,
            )
            for index, draft in enumerate(drafts)
        ),
    )


class Whole:
    """A block whose `instance` is to blame where JSON or the models cannot hold what it made.

    Raises:
        Bug: a bad name of a channel or account, half a character, an object in the state, …

    """

    __slots__ = ("_instance",)

    def __init__(self, instance: str) -> None:
        """A class, not a generator: this is on every event's way."""
        self._instance = instance

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """Turn what such values raise into the plugin's bug."""
        if isinstance(error, ValidationError | PydanticSerializationError | TypeError | ValueError):
            raise Bug(
                f"{self._instance} made something that cannot be stored or sent: {error}"
            ) from error


def must_store(instance: Instance, event: Event, turn: Turn) -> bool:
    """Whether a re-run could do harm: not with a pure plugin's one answer to the event's chat."""
    return not instance.plugin.manifest.pure or not (
        len(turn.actions) <= 1 and all(action.key == event.key for action in turn.actions)
    )


def child_trace(traceparent: str | None, event_id: str, action: str) -> str:
    """The W3C `traceparent` of an action: the event's trace, a span of its own.

    Both come from ids, so that a re-run gives the same.
    """
    span = sha256(action.encode()).hexdigest()[:16]
    parts = traceparent.split("-") if traceparent is not None else []
    if len(parts) >= 4 and len(parts[1]) == 32:
        return f"00-{parts[1]}-{span}-{parts[3][:2]}"
    return f"00-{trace_of(event_id)}-{span}-01"

"""One event on its way to one plugin instance, and how it stands at that instance's gate. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.database import storable
from connectors.gates import Entry, Gate
from plugins.plugin import Match
from schemas.envelope import header
from schemas.event import Event
from schemas.failure import Failure
from schemas.identity import unrevised
from streams.dead_letter import described
from streams.delivery import Delivery
from streams.retry_policy import Wait
from streams.retry_record import number


@dataclass(frozen=True)
class Course:
    """One event on its way to one instance; `answered`: its turn is stored and produced; `again`:
    former runs may have left parts of it or a journal; `resumed`: a question of its run is over.

    `match` is None where no such instance answers the event (any more).
    """

    delivery: Delivery
    event: Event
    instance: str
    match: Match | None
    answered: bool = False
    again: bool = False
    resumed: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """Where its gate would be."""
        return self.instance, storable(self.event.key.decode())

    @property
    def event_id(self) -> str:
        """The event's id as PostgreSQL holds it; an edited one stands for what it was made from."""
        return str(storable(unrevised(self.event.event_id)))

    @property
    def wait(self) -> int | None:
        """Which wait of its gate is over; None: it comes from elsewhere."""
        return number(self.delivery, "x-wait")

    @property
    def holds(self) -> bool:
        """Whether its chat waits for a person once it is given up."""
        return self.match is not None and self.match.instance.plugin.manifest.on_dead == "hold"

    @property
    def in_order(self) -> bool:
        """Whether later events of its chat wait while it is tried again."""
        return self.match is None or self.match.instance.plugin.manifest.ordering == "chat"

    @property
    def skipped(self) -> bool:
        """Whether a person gave it up: it only ends its own wait."""
        return header(self.delivery.headers, "x-skip") is not None

    @property
    def redriven(self) -> bool:
        """Whether a person sent it back."""
        return header(self.delivery.headers, "x-redrive-id") is not None


def is_turn(course: Course, gate: Gate) -> bool:
    """Whether the head comes at its time, not again after a crash."""
    if course.wait is not None:
        return gate.state == "waiting" and course.wait == gate.wait
    return course.redriven and gate.state == "held"


def first_failed(course: Course, now: datetime) -> datetime:
    """When it failed first in this life, as its record tells; `now` where it does not."""
    told = None if course.redriven else number(course.delivery, "x-first-failed-ms")
    # Compared as a number: not every number is a date.
    if told is None or told >= now.timestamp() * 1000:
        return now
    return datetime.fromtimestamp(told / 1000, UTC)


def closing(
    course: Course, failure: Failure, wait: Wait, first_failed: datetime, now: datetime
) -> Gate:
    """The gate that an event closes behind it."""
    return Gate(
        instance=course.instance,
        lane=course.place[1],
        partition=course.delivery.partition,
        head=course.event_id,
        state="waiting",
        attempt=wait.attempt,
        wait=1,
        tier=wait.tier.name,
        not_before=wait.not_before,
        sent=False,
        first_failed_at=first_failed,
        error=described(failure),
        closed_at=now,
    )


def entry_of(course: Course) -> Entry:
    """What stands for it in line."""
    came = course.delivery
    return Entry(
        event_id=course.event_id,
        topic=came.topic,
        partition=came.partition,
        offset=came.offset,
        timestamp=came.timestamp,
        key=came.key,
        value=came.value,
        headers=came.headers,
    )


def delivery_of(entry: Entry) -> Delivery:
    """The record that stands in line, as it came."""
    return Delivery(
        entry.topic,
        entry.partition,
        entry.offset,
        entry.timestamp,
        entry.key,
        entry.value,
        entry.headers,
    )

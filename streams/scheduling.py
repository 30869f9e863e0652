"""From what plugins declare and runs plan to schedules as they are stored. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product

from connectors.schedule_times import Timing
from connectors.schedules import Cancellation, Change, Schedule
from connectors.shared_values import SharedWrite
from connectors.turns import Turn
from plugins.plugin import Instance
from plugins.scheduling import Agenda, Plan
from plugins.shared import SharedDraft
from plugins.trigger import Scheduled
from schemas.event import Event
from schemas.identity import schedule_id

_CHANNEL = "wechat"


def carrying(
    turn: Turn, prefix: str, shared: SharedDraft, agenda: Agenda, *, event: Event, now: datetime
) -> Turn:
    """The turn with all that its commit writes beside it."""
    if not shared.writes and not agenda.changes:
        return turn
    writes = tuple(
        SharedWrite(prefix, turn.instance, name, version, value)
        for name, (version, value) in shared.writes.items()
    )
    changes = tuple(_changes(turn, agenda, event, now))
    return replace(turn, shared=writes, scheduled=changes)


def _changes(turn: Turn, agenda: Agenda, event: Event, now: datetime) -> Iterator[Change]:
    """In the lane of the run: its chat's order and its memory are those of what it comes to."""
    for change in agenda.changes:
        if not isinstance(change, Plan):
            yield Cancellation(change.schedule_id, turn.instance)
            continue
        yield Schedule(
            change.schedule_id,
            "run",
            event.channel,
            event.account,
            Timing(change.cron, change.at, change.tz, change.missed),
            event.event_id,
            change.at or change.following(now),
            instance=turn.instance,
            chat_id=change.chat_id or event.chat_id,
            data=change.data,
        )


def declared(
    instances: Iterable[Instance], accounts: Sequence[str], now: datetime
) -> list[Schedule]:
    """What `@on_schedule("…")` asks for: once for each chat of an instance's scope, or outside any
    chat where its scope names none.
    """
    found = []
    for instance in instances:
        scope = instance.scope
        channel = (scope.channels or instance.plugin.manifest.channels or (_CHANNEL,))[0]
        account = (scope.accounts or accounts or ("default",))[0]
        for handler in instance.plugin.handlers:
            trigger = handler.trigger
            times = trigger.times(instance.config) if isinstance(trigger, Scheduled) else ()
            for timed, chat in product(times, scope.chats or (None,)):
                timing = Timing(timed.cron, None, timed.tz, timed.missed)
                cause = ("plugin", instance.name, timed.name, channel, account, chat or "")
                found.append(
                    Schedule(
                        schedule_id(*cause),
                        "plugin",
                        channel,
                        account,
                        timing,
                        f"plugin {instance.plugin.manifest.name}",
                        timing.following(now),
                        instance=instance.name,
                        handler=timed.name,
                        chat_id=chat,
                    )
                )
    return found

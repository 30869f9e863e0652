"""Schedules in a made-up world: what plugins declare and runs plan comes as its clock moves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from plugins.plugin import Instance
from plugins.scheduling import Agenda, Plan
from plugins.trigger import Scheduled, Timed
from schemas.event import Event, ScheduleFired
from schemas.identity import fired_id, schedule_id


@dataclass(frozen=True)
class _Wheel:
    """One schedule, and its next time as the event that it will be."""

    plan: Plan
    coming: ScheduleFired

    @property
    def due(self) -> datetime:
        return self.coming.observed_at

    @staticmethod
    def of(plan: Plan, due: datetime, like: ScheduleFired) -> "_Wheel":
        told = {
            "event_id": fired_id(plan.schedule_id, due.isoformat()),
            "observed_at": due,
            "due_at": due,
        }
        return _Wheel(plan, like.model_copy(update=told))


class Clockwork:
    """Every schedule comes at each of its times, in the order of time."""

    def __init__(self, instances: Iterable[Instance] = (), now: datetime | None = None) -> None:
        """With what these instances declare, from `now` on."""
        self._wheels: dict[str, _Wheel] = {}
        for instance in instances:
            for handler in instance.plugin.handlers:
                if isinstance(trigger := handler.trigger, Scheduled) and now is not None:
                    for timed in trigger.times(instance.config):
                        self._declare(instance, timed, now)

    def _declare(self, instance: Instance, trigger: Timed, now: datetime) -> None:
        scope = instance.scope
        for chat in scope.chats or (None,):
            name = schedule_id("plugin", instance.name, trigger.name, chat or "")
            plan = Plan(name, trigger.cron, None, trigger.tz, trigger.missed, {})
            like = ScheduleFired(
                event_id=name,
                channel=(*scope.channels, "wechat")[0],
                account=(*scope.accounts, "default")[0],
                observed_at=now,
                source=instance.name,
                destination_chat_id=chat,
                schedule_id=name,
                instance=instance.name,
                handler=trigger.name,
            )
            self._wind(plan, like, now)

    def take(self, agenda: Agenda, event: Event, instance: str, now: datetime) -> None:
        """What a part of a run planned and cancelled counts from now on."""
        for change in agenda.changes:
            wheel = self._wheels.get(change.schedule_id)
            if not isinstance(change, Plan):
                if wheel is not None and wheel.coming.instance == instance:
                    del self._wheels[change.schedule_id]
                continue
            like = ScheduleFired(
                event_id=change.schedule_id,
                channel=event.channel,
                account=event.account,
                observed_at=now,
                source=instance,
                destination_chat_id=change.chat_id or event.chat_id,
                data=change.data,
                schedule_id=change.schedule_id,
                instance=instance,
            )
            self._wind(change, like, now)

    def _wind(self, plan: Plan, like: ScheduleFired, after: datetime) -> None:
        due = plan.following(after) or (plan.at if plan.cron is None else None)
        if due is not None:
            self._wheels[plan.schedule_id] = _Wheel.of(plan, due.astimezone(UTC), like)

    @property
    def coming(self) -> tuple[ScheduleFired, ...]:
        """The next time of each schedule, the earliest first."""
        wheels = sorted(self._wheels.values(), key=lambda wheel: wheel.due)
        return tuple(wheel.coming for wheel in wheels)

    def next(self, until: datetime) -> ScheduleFired | None:
        """The earliest that comes by then, if one does; its schedule moves on."""
        wheel = min(self._wheels.values(), key=lambda one: one.due, default=None)
        if wheel is None or wheel.due > until:
            return None
        del self._wheels[wheel.plan.schedule_id]
        if wheel.plan.cron is not None:
            self._wind(wheel.plan, wheel.coming, wheel.due)
        return wheel.coming

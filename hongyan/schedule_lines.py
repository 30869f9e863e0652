"""Schedules for people: a line each; and as JSON. Pure."""

from typing import Any

import orjson

from connectors.schedules import Schedule
from hongyan.harmless import harmless

_MOST = 60


def line(schedule: Schedule) -> str:
    """Id, when next, how often, for whom, with what."""
    due = schedule.next_due
    next_ = f"{due.astimezone():%Y-%m-%d %H:%M}" if due is not None else "–"
    timing = schedule.timing
    often = f"{timing.cron} {timing.tz}" if timing.cron is not None else "once"
    whom = ".".join(part for part in (schedule.instance, schedule.handler) if part) or "*"
    where = f" → {schedule.chat_id}" if schedule.chat_id else ""
    data = orjson.dumps(schedule.data).decode()[:_MOST] if schedule.data else ""
    told = f"{schedule.schedule_id[:12]}  {next_:<16}  {often}  {whom}{where}  {data}"
    return harmless(told.rstrip())


def as_object(schedule: Schedule) -> dict[str, Any]:
    """The schedule for machines."""
    timing = {name: getattr(schedule.timing, name) for name in ("cron", "at", "tz", "missed")}
    names = Schedule.__dataclass_fields__.keys() - {"timing"}
    return {**{name: getattr(schedule, name) for name in sorted(names)}, **timing}

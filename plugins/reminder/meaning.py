"""From the pieces of a time phrase to the moment or repetition that it means. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from .days import dates, is_open, months_on, next_weekdays, swapped
from .hours import Hour, Hours, hours
from .moment import Either, EitherTime, Every, Meaning, Once, Unclear, Usual
from .part import After, Date, Part, Repeat, Weekday

FAR: Final = timedelta(days=3660)
LEAST_MINUTES: Final = 5


def mean(run: Sequence[Part], now: datetime, usual: Usual) -> Meaning:
    """What pieces that stand together mean at this moment; `now` is in the person's own zone."""
    try:
        return _meant(run, now, usual)
    except (OverflowError, ValueError):  # behind the year 9999
        return Unclear("far")


def _meant(run: Sequence[Part], now: datetime, usual: Usual) -> Meaning:
    said: dict[str, Any] = {}
    for part in run:
        said.setdefault(part.kind, part.value)
    found = hours(said, usual)
    if found is None:
        return Unclear("odd")
    if "every" in said:
        return _repeated(said["every"], found)
    after: After | None = said.get("after")
    if after is not None and not (after.whole and not found.guessed):
        return _bounded(_later(now, after), now)
    return _bounded(_on_days(said, now, found, usual), now)


def _later(now: datetime, after: After) -> Once:
    day = months_on(now.date(), after.months)
    moved = datetime.combine(day, now.timetz())
    # In UTC: an hour from now is an hour, also where clocks are put back meanwhile.
    return Once((moved.astimezone(UTC) + timedelta(seconds=after.seconds)).astimezone(now.tzinfo))


def _bounded(meant: Meaning, now: datetime) -> Meaning:
    first = meant.first if isinstance(meant, Either) else meant
    if isinstance(first, Once):
        if first.at <= now:
            return Unclear("past")
        if first.at - now > FAR:
            return Unclear("far")
    return meant


def _on_days(said: Mapping[str, Any], now: datetime, found: Hours, usual: Usual) -> Meaning:
    today = now.date()
    if "date" in said:
        return _dated(said["date"], now, found)
    if "weekday" in said and "day" not in said and "after" not in said:
        return _on_weekday(said["weekday"], now, found)
    if said.get("day") == 0 and "after" not in said:
        return _today(now, found, usual)
    if "after" in said:
        after: After = said["after"]
        day = months_on(today, after.months) + timedelta(seconds=after.seconds)
    elif "day" in said:
        day = today + timedelta(days=said["day"])
    else:
        return _soonest(now, found)
    return _chosen((day,), now, found)


def _on_weekday(said: Weekday, now: datetime, found: Hours) -> Meaning:
    days = next_weekdays(said, now.date())
    if not is_open(said, now.date()):
        return _chosen(days, now, found)
    likely = found.second if found.open and found.second is not None else found.first
    return Either(*(_once(day, likely, now, found) for day in days[:2]))


def _dated(said: Date, now: datetime, found: Hours) -> Meaning:
    ways = [dates(said, now.date()), dates(swapped(said), now.date()) if said.either else ()]
    meant = [_chosen(days, now, found) for days in ways if days]
    ones = [one for one in meant if isinstance(one, Once)]
    if len(ones) > 1:
        first, second = sorted(ones, key=lambda one: one.at)[:2]
        return Either(first, second)
    return meant[0] if meant else Unclear("odd")


def _chosen(days: Sequence[date], now: datetime, found: Hours) -> Meaning:
    """The first of these days on which the hour is not over."""
    for day in days:
        first = _once(day, found.first, now, found)
        second = _once(day, found.second, now, found) if found.second is not None else None
        if second is not None and found.open and first.at > now:
            return Either(first, second)
        if first.at > now:
            return first
        if second is not None and second.at > now:
            return second
    return Unclear("past" if days else "odd")


def _today(now: datetime, found: Hours, usual: Usual) -> Meaning:
    meant = _chosen((now.date(),), now, found)
    if not found.guessed or isinstance(meant, Once):
        return meant
    for at in (usual.afternoon, usual.evening):
        later = _once(now.date(), Hour(at), now, found)
        if later.at > now:
            return later
    return meant


def _soonest(now: datetime, found: Hours) -> Meaning:
    """No day was named: today where the hour is to come, else tomorrow."""
    today = now.date()
    return _chosen((today - timedelta(days=1), today, today + timedelta(days=1)), now, found)


def _once(day: date, hour: Hour, now: datetime, found: Hours) -> Once:
    local = datetime.combine(day + timedelta(days=hour.later), hour.at, now.tzinfo)
    # There and back: an hour that clocks leave out becomes the one behind it.
    return Once(local.astimezone(UTC).astimezone(now.tzinfo), guessed=found.guessed)


def _repeated(repeat: Repeat, found: Hours) -> Meaning:
    if repeat.odd:
        return Unclear("odd")
    if repeat.minutes:
        return _stepped(repeat.minutes)
    first = _daily(repeat, found.first, found)
    if first is None:
        return Unclear("odd")
    if found.open and found.second is not None:
        second = _daily(repeat, found.second, found)
        return first if second is None else EitherTime(first, second)
    return first


def _stepped(minutes: int) -> Meaning:
    if minutes < LEAST_MINUTES:
        return Unclear("often")
    if minutes < 60 and 60 % minutes == 0:
        return Every(f"*/{minutes} * * * *")
    step = minutes // 60
    if minutes % 60 or step >= 24 or 24 % step:
        return Unclear("odd")
    return Every("0 * * * *" if step == 1 else f"0 */{step} * * *")


def _daily(repeat: Repeat, hour: Hour, found: Hours) -> Every | None:
    day, month, weekday = repeat.days
    if hour.later and (day, month) != ("*", "*"):
        return None
    if hour.later and weekday != "*":
        weekday = ",".join(str(one) for one in sorted((one + 1) % 7 for one in _listed(weekday)))
    cron = f"{hour.at.minute} {hour.at.hour} {day} {month} {weekday}"
    return Every(cron, guessed=found.guessed)


def _listed(weekday: str) -> list[int]:
    if weekday == "1-5":
        return [1, 2, 3, 4, 5]
    return [int(one) for one in weekday.split(",")]

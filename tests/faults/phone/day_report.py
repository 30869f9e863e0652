"""What became of a day: judged by the phone's truth, and told on one page for people."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

from device_agent.policy import Budget, Policy
from device_agent.quiet import quiet_until
from schemas.receipt import TERMINAL, Receipt, State
from tests.fakes.day_clock import CHINA

_SLACK = 1.0  # seconds between the intent that is counted and the bubble in truth
_WHY = {
    "quiet_hours": "quiet hours",
    "behind": "behind another one of its chat",
    "stopped": "a person stopped the phone",
    "too_frequent": "the rest after WeChat's warning",
}


@dataclass
class Told:
    """One message that was asked for, and its receipts."""

    chat: str
    text: str
    at: datetime
    passed: list[Receipt] = field(default_factory=list)

    @property
    def end(self) -> Receipt | None:
        return next((one for one in self.passed if one.state in TERMINAL), None)

    @property
    def waits(self) -> list[Receipt]:
        return [one for one in self.passed if one.state in {State.WAITING, State.HELD}]


@dataclass
class Report:
    """The day. `truth` is what really left the phone."""

    begin: datetime
    asked: list[Told]
    notes: list[tuple[datetime, str]]
    truth: list[dict[str, Any]]
    policy: Policy
    seconds: float

    @cached_property
    def sends(self) -> list[tuple[datetime, str, str]]:
        found = [
            (datetime.fromisoformat(one["at"]).astimezone(CHINA), one["chat"], one["text"])
            for one in self.truth
        ]
        return sorted(found)

    @cached_property
    def outcomes(self) -> Counter[str]:
        return Counter(one.end.state.value if one.end else "waits" for one in self.asked)

    @cached_property
    def reasons(self) -> Counter[str]:
        return Counter(one.reason or "" for told in self.asked for one in told.waits)

    @cached_property
    def wrong(self) -> list[str]:
        """All that must not be."""
        paced = [*self._over_budget(), *self._too_quick(), *self._at_night()]
        return [*self._untrue(), *paced, *self._while_stopped()]

    def _untrue(self) -> Iterator[str]:
        """What truth and receipts say differently, and what has no end."""
        said = Counter((one.chat, one.text) for one in self.asked if _sent(one))
        left = Counter((chat, text) for _, chat, text in self.sends)
        for key in said.keys() | left.keys():
            if said[key] != left[key]:
                yield f"{key}: receipts say {said[key]} sent, truth {left[key]}"
        yield from (f"{one.text} has no end" for one in self.asked if one.end is None)

    def _over_budget(self) -> Iterator[str]:
        chats: dict[str, list[float]] = defaultdict(list)
        for at, chat, _ in self.sends:
            chats[chat].append(at.timestamp())
        everywhere = sorted(at for times in chats.values() for at in times)
        yield from _over("the phone", everywhere, self.policy.budgets.device)
        for chat, times in chats.items():
            yield from _over(chat, times, self.policy.terms(chat, _kind(chat)).budget)

    def _too_quick(self) -> Iterator[str]:
        least = self.policy.hand.gap_seconds[0]
        for (before, *_), (at, _, text) in pairwise(self.sends):
            if (at - before).total_seconds() < least - _SLACK:
                yield f"{text} left {(at - before).total_seconds():.1f} s after the one before"

    def _at_night(self) -> Iterator[str]:
        for at, chat, text in self.sends:
            if quiet_until(self.policy.terms(chat, _kind(chat)).quiet, at) is not None:
                yield f"{text} left in quiet hours, {at:%H:%M:%S}"

    def _while_stopped(self) -> Iterator[str]:
        moments = {words.rpartition(" ")[2]: at for at, words in self.notes if "phone" in words}
        for at, _, text in self.sends:
            if moments["stop"] <= at <= moments["resume"]:
                yield f"{text} left while the phone was stopped, {at:%H:%M:%S}"

    @property
    def headline(self) -> str:
        """One line."""
        told = ", ".join(f"{count} {state}" for state, count in self.outcomes.most_common())
        verdict = f"{len(self.wrong)} WRONG" if self.wrong else "nothing wrong"
        return f"{verdict}; {len(self.asked)} asked for: {told} ({self.seconds:.0f} s)"

    @property
    def page(self) -> str:
        """The whole report."""
        return "\n".join(
            [
                "# A day at pace human",
                "",
                f"**{self.headline}**",
                "",
                *(f"- WRONG: {words}" for words in self.wrong),
                *self._figures(),
                *self._hours(),
                *self._timeline(),
            ]
        )

    def _figures(self) -> Iterator[str]:
        yield from ("## What was held, and why", "", "| reason | times | means |", "|---|---|---|")
        details: dict[str, str] = {}
        for told in self.asked:
            for one in told.waits:
                details.setdefault(one.reason or "", one.detail or "")
        for reason, count in self.reasons.most_common():
            yield f"| `{reason}` | {count} | {_WHY.get(reason) or details[reason]} |"
        yield ""

    def _hours(self) -> Iterator[str]:
        """Asked and sent, hour by hour."""
        limit = self.policy.budgets.device.hour
        yield from ("## Hour by hour", "")
        yield from (f"At most {limit} in any hour; █ sent, ░ asked and not sent then, ☾ quiet.", "")
        yield "```"
        asked = Counter(_hour(one.at) for one in self.asked)
        sent = Counter(_hour(at) for at, _, _ in self.sends)
        for number in range(24):
            hour = _hour(self.begin + timedelta(hours=number))
            bars = "█" * sent[hour] + "░" * max(0, asked[hour] - sent[hour])
            quiet = quiet_until(self.policy.terms("", "private").quiet, hour) is not None
            mark = "☾" if quiet else " "
            yield f"{hour:%H} {mark} {bars:<14} {asked[hour]:>2} asked {sent[hour]:>2} sent"
        yield from ("```", "")

    def _timeline(self) -> Iterator[str]:
        yield from ("## Everything, in order", "", "| asked | chat | message | what became of it |")
        yield "|---|---|---|---|"
        rows = [(one.at.astimezone(CHINA), one.chat, one.text, _story(one)) for one in self.asked]
        rows += [(at.astimezone(CHINA), "", f"**{words}**", "") for at, words in self.notes]
        for at, chat, text, became in sorted(rows, key=lambda row: row[0]):
            yield f"| {at:%H:%M:%S} | {chat} | {text} | {became} |"


def _story(told: Told) -> str:
    parts = []
    for one in told.waits:
        until = f" until {_clock(one.not_before)}" if one.not_before else ""
        parts.append(f"{one.state.value} ({one.reason}{until})")
    end = told.end
    if end is not None:
        why = f" ({end.detail or end.reason})" if end.state is not State.SENT else ""
        parts.append(f"**{end.state.value}** {_clock(end.at)}{why}")
    return " → ".join(parts)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%H:%M:%S}"


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(CHINA).replace(minute=0, second=0, microsecond=0)


def _sent(told: Told) -> bool:
    return told.end is not None and told.end.state is State.SENT


def _kind(chat: str) -> Any:
    return "group" if chat.endswith("群") else "private"


def _over(what: str, times: list[float], budget: Budget) -> Iterator[str]:
    for window, limit, seconds in budget.windows:
        for first, last in zip(times, times[limit:], strict=False):
            if last - first < seconds - _SLACK:
                at = datetime.fromtimestamp(last, UTC).astimezone(CHINA)
                yield f"{what}: more than {limit} within one {window}, at {at:%H:%M:%S}"

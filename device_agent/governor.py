"""The risk governor: whether a bubble may be sent now, later, or only by a person's word. Pure.

It holds no state: the policy, what was sent before, the moment and chance are arguments. Nothing is
refused here: what may not go now waits, and what is risky asks; both end by their own expiry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from device_agent.past_sends import PastSends
from device_agent.policy import Budget, Policy, Terms
from device_agent.quiet import quiet_until
from schemas.event import ChatKind

_MORNING = 600.0  # seconds after quiet hours within which the first sends begin


@dataclass(frozen=True, slots=True)
class Bubble:
    """What is to be sent. `text` is a print of the whole message, `words` its text in lower case,
    `length` the characters of this bubble, `asked_at` in epoch seconds. `answers`: whose message of
    the same chat it answers; None: it does not. `untouched`: nobody has written in that chat (None:
    not known before it is opened). `part`: bubbles of the same message sent before it. `chance` in
    [0, 1), drawn once a bubble.
    """

    chat_id: str
    title: str
    kind: ChatKind
    text: str
    words: str
    length: int
    asked_at: float
    answers: str | None = None
    everybody: bool = False
    untouched: bool | None = None
    part: int = 0
    approved: bool = False
    chance: float = 0.0


@dataclass(frozen=True, slots=True)
class Go:
    """It may be sent now; `volley` is what is to be remembered of it."""

    volley: int = 0


@dataclass(frozen=True, slots=True)
class Wait:
    """Not before `until` (epoch seconds), because of `reason`, a stable code."""

    until: float
    reason: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Only by a person's word. `reason` is a stable code, `detail` says each risk in words."""

    reason: str
    detail: str


Decision = Go | Wait | Ask


def decide(policy: Policy, past: PastSends, bubble: Bubble, now: float, zone: tzinfo) -> Decision:
    """What becomes of a bubble at `now` (epoch seconds); `zone` is the phone's, by which quiet
    hours are told unless the policy names one.
    """
    terms = policy.terms(bubble.title, bubble.kind)
    volley = volley_of(past, bubble, terms.loop.volley_seconds)
    if not bubble.approved and bubble.part == 0:
        risks = risks_of(terms, past, bubble, now, volley)
        if risks:
            return Ask(risks[0][0], "; ".join(words for _, words in risks))
    until, reason = _paced(policy, past, bubble, now)
    for name, times, budget in _budgets(policy, terms, past, bubble):
        free, window = room(times, budget, now)
        if free > until:
            until, reason = free, f"budget_{name}_{window}"
    end = _quiet(policy, terms, until, zone)
    if end is not None:
        return Wait(end + bubble.chance * _MORNING, "quiet_hours")
    return Wait(until, reason) if until > now else Go(volley)


def room(times: Sequence[float], budget: Budget, now: float) -> tuple[float, str]:
    """When the budget has room for one more (`now` or earlier: at once), and which window is the
    last to have it. `times` of the sends so far, ascending.
    """
    until, name = now, ""
    for window, limit, seconds in budget.windows:
        if len(times) >= limit and times[-limit] + seconds > until:
            until, name = times[-limit] + seconds, window
    return until, name


def _budgets(
    policy: Policy, terms: Terms, past: PastSends, bubble: Bubble
) -> list[tuple[str, Sequence[float], Budget]]:
    budgets: list[tuple[str, Sequence[float], Budget]] = [
        ("device", past.device, policy.budgets.device),
        ("chat", past.chats.get(bubble.chat_id, ()), terms.budget),
    ]
    if bubble.untouched:
        budgets.append(("new_chats", past.firsts, policy.budgets.new_chats))
    return budgets


def _paced(policy: Policy, past: PastSends, bubble: Bubble, now: float) -> tuple[float, str]:
    """When one hand would have it typed: it turns to it when it has sent the last one."""
    hand = policy.hand
    least, most = hand.gap_seconds
    typing = min(bubble.length / hand.typing_per_second, hand.typing_most_seconds)
    free = past.device[-1] + least + (most - least) * bubble.chance**2 if past.device else 0.0
    return max(now, free, bubble.asked_at + typing * (0.75 + bubble.chance / 2)), "pace"


def _quiet(policy: Policy, terms: Terms, until: float, zone: tzinfo) -> float | None:
    """When the quiet hours are over in which a bubble would be sent."""
    if not terms.quiet:
        return None
    end = quiet_until(terms.quiet, datetime.fromtimestamp(until, policy.zone_or(zone)))
    return None if end is None else max(end.timestamp(), until)


def volley_of(past: PastSends, bubble: Bubble, seconds: float) -> int:
    """The how manieth answer in a row this is to one who writes within so many `seconds` of our
    last one; 0: it is no answer.
    """
    if bubble.answers is None:
        return 0
    last = past.last.get(bubble.chat_id)
    if last is None or last.voice != bubble.answers:
        return 1
    return last.volley + 1 if 0.0 <= bubble.asked_at - last.at <= seconds else 1


def risks_of(
    terms: Terms, past: PastSends, bubble: Bubble, now: float, volley: int
) -> list[tuple[str, str]]:
    """Each risk of a bubble as a code and a sentence, the gravest first."""
    risks = []
    loop, approval = terms.loop, terms.approval
    since = now - loop.same_text_minutes * 60
    if loop.same_text and past.same_text(bubble.text, bubble.chat_id, since) >= loop.same_text:
        words = f"the same text was sent here {loop.same_text} times already"
        risks.append(("approval_loop", f"{words} within {loop.same_text_minutes:g} minutes"))
    if loop.volleys and volley > loop.volleys:
        risks.append(("approval_loop", f"{volley - 1} quick answers in a row to {bubble.answers}"))
    if approval.everybody and bubble.everybody:
        risks.append(("approval_everybody", "it calls everybody in the group"))
    found = [word for word in approval.words if word in bubble.words]
    if found:
        risks.append(("approval_words", f"it holds {', '.join(found)}"))
    if approval.same_text_chats and bubble.answers is None:
        others = past.chats_of(bubble.text, now - approval.same_text_minutes * 60)
        if len(others - {bubble.chat_id}) >= approval.same_text_chats:
            words = f"the same text went to {len(others)} chats"
            risks.append(
                ("approval_bulk", f"{words} within {approval.same_text_minutes:g} minutes")
            )
    if approval.new_chat and bubble.untouched:
        risks.append(("approval_new_chat", "nobody has written in this chat yet"))
    return risks

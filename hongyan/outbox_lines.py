"""Actions that have not ended well, for people: a line or two each; and as JSON. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from connectors.open_actions import OpenAction
from connectors.resolver import asks, possible
from hongyan.harmless import harmless
from hongyan.letter_lines import age
from schemas.receipt import State

_MARKS: Final = {
    State.UNKNOWN: "?",
    State.HELD: "⏸",
    State.WAITING: "⏳",
    State.FAILED: "✗",
    State.NOT_SENT: "✗",
    State.EXPIRED: "✗",
    State.CANCELLED: "–",
}
_MOST: Final = 60


def lines(action: OpenAction, now: datetime) -> Iterator[str]:
    """Id, state, since when, chat, text; then why, and what may be said of it."""
    mark = _MARKS.get(action.state, "…")
    attempt = f" #{action.attempt}" if action.attempt > 1 else ""
    yield _one_line(
        f"{action.action_id}{attempt}  {mark} {action.state.value:<8} "
        f"{age(now - action.since):>4}  {action.chat}: {_short(action.text)}"
    )
    why = ": ".join(part for part in (action.reason, action.detail) if part)
    shot = f"screenshot {action.screenshot[:12]}" if action.screenshot else ""
    choices = f"--as {'|'.join(possible(action))}" if action.state is State.UNKNOWN else ""
    if asks(action):
        choices = f"hongyan outbox approve|refuse {action.action_id[:8]}"
    more = "; ".join(part for part in (why, _begin(action, now), shot, choices) if part)
    if more:
        yield _one_line(f"    {more}")


def _begin(action: OpenAction, now: datetime) -> str:
    """When one that waits may go, by this machine's clock."""
    if action.not_before is None:
        return ""
    at = datetime.fromisoformat(action.not_before).astimezone()
    day = "" if at.date() == now.astimezone().date() else f"{at:%m-%d} "
    return f"not before {day}{at:%H:%M}"


def as_object(action: OpenAction) -> dict[str, Any]:
    """The action for machines."""
    fields = {name: getattr(action, name) for name in OpenAction.__dataclass_fields__}
    return {
        **fields,
        "state": action.state.value,
        "since": action.since.isoformat(),
        "possible": list(possible(action)),
    }


def _short(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def _one_line(text: str) -> str:
    return harmless(text.replace("\n", "⏎"))

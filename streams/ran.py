"""What is noted of each plugin run, made into its record only when that is written. Pure."""

from datetime import datetime
from typing import NamedTuple

from connectors.turns import Turn
from plugins.plugin import Instance
from schemas.action import Action
from schemas.event import Event
from schemas.failure import Failure
from schemas.identity import turn_id
from schemas.run import Call, Outcome, PluginRun

_MOST_ERROR = 1000  # characters
_MOST_CALL = 2048  # bytes of a call, where not all can be kept


class Run(NamedTuple):
    """One run, ended; without a turn it failed."""

    event: Event
    instance: Instance
    started: datetime
    took_ms: float
    turn: Turn | None
    failure: Failure | None
    calls: tuple[Call, ...] = ()
    flushed: tuple[Action, ...] = ()
    denied: tuple[str, ...] = ()

    def record(self) -> PluginRun:
        """The model that travels."""
        event, turn, manifest = self.event, self.turn, self.instance.plugin.manifest
        return PluginRun(
            turn_id=turn.turn_id if turn else turn_id(event.event_id, self.instance.name),
            event_id=event.event_id,
            channel=event.channel,
            account=event.account,
            chat_id=event.chat_id,
            instance=self.instance.name,
            plugin=manifest.name,
            plugin_version=manifest.version,
            outcome=self.outcome(),
            started_at=self.started,
            duration_ms=self.took_ms,
            calls=self.calls,
            actions=self.flushed + (turn.actions if turn else ()),
            error=_text(self.failure) if self.failure else None,
            denied=self.denied,
        )

    def outcome(self) -> Outcome:
        """What became of it."""
        if self.turn is None:
            return "failed"
        return "answered" if self.flushed or self.turn.actions else "silent"


def briefly(run: PluginRun) -> PluginRun:
    """A run whose record would be too large, without the large things that it was told."""
    return run.model_copy(update={"calls": tuple(_brief(call) for call in run.calls)})


def _brief(call: Call) -> Call:
    size = len(call.model_dump_json())
    if size <= _MOST_CALL:
        return call
    left_out = {"kind": "left_out", "message": f"{size} bytes were left out"}
    return call.model_copy(update={"request": None, "response": None, "error": left_out})


def _text(failure: Failure) -> str:
    """The start of the message, half characters shown as question marks."""
    return str(failure)[:_MOST_ERROR].encode(errors="replace").decode()

"""What happens in a chaos campaign, all of it from its seed: who writes what, what breaks. Pure."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from device_agent.sim.faults import KNOBS
from device_agent.sim.faults.knob import Knob
from tests.faults.chaos.cast import CAST, MEMBERS, shared

VICTIMS = ("agent", "agent", "agent", "worker", "relay", "broker", "postgres")
"""The agent dies most: it is what a phone's faults meet."""
FINAL = {
    "send_failed_mark": "failed",
    "too_frequent_dialog": "failed",
    "send_never_settles": "unknown",
}
"""What these knobs do to a message stays done; all others end by themselves."""
_GAP_S = 5.0
"""Seconds between faults, about: some overlap, most do not."""


@dataclass(frozen=True)
class Write:
    """Somebody writes in the chat `part` of the cast; `reply` is what the bot owes for it."""

    at: float
    part: int
    text: str
    sender: str | None = None

    @property
    def reply(self) -> str | None:
        """The text that the echo plugin answers."""
        return self.text.removeprefix("/echo ") if self.text.startswith("/echo ") else None


@dataclass(frozen=True)
class Break:
    """A fault of the phone is armed."""

    at: float
    name: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kill:
    """A process gets SIGKILL."""

    at: float
    victim: str


@dataclass(frozen=True)
class Move:
    """The agent and its folder are gone: a new machine takes over."""

    at: float


Step = Write | Break | Kill | Move


def make_plan(seed: int, *, messages: int, pace_s: float = 0.35) -> tuple[Step, ...]:
    """All steps in their order; `pace_s` seconds pass for each message, on average."""
    chance = Random(seed)
    seconds = messages * pace_s
    steps: list[Step] = [*_writes(chance, messages, seconds)]
    steps += _breaks(chance, seconds)
    kills = max(1, round(seconds / 20))
    steps += [Kill(chance.uniform(2, seconds), chance.choice(VICTIMS)) for _ in range(kills)]
    moves = 1 + round(seconds / 120)
    steps += [Move(chance.uniform(seconds * 0.2, seconds)) for _ in range(moves)]
    return tuple(sorted(steps, key=lambda step: step.at))


def _writes(chance: Random, messages: int, seconds: float) -> list[Write]:
    """Bursts into few chats and pauses; equal texts only where a name tells the chat."""
    written: list[Write] = []
    at = 0.0
    while len(written) < messages:
        at += chance.expovariate(messages / seconds / 4)
        chosen = chance.sample(range(len(CAST)), chance.choice([1, 1, 2, 3]))
        for _ in range(min(chance.choice([1, 2, 3, 4, 12]), messages - len(written))):
            written.append(_write(chance, min(at, seconds), chance.choice(chosen), len(written)))
            at += chance.choice([0.0, 0.05, 0.3])
    return written


def _write(chance: Random, at: float, part: int, number: int) -> Write:
    say = chance.choices(["ask", "again", "chat"], weights=[7, 0 if shared(CAST[part]) else 2, 1])
    text = {"ask": f"/echo 第{number}条", "again": "/echo 好", "chat": f"路过{number}"}[say[0]]
    sender = chance.choice(MEMBERS) if CAST[part].kind == "group" else None
    return Write(at, part, text, sender)


def _breaks(chance: Random, seconds: float) -> list[Break]:
    broken: list[Break] = []
    at = chance.uniform(1, _GAP_S)
    while at < seconds:
        broken.append(_break(chance, at, chance.choice(KNOBS)))
        at += chance.expovariate(1 / _GAP_S)
    return broken


def _break(chance: Random, at: float, knob: Knob) -> Break:
    """A knob armed on some operation soon; what lasts goes by itself within seconds."""
    values: dict[str, Any] = {}
    if knob.lasting or "for_s" in knob.parameters:
        values["for_s"] = round(chance.uniform(0.5, 5), 1)
    elif knob.name not in FINAL and not knob.at_once:
        values["times"] = chance.choice([1, 1, 2, 3])
    if not knob.at_once:
        values["on"] = chance.choice(knob.classes)
        values["after"] = chance.choice([0, 0, 1, 5])
    for name, (least, most) in _RANGES.items():
        if name in knob.parameters:
            values[name] = chance.randint(least, most)
    return Break(at, knob.name, values)


_RANGES = {"ms": (200, 2500), "keep": (0, 6), "heads_up": (0, 1), "pin": (0, 1)}

"""A phone's script: steps that are due at a time, or when something is done on the phone."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from loguru import logger

from device_agent.sim.acting import Deed, Occasion, act
from device_agent.sim.clock import rfc3339
from device_agent.sim.failure import Refusal
from device_agent.sim.script_parts import WhenPart

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone


@dataclass(slots=True)
class Step:
    """A step; times in epoch seconds of the phone's clock. Texts of a burst are not `listed`."""

    due: float | None
    when: WhenPart | None
    when_chat: str | None
    deeds: list[Deed]
    listed: bool = True
    left: int = 0
    done_at: float | None = None
    failure: str | None = None

    @property
    def state(self) -> str:
        """waiting, done, or failed."""
        if self.done_at is None:
            return "waiting"
        return "failed" if self.failure else "done"

    def record(self) -> dict[str, Any]:
        """The step as GET /script shows it."""
        when = self.when.model_dump(exclude_none=True) if self.when else None
        shown = {
            "due": None if self.due is None else rfc3339(self.due),
            "when": when,
            "do": [deed.verb for deed in self.deeds],
            "state": self.state,
            "done_at": None if self.done_at is None else rfc3339(self.done_at),
        }
        return shown | ({"failure": self.failure} if self.failure else {})


class Script:
    """The steps of one phone; all run in the event loop's thread.

    Timed steps are done in the order in which they are due, none is skipped: if the clock jumps,
    each is done while it shows the step's own time. `on_change` is called when the next due time
    may have changed.
    """

    def __init__(self, phone: "Phone", seed: int) -> None:
        self._phone, self._seed = phone, seed
        self._timed: list[tuple[float, int, Step]] = []
        self._waiting: list[Step] = []
        self._steps: list[Step] = []
        self._order = count()
        self._bursts = 0
        self._acting = False
        self.messages: dict[str, str] = {}
        self.on_change: Callable[[], None] = lambda: None

    # What is to be done.

    def add(self, steps: list[Step]) -> None:
        """Take steps; those that are due already are done by the next `run_due`."""
        for step in steps:
            if step.listed:
                self._steps.append(step)
            if step.when is not None:
                step.left = step.when.nth
                self._waiting.append(step)
            elif step.due is not None:
                heapq.heappush(self._timed, (step.due, next(self._order), step))
        self.on_change()

    def stop(self) -> None:
        """Drop every step that has not been done."""
        self._timed.clear()
        self._waiting.clear()
        self._steps = [step for step in self._steps if step.done_at is not None]
        self.on_change()

    def clear(self) -> None:
        """Forget everything."""
        self._steps.clear()
        self.messages.clear()
        self._bursts = 0
        self.stop()

    def listing(self) -> list[dict[str, Any]]:
        """Every step with what has become of it, in the order of their writing."""
        return [step.record() for step in self._steps]

    @property
    def next_due(self) -> float | None:
        """When the next timed step is due, in epoch seconds of the phone's clock."""
        return self._timed[0][0] if self._timed else None

    # Time.

    def run_due(self) -> bool:
        """Do what is due by now; whether anything was."""
        ran = False
        while self._timed and self._timed[0][0] <= self._phone.clock.seconds():
            due, _, step = heapq.heappop(self._timed)
            self._do(step, due)
            ran = True
        return ran

    def advance(self, seconds: float) -> None:
        """Let the phone's clock jump, with every step on the way done at its own time."""
        clock = self._phone.clock
        target = clock.seconds() + seconds
        while self._timed and self._timed[0][0] <= target:
            clock.advance(max(0.0, self._timed[0][0] - clock.seconds()))
            self.run_due()
        clock.advance(max(0.0, target - clock.seconds()))
        self.on_change()

    # What is done on the phone.

    def before(self, kind: str, point: tuple[int, int] | None = None) -> str | None:
        """An operation of this kind is about to be done, at `point` if it is a touch.

        The chat that it is about, for `after`.
        """
        if not self._waiting:
            return None
        chat = self._chat_at(kind, point)
        self._happens(kind, chat, "before")
        return chat

    def after(self, kind: str, chat_id: str | None = None) -> None:
        """An operation of this kind was done, in or on this chat."""
        if self._waiting:
            self._happens(kind, chat_id, "after")

    def _chat_at(self, kind: str, point: tuple[int, int] | None) -> str | None:
        if kind == "row_tap" and point is not None:
            node = self._phone.aimed(*point)
            return node.action.target if node is not None and node.action is not None else None
        chat = self._phone.visible_chat()
        return chat.chat_id if chat is not None else None

    def _happens(self, kind: str, chat_id: str | None, moment: str) -> None:
        if self._acting:
            return
        now = self._phone.clock.seconds()
        for step in [one for one in self._waiting if _fits(one, kind, chat_id, moment, now)]:
            step.left -= 1
            if step.left == 0 and step in self._waiting:
                self._waiting.remove(step)
                self._do(step, now)

    # Doing.

    def _do(self, step: Step, due: float) -> None:
        self._acting = True
        try:
            for deed in step.deeds:
                self._deed(deed, due)
        except Refusal as refusal:
            step.failure = refusal.detail
            logger.warning("A step of the script could not be done: {}", refusal.detail)
        finally:
            self._acting = False
            step.done_at = self._phone.clock.seconds()

    def _deed(self, deed: Deed, due: float) -> None:
        if deed.verb == "advance":
            self._phone.clock.advance(deed.what)
        elif deed.verb == "burst":
            self._bursts += 1
            seed = f"{self._seed}/{self._bursts}"
            self.add(
                [
                    Step(
                        due + number / deed.what.per_s,
                        None,
                        None,
                        [Deed("chatter", f"{seed}/{number}", deed.chat_ids)],
                        listed=False,
                    )
                    for number in range(deed.what.n)
                ]
            )
        else:
            chance = random.Random(f"script/{deed.what}")
            act(Occasion(self._phone, due, self.messages, chance), deed)


def _fits(step: Step, kind: str, chat_id: str | None, moment: str, now: float) -> bool:
    when = step.when
    if when is None or when.on != kind or (step.due is not None and step.due > now):
        return False
    wanted = when.moment or ("after" if kind == "open" else "before")
    return moment == wanted and step.when_chat in (None, chat_id)

"""Work that the phone does when no chat calls and no message waits: contacts, groups, look-ups."""

from typing import Protocol


class Errand(Protocol):
    """One kind of such work. The conversation list is on the screen before `run`, and a place from
    which `Pilot.to_list` returns must be after it; a chat opened on the way is shown to the pilot's
    `on_chat` before it is left.
    """

    def due(self, now: float, /) -> bool:
        """Whether there is something to do; `now` in monotonic seconds. Must be cheap: it is asked
        twice a second, on a phone at rest too, and wakes it.
        """
        ...

    async def run(self) -> bool:
        """Do a step of a few seconds at most; whether anything was done.

        Raises:
            Retryable, DependencyDown, LeaseLost: the step failed, the phone's state is unknown.

        """
        ...

"""Carries out what an author wrote while plugins are loaded: whatever it raises is given back, and
what never ends holds nobody up.
"""

import ctypes
import threading
from collections.abc import Callable
from typing import Final, TypeVar

WITHIN_S: Final = 20.0
"""How long it may take; what takes longer is an endless loop, or belongs into a run."""

T = TypeVar("T")


def carried_out(
    work: Callable[[], T], within_s: float = WITHIN_S
) -> tuple[T, None] | tuple[None, BaseException]:
    """What it gave, or what it raised, in a thread of its own; TimeoutError where it did not come
    to its end in time.
    """
    given: list[T] = []
    raised: list[BaseException] = []

    def carry_out() -> None:
        try:
            given.append(work())
        # An author's code may raise anything, and must not stop the others; no key of a person's
        # interrupts this thread.
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001  # as said
            raised.append(error)

    thread = threading.Thread(target=carry_out, name="plugin code", daemon=True)
    thread.start()
    thread.join(within_s)
    if thread.is_alive():
        _ask_to_end(thread)
        return None, TimeoutError(f"it did not come to an end within {within_s:g} s")
    return (given[0], None) if given else (None, raised[0])


def _ask_to_end(thread: threading.Thread) -> None:
    """At its next line of Python; one that waits in C stays, and is left behind."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit)
    )

"""Standard output that can never hold up its owner: a reader that stops reading costs lines."""

import contextlib
import queue
import threading

import click

_WAITING = 10_000
_FAREWELL_S = 1.0


class Outlet:
    """Lines are written by a thread of their own; what a slow reader leaves no room for is lost.

    A supervisor that blocked in a write would see no death of a process any more.
    """

    def __init__(self) -> None:
        self._lines: queue.Queue[str | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._write, daemon=True, name="outlet")
        self._thread.start()

    def line(self, text: str = "") -> None:
        """Write one line, some time soon. May be called from any thread."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(text)

    def close(self) -> None:
        """Wait at most a second for what is still to be written."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
        self._thread.join(_FAREWELL_S)

    def _write(self) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more
            while (text := self._lines.get()) is not None:
                click.echo(text)

"""Ends every child when `hongyan up` is gone, even after kill -9, on Linux and macOS alike.

A shell reads a pipe that only `up` holds. Each line is the whole list of children; at the end of
the pipe it kills them. It costs 1 MB, needs no import, and outlives its parent by design.
"""

import subprocess
from collections.abc import Iterable

# A child leads its own process group, so its own children go with it. PostgreSQL's backends lead
# groups of their own and end by themselves once the postmaster is gone; SIGQUIT hurries them.
_SCRIPT = """
trap '' INT TERM HUP
while read -r line; do last=$line; done
for pid in $last; do kill -QUIT "$pid"; done 2>/dev/null
for pid in $last; do kill -KILL "-$pid"; done 2>/dev/null
true
"""


class Guardian:
    """Keep one as long as children may live, and tell it of every change."""

    def __init__(self) -> None:
        self._process = _start()

    def watch(self, pids: Iterable[int]) -> None:
        """These, and no others, are to end with this process."""
        line = f"{' '.join(map(str, pids))}\n".encode()
        try:
            self._write(line)
        except BrokenPipeError:  # somebody killed the guardian: a new one takes over
            self._process.wait()
            self._process = _start()
            self._write(line)

    def _write(self, line: bytes) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def dismiss(self) -> None:
        """Nobody is left to watch."""
        self.watch([])
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["/bin/sh", "-c", _SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

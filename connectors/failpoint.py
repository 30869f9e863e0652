"""Named places where a test may kill this very process, once.

Armed by `HONGYAN_FAILPOINT=NAME` and `HONGYAN_FAILPOINT_FLAG=FILE`: at the first reach of NAME the
file is made and the process kills itself with SIGKILL; while the file exists nothing happens, so
the process that a supervisor starts next goes on. Unarmed, `reach` compares one string.
"""

import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass
class _Armed:
    name: str | None = None
    flag: Path | None = None


_armed = _Armed()


def arm(name: str | None, flag: Path | None) -> None:
    """Choose where to die. Without a flag file it happens at every reach."""
    _armed.name, _armed.flag = name, flag


def reach(name: str) -> None:
    """Die here if this is the place."""
    if _armed.name != name:
        return
    if _armed.flag is not None:
        try:
            _armed.flag.touch(exist_ok=False)
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)

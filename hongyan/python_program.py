"""A Python process of ours as a `Program`: `python -P -m hongyan NAME`."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from hongyan.program import CannotStart, Program

_FRUGAL = {
    # glibc gives each thread an arena of its own; two are enough and save about 20 MB a process.
    "MALLOC_ARENA_MAX": "2",
    # A `plugins/` in the working directory must not hide ours.
    "PYTHONSAFEPATH": "1",
    "PYTHONUNBUFFERED": "1",
}


def python_program(
    name: str,
    marker: Path,
    environment: Mapping[str, str],
    *arguments: str,
    check: Callable[[], None] = lambda: None,
) -> Program:
    """The process behind `hongyan NAME`; it touches `marker` when it is ready."""
    return Program(
        name=name,
        argv=(sys.executable, "-P", "-m", "hongyan", name, *arguments),
        check=partial(_prepare, marker, check),
        ready=partial(_exists, marker),
        explain=_no_explanation,
        environment={**_FRUGAL, **environment, "HONGYAN_READY_FILE": str(marker)},
    )


def _prepare(marker: Path, check: Callable[[], None]) -> None:
    marker.unlink(missing_ok=True)
    check()


async def _exists(marker: Path) -> bool:
    return marker.exists()  # noqa: ASYNC240  # one stat of a local file


def _no_explanation(_log: str) -> CannotStart | None:
    """Our processes heal or say for themselves why not; none of their words ends the stack."""
    return None

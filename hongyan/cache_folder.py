"""Where things built or fetched once are kept, and how one process at a time makes them."""

import contextlib
import fcntl
import sys
from collections.abc import Iterator
from pathlib import Path


def cache_folder() -> Path:
    """The user's cache folder for Hongyan; it may not exist yet."""
    base = "Library/Caches" if sys.platform == "darwin" else ".cache"
    return Path.home() / base / "hongyan"


@contextlib.contextmanager
def only_maker(lock: Path) -> Iterator[None]:
    """Hold `lock` across processes: whoever comes second waits, then finds the work done."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

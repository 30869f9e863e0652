"""Run a slow command to its end while telling a person that it goes on."""

import subprocess
import threading
import time
from pathlib import Path

from hongyan.program import Progress

_TELL_EVERY_S = 5.0
_END_CHARACTERS = 800


def run_told(command: list[str], progress: Progress, *, cwd: Path | None = None) -> str | None:
    """None when `command` went well, else the end of what it said.

    Tells the elapsed time every 5 s. Raises OSError when it cannot be run at all.
    """
    began = time.monotonic()
    done = threading.Event()

    def tell() -> None:
        while not done.wait(_TELL_EVERY_S):
            progress(f"… {time.monotonic() - began:.0f} s")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    finally:
        done.set()
        teller.join()
    if result.returncode == 0:
        return None
    return f"{result.stdout}\n{result.stderr}".strip()[-_END_CHARACTERS:]

"""How long `hongyan up` takes to be ready, and how much memory its processes hold."""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

MOST_SECONDS, MOST_MB = 15.0, 700.0


def started(data: Path) -> tuple[subprocess.Popen[bytes], float]:
    """A stack that is ready, and the seconds it took."""
    hongyan = Path(sys.executable).with_name("hongyan")
    ready = data / "ready.json"
    began = time.monotonic()
    process = subprocess.Popen([hongyan, "up", "--data", data], stdout=subprocess.DEVNULL)
    while not ready.exists():
        assert process.poll() is None, "hongyan up ended"
        threading.Event().wait(0.02)
    return process, time.monotonic() - began


def memory(up: int, data: Path) -> dict[str, float]:
    """RSS in MB by name; PostgreSQL's backends count with their server."""
    names = {
        pid: name for name, pid in json.loads((data / "ready.json").read_text())["pids"].items()
    }
    held = {"up": psutil.Process(up).memory_info().rss}
    for child in psutil.Process(up).children():
        family = [child, *child.children(recursive=True)]
        name = names.get(child.pid, "guardian")
        held[name] = held.get(name, 0) + sum(one.memory_info().rss for one in family)
    return {name: size / 1e6 for name, size in held.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rest", type=float, default=5.0, help="seconds before memory is read")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hongyan-bench-"))
    folder.chmod(0o755)
    try:
        seconds = {}
        for life in ("first", "again"):
            process, seconds[life] = started(folder / "data")
            threading.Event().wait(options.rest)
            held = memory(process.pid, folder / "data")
            process.send_signal(signal.SIGTERM)
            process.wait(15)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    total = sum(held.values())
    if options.json:
        print(json.dumps({"ready_s": seconds, "rss_mb": held, "total_mb": total}))
    else:
        for life, taken in seconds.items():
            print(f"ready, {life:<8}{taken:8.1f} s   (under {MOST_SECONDS:.0f})")
        for name, size in sorted(held.items(), key=lambda item: -item[1]):
            print(f"{name:<15}{size:8.1f} MB")
        print(f"{'all':<15}{total:8.1f} MB  (under {MOST_MB:.0f})")
    sys.exit(0 if max(seconds.values()) < MOST_SECONDS and total < MOST_MB else 1)


if __name__ == "__main__":
    main()

"""End to end: from a friend's message on the simulated phone to the reply's bubble.

    python bench/latency.py [--seconds 60] [--rate 1]

At `--rate` messages a second, in ten chats; both moments are the simulator's own. The phone is
simulated without delays: a real one adds 80 to 300 ms a call, and its human pace on top.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

import httpx

from tests.faults.campaign import Stack


def measure(seconds: float, rate: float) -> list[float]:
    count = max(int(seconds * rate), 2)
    with tempfile.TemporaryDirectory(prefix="hongyan-bench-") as scratch:
        Path(scratch).chmod(0o755)
        stack = Stack(Path(scratch) / "data")
        stack.start()
        try:
            written = _write(stack, count, 1 / rate)
            deadline = time.monotonic() + 60
            pause = threading.Event()
            while len(stack.truth()["sent"]) < count and time.monotonic() < deadline:
                pause.wait(0.2)
            stood = {
                sent["text"]: datetime.fromisoformat(sent["at"]) for sent in stack.truth()["sent"]
            }
        finally:
            stack.stop()
    missing = written.keys() - stood.keys()
    if missing:
        raise SystemExit(f"{len(missing)} of {count} replies never came: the figures are void")
    return sorted((stood[text] - at).total_seconds() * 1000 for text, at in written.items())


def _write(stack: Stack, count: int, gap: float) -> dict[str, datetime]:
    written = {}
    pause = threading.Event()
    begun = time.monotonic()
    with httpx.Client(base_url=stack.ready["sim"]) as client:
        for number in range(count):
            pause.wait(max(0.0, begun + number * gap - time.monotonic()))
            message = {"chat": f"朋友{number % 10}", "text": f"/echo 第{number}条"}
            answer = client.post("/messages", json=message).json()
            written[f"第{number}条"] = datetime.fromisoformat(answer["at"])
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=1, help="messages a second")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.seconds, options.rate)
    cuts = statistics.quantiles(found, n=100, method="inclusive")
    figures = {"messages": len(found), "p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98]}
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        print(
            f"friend's message to the reply's bubble, {len(found)} messages at "
            f"{options.rate:g}/s: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, "
            f"p99 {cuts[98]:.0f} ms"
        )


if __name__ == "__main__":
    main()

"""How long a message takes: friend to spool, action to bubble, friend to the reply's bubble.

    python bench/latency.py [--messages 60] [--delay 0 150] [--save]

The whole of `hongyan up`; friends write in ten chats with pauses of one to eight seconds, so that
the phone is met both at rest and at work. `--delay` is what each call to the phone takes longer,
uiautomator2's and shell commands alike: 150 ms is what a real phone may take. Friend to spool ends
with the inbound record, made as soon as the spool has the message; action to bubble begins with the
record in the outbox and ends in the simulator's truth. A human pace comes on top, on real phones.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
from aiokafka.structs import ConsumerRecord

from connectors.kafka import Broker, read_whole
from schemas import topics
from tests.faults.campaign import Stack

Times = dict[str, float]
"""Epoch milliseconds by the text of the reply."""
ENDLESS_S = 3600


def measure(messages: int, delay_ms: int) -> dict[str, Any]:
    """The quantiles of the three ways at one delay; the load says how far to trust them."""
    with tempfile.TemporaryDirectory(prefix="hongyan-bench-") as scratch:
        Path(scratch).chmod(0o755)
        stack = Stack(Path(scratch) / "data")
        stack.start()
        try:
            with httpx.Client(base_url=stack.ready["sim"]) as client:
                _slow(client, delay_ms)
                load = os.getloadavg()[0]
                said = _write(client, messages)
            bubbles = _answered(stack, len(said), 60 + messages * delay_ms / 20)
            read = asyncio.run(_times(stack, topics.INBOUND))
            asked = asyncio.run(_times(stack, topics.OUTBOX))
        finally:
            stack.stop()
    missing = said.keys() - bubbles.keys()
    if missing:
        raise SystemExit(f"{len(missing)} of {messages} replies never came: the figures are void")
    return {
        "delay_ms": delay_ms,
        "messages": messages,
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
        "notice_to_spool": _quantiles(read[text] - at for text, at in said.items()),
        "action_to_bubble": _quantiles(bubbles[text] - asked[text] for text in said),
        "message_to_reply": _quantiles(bubbles[text] - at for text, at in said.items()),
    }


def _slow(client: httpx.Client, delay_ms: int) -> None:
    if delay_ms:
        client.patch("/device", json={"rpc_delay_ms": delay_ms}).raise_for_status()
        late = {"name": "shell_slow", "ms": delay_ms, "for_s": ENDLESS_S}
        client.post("/faults", json=late).raise_for_status()


def _write(client: httpx.Client, count: int) -> Times:
    written = {}
    pause, chance = threading.Event(), random.Random(0)
    for number in range(count):
        pause.wait(chance.uniform(1, 8))
        message = {"chat": f"朋友{number % 10}", "text": f"/echo 第{number}条"}
        answer = client.post("/messages", json=message).json()
        written[f"第{number}条"] = _ms(answer["at"])
    return written


def _answered(stack: Stack, count: int, patience: float) -> Times:
    deadline = time.monotonic() + patience
    pause = threading.Event()
    while len(stack.truth()["sent"]) < count and time.monotonic() < deadline:
        pause.wait(0.2)
    return {sent["text"]: _ms(sent["at"]) for sent in stack.truth()["sent"]}


async def _times(stack: Stack, topic: topics.Topic) -> Times:
    """When the first record of each text was made."""
    name = topic.name(channel="wechat", account="default")
    found: Times = {}
    async for record in read_whole(Broker(stack.ready["kafka"]), name):
        text = _text(record)
        if text is not None:
            found.setdefault(text.removeprefix("/echo "), float(record.timestamp))
    return found


def _text(record: ConsumerRecord) -> str | None:
    content = json.loads(record.value or b"{}").get("content")
    return content.get("text") if isinstance(content, dict) else None


def _ms(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() * 1000


def _quantiles(found: Iterable[float]) -> dict[str, int]:
    cuts = statistics.quantiles(found, n=100, method="inclusive")
    return {f"p{percent}_ms": round(cuts[percent - 1]) for percent in (50, 95, 99)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=60)
    parser.add_argument("--delay", type=int, nargs="+", default=[0, 150], metavar="MS")
    parser.add_argument("--save", action="store_true", help="keep the figures in bench/results")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}",
        "runs": [measure(options.messages, delay) for delay in options.delay],
    }
    told = json.dumps(figures, indent=None if options.json else 2)
    sys.stdout.write(f"{told}\n")
    if options.save:
        name = f"{date.today().isoformat()}-latency.json"  # noqa: DTZ011  # the reader's own day
        (Path(__file__).parent / "results" / name).write_text(f"{told}\n")


if __name__ == "__main__":
    main()

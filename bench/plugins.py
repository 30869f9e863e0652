"""The plugin layer: CPU of an event with 12 plugins and 50 rules, and how long a reload takes.

python -m bench.plugins [--events 5000] [--reloads 20] [--save]

An event of the layer is: which instances it is for, and each one's run, from context to drafts.
What it is stored and sent by is measured in bench.stream.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.lab import save
from plugins.chat_state import ChatState
from plugins.context import Context
from plugins.draft import Draft
from plugins.journal import Journal
from plugins.library import Library
from plugins.outside import Outside
from plugins.plugin import Instance, Match, matches
from schemas.event import Event
from streams.limits import Limits
from streams.reloading import Reloading
from streams.run import log_of, run
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.wechat import message

GOAL_US, GOAL_S, RULES = 200.0, 1.0, 50
NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)

INSTANCES = """
[rules]
[reminder]
[welcome]
[handover]
[admin]
[assistant]
kinds = ["group"]
[guard]
config = { words = ["禁词", "casino"] }
[digest]
config = { groups = ["c1"], to = "c2" }
[query]
config = { views = { stock = {} } }
"""

WORDS = ("在吗", "今天几点开会", "the weather is nice", "好的收到", "周末去哪里玩", "👍")


def declare(folder: Path) -> None:
    rules = [
        f"  - {{name: k{n}, keywords: ['关键词{n}', 'keyword-{n}'], reply: '答{n}'}}"
        if n % 2
        else f"  - {{name: r{n}, regex: '订单{n}\\s*(\\d+)', reply: '订单 {{1}}'}}"
        for n in range(RULES)
    ]
    (folder / "rules.yaml").write_text("rules:\n" + "\n".join(rules) + "\n", "utf-8")
    (folder / "instances.toml").write_text(INSTANCES, "utf-8")


def events(count: int) -> list[Event]:
    """Nine of ten are chatter, the others are answered by a rule or by /echo."""
    chance = random.Random(7)
    said = (
        lambda n: f"关键词{n % RULES | 1}",
        lambda n: f"订单{n % RULES & ~1} 123",
        lambda n: f"/echo {n}",
    )
    return [
        message(
            chance.choice(said)(n) if n % 10 == 0 else chance.choice(WORDS),
            chat=f"c{n % 50}",
            seq=n,
        )
        for n in range(count)
    ]


async def _nothing(*_: Any) -> Any:
    return None


async def answer(match: Match, event: Event, limits: Limits) -> list[Draft]:
    drafts: list[Draft] = []
    outside = Outside(Journal(), _nothing, _nothing, _nothing)
    ctx = Context(
        event,
        log_of(match.instance.name, event.event_id),
        state=ChatState({}),
        now=NOW,
        seed=event.event_id,
        outside=outside,
        config=match.instance.config,
        warrant=match.instance.warrant,
    )
    await run(match, ctx, limits, 120, drafts)
    return [*match.passed(event, drafts)]


async def layer(instances: tuple[Instance, ...], lot: list[Event]) -> tuple[float, int]:
    """Microseconds of CPU an event, and how many answers there were."""
    limits, answered = Limits(time.monotonic), 0
    nothing: Mapping[str, Any] = {}
    began = time.process_time()
    for event in lot:
        states = {one.name: nothing for one in instances if one.remembers(event)}
        for match in matches(instances, event, states):
            answered += len(await answer(match, event, limits))
    return (time.process_time() - began) / len(lot) * 1e6, answered


class _Nobody:
    """Controls that no owner ever used."""

    async def read(self) -> list[Any]:
        return []

    async def report(self, *_: Any) -> None:
        return None


async def reloads(folder: Path, count: int) -> list[float]:
    """Seconds from a saved file to the new code in force."""
    home = write_plugin(folder, "changing", "")
    source = "from plugins import on_command\n@on_command('x')\nasync def f(ctx): yield None\n"
    (home / "__init__.py").write_text(source, "utf-8")
    library: Any = Library([folder])
    controls: Any = _Nobody()
    reloading = Reloading(
        library,
        controls,
        worker="bench",
        hot=True,
        now=lambda: NOW,
        alarm=_nothing,
        follow=_nothing,
    )
    await reloading.begin(lambda _, call: call())
    keeping = asyncio.create_task(reloading.keep())
    await asyncio.sleep(1)
    took = []
    for number in range(count):
        before, began = reloading.roster.number, time.monotonic()
        (home / "__init__.py").write_text(f"{source}# {number}\n", "utf-8")
        while reloading.roster.number == before:  # noqa: ASYNC110  # what is measured
            await asyncio.sleep(0.005)
        took.append(time.monotonic() - began)
        await asyncio.sleep(0.2)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    return took


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=5000)
    options.add_argument("--reloads", type=int, default=20)
    options.add_argument("--save", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="hongyan-bench-") as name:
        folder = Path(name)
        declare(folder)
        loaded = Library([folder]).read()
        for problem in loaded.problems:
            print(problem)
        asyncio.run(layer(loaded.instances, events(500)))
        runs = [asyncio.run(layer(loaded.instances, events(given.events))) for _ in range(5)]
        seconds = asyncio.run(reloads(folder, given.reloads))
    save(
        "plugins",
        {
            "instances": [one.name for one in loaded.instances],
            "rules": RULES,
            "answers": runs[0][1],
            "cpu_us_an_event": round(statistics.median(us for us, _ in runs), 1),
            "cpu_us_each_run": [round(us, 1) for us, _ in runs],
            "goal_us": GOAL_US,
            "reload_s_median": round(statistics.median(seconds), 3),
            "reload_s_most": round(max(seconds), 3),
            "goal_s": GOAL_S,
        },
        keep=given.save,
    )


if __name__ == "__main__":
    main()

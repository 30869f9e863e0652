"""The risk governor's decisions: microseconds each, on a full day's history.

python -m bench.governor [--decisions 20000] [--save]
"""

import argparse
import random
import time
from collections.abc import Callable
from datetime import UTC

from bench.lab import save
from device_agent.governor import Bubble, decide
from device_agent.past_sends import PastSends, Sent
from device_agent.policy import Policy, load_policy

GOAL_US = 50.0
NOW = 1_795_000_000.0


def a_day(policy: Policy) -> PastSends:
    """As many sends as a day's budget allows, in forty chats, the same fifty texts again."""
    most = policy.budgets.device.day or 1000
    each = 86_000 / most
    return PastSends.of(
        Sent(NOW - 86_000 + each * number, f"c{number % 40}", f"t{number % 50}", "王", 1)
        for number in range(most)
    )


def bubbles(chance: random.Random) -> list[Bubble]:
    return [
        Bubble(
            chat_id=f"c{chance.randrange(60)}",
            title=f"群 {chance.randrange(60)}",
            kind=chance.choice(("private", "group")),
            text=f"t{chance.randrange(60)}",
            words="你好，今天的日报在这里" * chance.randrange(1, 20),
            length=chance.randrange(400),
            asked_at=NOW - chance.randrange(60),
            answers=chance.choice(("王", "李", None)),
            chance=chance.random(),
        )
        for _ in range(200)
    ]


def per_decision(step: Callable[[Bubble], object], some: list[Bubble], count: int) -> float:
    began = time.perf_counter()
    for number in range(count):
        step(some[number % len(some)])
    return (time.perf_counter() - began) / count * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=20_000)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    words = {"words": tuple(f"词{number}" for number in range(50))}
    policy = load_policy(None)
    policy = policy.model_copy(update={"approval": policy.approval.model_copy(update=words)})
    some, full, result = bubbles(random.Random(7)), a_day(policy), dict[str, float]()
    for name, past in (("nothing sent yet", PastSends()), ("a full day", full)):

        def step(one: Bubble, past: PastSends = past) -> object:
            return decide(policy, past, one, NOW, UTC)

        result[name] = min(per_decision(step, some, options.decisions) for _ in range(3))
        print(f"{name:<18} {result[name]:6.1f} µs a decision (goal {GOAL_US:.0f})")
    save("governor", {"goal_us": GOAL_US, "us": result}, keep=options.save)


if __name__ == "__main__":
    main()

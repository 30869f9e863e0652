"""A kill campaign on the whole of Hongyan: friends write, processes die, the phone's truth judges.

python -m tests.faults.campaign --seeds 20
python -m tests.faults.campaign --failpoints
python -m tests.faults.campaign --new-mac --seeds 3
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx

from tests.faults.provoking import provoke

PROVOKED = ("part_sent", "part_acked", "draft_kept", "pushed", "asked", "called")
"""Steps that an ordinary conversation does not come by; `tests/faults/provoking.py` leads there."""
VICTIMS = ("worker", "agent", "relay", "broker", "postgres")
FAILPOINTS = (
    *(
        f"agent.{point}"
        for point in (
            "spooled",
            "produced",
            "tail_written",
            "claimed",
            "opened",
            "typed",
            "intent_stored",
            "intent_acked",
            "tapped",
            "verified",
            "outcome_acked",
            "receipted",
            "committed",
            *PROVOKED,
        )
    ),
    *(
        f"worker.{point}"
        for point in ("received", "ran", "committed", "produced", "marked", "acked")
    ),
)
_STARTING = threading.Lock()
"""Two starts at once may both find the same port free."""
QUIET_S = 3.0
"""So long nothing more may come once all replies stand."""


@dataclass(frozen=True)
class Plan:
    """What happens, all of it from the seed: who writes what after which pause, who dies when."""

    messages: tuple[tuple[float, str, str], ...]
    kills: tuple[tuple[float, str], ...]

    def expected(self) -> dict[str, list[str]]:
        """The replies each chat must hold, in order."""
        replies: dict[str, list[str]] = defaultdict(list)
        counts: dict[str, int] = defaultdict(int)
        for _, chat, text in self.messages:
            if text == "/count":
                counts[chat] += 1
                replies[chat].append(str(counts[chat]))
            else:
                replies[chat].append(text.removeprefix("/echo "))
        return dict(replies)


def make_plan(
    seed: int, *, messages: int = 200, chats: int = 20, seconds: float = 25, kills: bool = True
) -> Plan:
    """Bursts and pauses, equal texts and counters among the rest; each victim dies once."""
    chance = Random(seed)
    titles = [f"友{seed}-{n}" for n in range(chats)]
    written = []
    for number in range(messages):
        burst = chance.random() < 0.6
        pause = 0.0 if burst else chance.expovariate(messages * 0.4 / seconds)
        text = chance.choices([f"/echo 第{number}条 🐦", "/echo 好", "/count"], weights=[6, 2, 2])[
            0
        ]
        written.append((pause, chance.choice(titles), text))
    deaths = [(chance.uniform(1, seconds + 5), victim) for victim in VICTIMS] if kills else []
    return Plan(tuple(written), tuple(sorted(deaths)))


@dataclass
class Stack:
    """A real `hongyan up` in a folder of its own."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait for its ready file."""
        ready = self._beside("ready")
        ready.unlink(missing_ok=True)
        with self._beside("log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "hongyan", "up", "--data", str(self.data)),
                    *("--ready-file", str(ready), *self.arguments),
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self.environment},  # noqa: TID251  # a child's environment
            )
        try:
            wait_until(ready.exists, 60, "the ready file", self.alive)
        except AssertionError as error:
            said = self._beside("log").read_text(errors="replace")[-1500:]
            raise AssertionError(f"{error}; it said: {said}") from error

    def _beside(self, kind: str) -> Path:
        return self.data.with_name(f"{self.data.name}.{kind}")

    def alive(self) -> bool:
        """Whether `up` runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def ready(self) -> dict[str, Any]:
        """The ready file, as it stands now."""
        content: dict[str, Any] = json.loads(self._beside("ready").read_bytes())
        return content

    def pid(self, name: str) -> int:
        """A process's number, as the ready file names it now."""
        pid: int = self.ready["pids"][name]
        return pid

    def kill(self, name: str) -> bool:
        """SIGKILL; False where it was down just then."""
        try:
            os.kill(self.pid(name), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def write(self, chat: str, text: str) -> None:
        """A friend writes."""
        answer = httpx.post(
            f"{self.ready['sim']}/messages", json={"chat": chat, "text": text}, timeout=30
        )
        answer.raise_for_status()

    def truth(self) -> dict[str, Any]:
        """What really happened on the phone."""
        answer: dict[str, Any] = httpx.get(f"{self.ready['sim']}/truth", timeout=30).json()
        return answer

    def replies(self) -> dict[str, list[str]]:
        """The bubbles that left, by chat, in order."""
        found: dict[str, list[str]] = defaultdict(list)
        for sent in self.truth()["sent"]:
            found[sent["chat"]].append(sent["text"])
        return dict(found)

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def wait_until(
    condition: Callable[[], bool], seconds: float, what: str, alive: Callable[[], bool]
) -> None:
    """Return when it holds; an AssertionError says what never came."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert alive(), f"`hongyan up` ended while waiting for {what}"
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:g} s"
        pause.wait(0.1)


@dataclass
class Outcome:
    """What a campaign found."""

    seconds: float
    lost: list[str]
    surplus: list[str]
    disordered: list[str]

    @property
    def clean(self) -> bool:
        """Whether truth holds exactly the right replies in order."""
        return not (self.lost or self.surplus or self.disordered)


def compare(expected: dict[str, list[str]], found: dict[str, list[str]], seconds: float) -> Outcome:
    """Hold truth against the plan. Pure."""
    outcome = Outcome(seconds, [], [], [])
    for chat in sorted(expected.keys() | found.keys()):
        want, have = expected.get(chat, []), list(found.get(chat, []))
        rest = list(have)
        for text in want:
            if text in rest:
                rest.remove(text)
            else:
                outcome.lost.append(f"{chat}: {text}")
        outcome.surplus += [f"{chat}: {text}" for text in rest]
        if sorted(want) == sorted(have) and want != have:
            outcome.disordered.append(f"{chat}: {have} instead of {want}")
    return outcome


def run(
    stack: Stack,
    plan: Plan,
    *,
    patience: float = 150,
    midway: Callable[[], dict[str, list[str]] | None] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Carry out a plan on a running stack; `midway` is called after half of the messages, and says
    what else is to be sent to which chat.
    """
    more: dict[str, list[str]] = {}
    begun = time.monotonic()
    deaths = [
        threading.Timer(at, lambda name=name: say(f"    {name} killed: {stack.kill(name)}"))
        for at, name in plan.kills
    ]
    for death in deaths:
        death.start()
    pause = threading.Event()
    for number, (wait, chat, text) in enumerate(plan.messages):
        pause.wait(wait)
        stack.write(chat, text)
        if midway is not None and number == len(plan.messages) // 2:
            more = midway() or {}
    for death in deaths:
        death.join()
    expected = plan.expected()
    deadline = time.monotonic() + patience
    calm_since = time.monotonic()
    while time.monotonic() < deadline:
        if sum(map(len, stack.replies().values())) < len(plan.messages) + sum(
            map(len, more.values())
        ):
            calm_since = time.monotonic()
        elif time.monotonic() - calm_since > QUIET_S:
            break
        pause.wait(0.2)
    return compare(expected | more, stack.replies(), time.monotonic() - begun)


def fresh(folder: Path, name: str, **options: Any) -> Stack:
    """A stack on an empty folder, not started."""
    data = folder / name
    shutil.rmtree(data, ignore_errors=True)
    return Stack(data, **options)


def new_mac(stack: Stack) -> None:
    """The agent's folder is gone and the agent with it."""
    os.kill(stack.pid("agent"), signal.SIGSTOP)
    shutil.rmtree(stack.data / "agent")
    stack.kill("agent")


def one_failpoint(folder: Path, point: str, arguments: tuple[str, ...] = ()) -> Outcome:
    """Die once at that very place, in the middle of a short conversation."""
    flag = folder / f"{point}.flag"
    flag.unlink(missing_ok=True)
    environment = {"HONGYAN_FAILPOINT": point, "HONGYAN_FAILPOINT_FLAG": str(flag)}
    stack = fresh(folder, f"at-{point}", environment=environment, arguments=arguments)
    plan = make_plan(7, messages=24, chats=3, seconds=2, kills=False)
    with _STARTING:
        stack.start()
    try:
        outcome = run(stack, plan, midway=lambda: provoke(stack, point))
    finally:
        stack.stop()
    assert flag.exists(), f"{point} was never reached: the failpoint proves nothing"
    return outcome


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _report(name: str, outcome: Outcome) -> bool:
    verdict = "clean" if outcome.clean else "NOT CLEAN"
    _say(
        f"{name}: {verdict} in {outcome.seconds:.0f} s, lost {len(outcome.lost)}, "
        f"surplus {len(outcome.surplus)}, out of order {len(outcome.disordered)}"
    )
    for line in [*outcome.lost, *outcome.surplus, *outcome.disordered]:
        _say(f"    {line}")
    return outcome.clean


def _seeded(folder: Path, options: argparse.Namespace) -> bool:
    clean = True
    for seed in range(options.seed, options.seed + options.seeds):
        stack = fresh(folder, f"seed-{seed}", arguments=tuple(options.up))
        stack.start()
        try:
            plan = make_plan(
                seed,
                messages=options.messages,
                chats=options.chats,
                kills=not (options.new_mac or options.no_kills),
            )
            midway = (lambda stack=stack: new_mac(stack)) if options.new_mac else None
            outcome = run(stack, plan, midway=midway, say=_say)
        finally:
            stack.stop()
        clean = _report(f"seed {seed}", outcome) and clean
        if outcome.clean and not options.keep:
            shutil.rmtree(stack.data, ignore_errors=True)
    return clean


def main() -> None:
    """The command line of `make chaos`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--chats", type=int, default=20)
    parser.add_argument("--failpoints", action="store_true")
    parser.add_argument("--point", action="append", help="these failpoints alone")
    parser.add_argument("--new-mac", action="store_true")
    parser.add_argument("--no-kills", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the folders of clean runs too")
    parser.add_argument("--up", action="append", default=[], help="more arguments for hongyan up")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hongyan-campaign-"))
    folder.chmod(0o755)
    _say(f"data and logs in {folder}")
    if options.failpoints or options.point:
        points = options.point or FAILPOINTS
        results = [_report(p, one_failpoint(folder, p, tuple(options.up))) for p in points]
        clean = all(results)
    else:
        clean = _seeded(folder, options)
    raise SystemExit(0 if clean else 1)


if __name__ == "__main__":
    main()

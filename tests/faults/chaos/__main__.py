"""A chaos campaign: faults, kills and moves at random, and a judge who knows the truth.

python -m tests.faults.chaos --seed 7 --messages 1000
python -m tests.faults.chaos --seed 7 --messages 100 --layout-seed 3
python -m tests.faults.chaos --judge data/chaos/seed-7/report.json
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom
from typing import Any

from tests.faults.campaign import Stack, fresh
from tests.faults.chaos.evidence import Asked, Bubble, Evidence, Read, Told, Trouble, Written
from tests.faults.chaos.judge import Verdict, judge
from tests.faults.chaos.march import March
from tests.faults.chaos.plan import make_plan
from tests.faults.chaos.report import write_report
from tests.faults.chaos.unseen import unseen

_SETTINGS = {"HONGYAN_SETTLE_SECONDS": "3", "HONGYAN_LOG_LEVEL": "DEBUG"}
_PARTS: dict[str, Callable[..., Any]] = {
    "written": Written, "read": Read, "asked": Asked, "told": Told, "left": Bubble,
    "troubles": Trouble,
}  # fmt: skip


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _summary(seed: int, verdict: Verdict) -> None:
    counts = verdict.counts()
    _say(f"seed {seed}: " + ", ".join(f"{kind} {count}" for kind, count in counts.items()))
    for one in verdict.wrong:
        _say(f"  WRONG {one.kind} {one.chat}: {one.text}")


def one_seed(seed: int, messages: int, reports: Path, layout_seed: int | None = None) -> bool:
    """Run a seed; whether nothing is wrong. Of a run with something wrong the logs are kept.

    With a layout seed the phone has a layout that nobody has seen: it is calibrated first, and a
    calibration that does not prove all that sending needs ends the run, refused.
    """
    folder = Path(tempfile.mkdtemp(prefix="hongyan-chaos-"))
    folder.chmod(0o755)
    environment = _SETTINGS | {"HONGYAN_LAYOUTS": str(folder / "layouts")}
    stack = fresh(folder, "stack", environment=environment)
    if layout_seed is not None:
        lacking = unseen(stack.data, layout_seed, folder / "layouts")
        _say(f"layout {layout_seed}: {'refused: ' + ', '.join(lacking) if lacking else 'proven'}")
        if lacking:
            shutil.rmtree(folder, ignore_errors=True)
            return True
    plan = make_plan(seed, messages=messages)
    _say(f"seed {seed}: {len(plan)} steps in {plan[-1].at:.0f} s, data and logs in {folder}")
    stack.start()
    try:
        evidence = March(stack, _say).carry_out(plan)
    finally:
        stack.stop()
    verdict = judge(evidence)
    command = f"make chaos SEED={seed} MESSAGES={messages}"
    command += "" if layout_seed is None else f" LAYOUT_SEED={layout_seed}"
    page = write_report(reports / f"seed-{seed}", seed, command, evidence, verdict)
    _summary(seed, verdict)
    _say(f"report: {page}")
    _clear(folder, stack, page.parent, wrong=bool(verdict.wrong))
    return not verdict.wrong


def _clear(folder: Path, stack: Stack, kept: Path, *, wrong: bool) -> None:
    if wrong:
        logs = kept / "logs"
        shutil.rmtree(logs, ignore_errors=True)
        shutil.copytree(stack.data / "logs", logs, ignore_dangling_symlinks=True)
        _say(f"logs: {logs}")
    shutil.rmtree(folder, ignore_errors=True)


def judge_again(path: Path) -> bool:
    """Hold a stored report's evidence against truth once more."""
    document = json.loads(path.read_bytes())
    stored = document["evidence"]
    evidence = Evidence(stored["names"], frozenset(stored["shared"]))
    evidence.struck, evidence.titles = stored["struck"], stored["titles"]
    for name, part in _PARTS.items():
        setattr(evidence, name, [part(**one) for one in stored[name]])
    verdict = judge(evidence)
    _summary(document["seed"], verdict)
    page = write_report(path.parent, document["seed"], document["command"], evidence, verdict)
    _say(f"report: {page}")
    return not verdict.wrong


def main() -> None:
    """The command line of `make chaos SEED=…`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="the plan's seed (else one is drawn)")
    parser.add_argument("--seeds", type=int, default=1, help="so many seeds, one after the other")
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--reports", type=Path, default=Path("data/chaos"))
    parser.add_argument("--layout-seed", type=int, help="a layout nobody has seen, calibrated")
    parser.add_argument("--judge", type=Path, help="judge a report.json again, run nothing")
    options = parser.parse_args()
    if options.judge is not None:
        raise SystemExit(0 if judge_again(options.judge) else 1)
    first = options.seed if options.seed is not None else SystemRandom().randrange(100_000)
    seeds = range(first, first + options.seeds)
    clean = [
        one_seed(seed, options.messages, options.reports, options.layout_seed) for seed in seeds
    ]
    raise SystemExit(0 if all(clean) else 1)


if __name__ == "__main__":
    main()

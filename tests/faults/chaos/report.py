"""The report of a chaos campaign: one page to read, one document for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.chaos.evidence import Evidence
from tests.faults.chaos.judge import NOTED, WRONG, Finding, Verdict

_MEANS = {
    "unread": "a message that was never read",
    "read_twice": "a message that was read more often than written",
    "lost": "a reply neither in truth nor in a true end",
    "doubled": "a reply that left more often than asked for",
    "misdelivered": "a bubble in a chat that did not ask for it",
    "disordered": "a reply that left after a later one of its chat",
    "claimed": "a receipt says `sent`, truth does not",
    "denied": "truth has it, the receipt says otherwise",
    "unexcused": "an end that no fault excuses",
    "unknown_untrue": "an `unknown` without trouble around it",
    "gap_untrue": "a `gap_possible` without trouble or equal rows",
    "unknown": "an honest `unknown`: held for a person",
    "held": "waits behind an `unknown` of its chat",
    "failed": "WeChat refused it: a red mark",
    "refused": "two chats have that name",
    "gap": "an honest `gap_possible`",
    "merged": "two chats of one name under one id",
}


def write_report(folder: Path, seed: int, command: str, evidence: Evidence, v: Verdict) -> Path:
    """Write `report.md` and `report.json`; the first one's path."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "seed": seed,
        "command": command,
        "counts": v.counts(),
        "findings": [asdict(one) | {"wrong": one.wrong} for one in v.findings],
        "evidence": asdict(evidence) | {"shared": sorted(evidence.shared)},
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (folder / "report.json").write_text(text, encoding="utf-8")
    page = folder / "report.md"
    page.write_text("\n".join(_page(seed, command, evidence, v)) + "\n", encoding="utf-8")
    return page


def _page(seed: int, command: str, evidence: Evidence, verdict: Verdict) -> list[str]:
    outcome = f"**{len(verdict.wrong)} WRONG**" if verdict.wrong else "nothing wrong"
    due = sum(one.reply is not None for one in evidence.written)
    told = (
        f"{len(evidence.written)} messages written in {len(evidence.names)} chats, "
        f"{len(evidence.read)} read; {due} replies due, {len(evidence.left)} left."
    )
    lines = [f"# Chaos, seed {seed}: {outcome}", "", told, "", _again(command), ""]
    lines += ["| what | count | means |", "|---|---|---|"]
    counts = verdict.counts()
    lines += [f"| {kind} | {counts[kind]} | {_MEANS[kind]} |" for kind in (*WRONG, *NOTED)]
    lines += ["", "## Wrong", "", *_stories(verdict.wrong)]
    lines += ["", "## What was done to it", ""]
    lines += [f"- {_clock(one.at)} {one.what}" for one in evidence.troubles]
    lines += ["", "Struck: " + _struck(evidence)]
    rest = [one for kind in NOTED for one in verdict.of(kind)]
    return [*lines, "", "## Noted", "", *_stories(rest)]


def _again(command: str) -> str:
    return (
        f"Again: `{command}`. The plan is the seed's; the moments at which faults meet the agent "
        "depend on the machine. All that was seen stands in `report.json` and can be judged anew: "
        "`python -m tests.faults.chaos --judge report.json`."
    )


def _struck(evidence: Evidence) -> str:
    counts = sorted(evidence.struck.items())
    return ", ".join(f"{name} {count}" for name, count in counts if count) or "nothing"


def _stories(findings: Sequence[Finding]) -> list[str]:
    lines = []
    for one in findings:
        lines += [f"- **{one.kind}** {one.chat}: {one.text}", *(f"  - {x}" for x in one.story)]
    return lines or ["Nothing."]


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")[:-4]

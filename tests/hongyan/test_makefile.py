"""`make` is the developer's front door."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
CONTRACT = {"setup", "up", "test", "check", "fmt", "bench", "chaos", "docs", "clean"}


def test_make_alone_names_every_target_in_one_line_each() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    targets = set(phony.group(1).split())

    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert {line.split()[1] for line in shown.splitlines()} == targets
    assert targets >= CONTRACT


def test_ci_runs_what_developers_run() -> None:
    script = (ROOT / ".ci" / "run").read_text()

    assert "make check" in script
    assert "make test" in script
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)

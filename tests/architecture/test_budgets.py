"""House rules that a machine can see."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("schemas", "plugins", "connectors", "streams", "device_agent", "hongyan")
BANNED_NAMES = {"utils", "helpers", "common", "misc", "manager", "core", "base"}
MOST_BROAD = 8
"""Supervisors: plugin run, consumer tops, process tops, the simulator's connections."""


def sources() -> Iterator[tuple[str, str]]:
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            if "/tests/" not in file.as_posix():
                yield file.relative_to(ROOT).as_posix(), file.read_text()


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines without the docstring."""
    docstring = node.body[0] if ast.get_docstring(node) else None
    spared = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (node.end_lineno or 0) - node.lineno + 1 - spared


def test_every_module_says_in_one_sentence_what_it_is_for() -> None:
    silent = [path for path, text in sources() if not ast.get_docstring(ast.parse(text))]

    assert silent == []


def test_modules_stay_under_400_lines() -> None:
    assert [path for path, text in sources() if text.count("\n") > 400] == []


def test_functions_stay_mostly_under_40_lines_and_none_is_over_60() -> None:
    lengths = {
        f"{path}:{node.name}": body_lines(node)
        for path, text in sources()
        for node in functions(ast.parse(text))
    }

    assert {name: lines for name, lines in lengths.items() if lines > 60} == {}
    assert sum(lines > 40 for lines in lengths.values()) <= len(lengths) * 0.02


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    assert [path for path, _ in sources() if Path(path).stem in BANNED_NAMES] == []


def test_broad_excepts_are_few_and_each_has_its_reason_beside_it() -> None:
    broad = [
        (path, text.splitlines()[node.lineno - 1])
        for path, text in sources()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"})
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    ]

    assert [path for path, line in broad if "# noqa: BLE001  #" not in line] == []
    assert len(broad) <= MOST_BROAD, broad


def test_nothing_is_left_for_later() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")

    assert [path for path, text in sources() if any(mark in text for mark in marks)] == []


def test_no_test_sleeps_or_patches_or_is_skipped() -> None:
    marks = ("time." + "sleep(", "mock." + "patch", "mark." + "skip", "mark." + "xfail")
    found = [
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "tests").rglob("*.py")
        if any(mark in file.read_text() for mark in marks)
    ]

    assert found == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_installed_package_has_the_name_of_a_room(room: str) -> None:
    """The later installation would overwrite the earlier one, silently."""
    assert set(packages_distributions().get(room, ["hongyan"])) == {"hongyan"}


def test_the_import_contracts_hold() -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout


def test_the_simulator_imports_nothing_of_the_agent() -> None:
    """Shared code would flatter the agent; import-linter cannot say "siblings of this package"."""
    imported = [
        (path, name)
        for path, text in sources()
        if path.startswith("device_agent/sim/")
        for node in ast.walk(ast.parse(text))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        if name.split(".")[0] == "device_agent" and not name.startswith("device_agent.sim")
    ]

    assert imported == []

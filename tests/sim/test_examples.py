"""The examples run as their readers run them."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def run(*words: object, **environment: str) -> str:
    """A command's output; it must end well."""
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env={**os.environ, **environment},  # noqa: TID251  # as a user's shell hands on
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def busy_team(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Where `hongyan sim` with the busy team's world is reached."""
    ready = tmp_path / "ready.json"
    world = EXAMPLES / "worlds" / "busy-team.yml"
    hongyan = Path(sys.executable).with_name("hongyan")
    command = [hongyan, "sim", "--world", world, "--ready-file", ready]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            while not ready.exists():
                assert process.poll() is None, "hongyan sim ended"
                threading.Event().wait(0.02)
            yield json.loads(ready.read_text())
        finally:
            process.kill()


def test_ten_lines_find_a_chat_read_it_and_say_hello(busy_team: dict[str, str]) -> None:
    code = (EXAMPLES / "say_hello.py").read_text().rpartition('"""')[2]
    assert len([line for line in code.splitlines() if line]) == 10
    port = busy_team["adb"].rpartition(":")[2]

    shown = run("examples/say_hello.py", ANDROID_ADB_SERVER_PORT=port)

    truth = httpx.get(f"{busy_team['control']}/truth").json()
    assert [(one["chat"], one["text"]) for one in truth["sent"]] == [("张伟", "你好")]
    assert "快递到了吗？" in shown.splitlines()


def test_the_five_lines_print_what_left() -> None:
    assert run("examples/five_lines.py").split()[1:] == ["项目组", "你好"]


def test_the_tests_with_the_fixture_pass() -> None:
    without = ("cacheprovider", "hypothesispytest", "randomly", "xdist")
    plain = [f"-pno:{name}" for name in without]

    told = run("-m", "pytest", "-q", *plain, "examples/test_with_fixture.py")

    assert "3 passed" in told


def test_every_example_is_named_in_their_readme() -> None:
    told = (EXAMPLES / "README.md").read_text()
    files = [one for one in EXAMPLES.rglob("*") if one.suffix in {".py", ".yml"}]

    assert [one.name for one in files if f"({one.relative_to(EXAMPLES)})" not in told] == []

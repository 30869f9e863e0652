"""The command line as a person or a script meets it."""

import json
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hongyan.cli import COMMANDS, cli
from tests.fakes.running_up import HONGYAN

HEAVY = ("pydantic", "aiokafka", "httpx", "sqlalchemy", "faust", "uiautomator2", "loguru")
UP_OPTIONS = {
    *("--data", "--ready-file", "--port-base", "--no-console", "--kafka"),
    *("--postgres", "--phone", "--plugins", "--pace"),
}


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["env", *(f"{name}={value}" for name, value in environment.items()), str(HONGYAN), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def commands() -> list[tuple[str, click.Command]]:
    context = click.Context(cli)
    found = []
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {inner}", each) for inner, each in command.commands.items()]
    return found


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    code = "import sys\nfrom hongyan.cli import main\nsys.argv = ['hongyan', '--help']\n"
    code += f"try: main()\nexcept SystemExit: print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )

    assert ran.stdout.splitlines()[-1] == "[]"
    for name in COMMANDS:
        assert f"\n  {name} " in ran.stdout


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_commands_help_has_an_example(name: str) -> None:
    shown = CliRunner().invoke(cli, [*name.split(), "--help"])

    assert shown.exit_code == 0
    assert "Example" in shown.output
    assert f"hongyan {name.split(maxsplit=1)[0]}" in shown.output
    assert "\\b" not in shown.output, "the mark that keeps lines apart must not be shown"


def test_up_has_the_options_of_the_contract() -> None:
    up = dict(commands())["up"]
    options = {option for parameter in up.params for option in parameter.opts}

    assert options >= UP_OPTIONS


def test_the_wheel_installs_the_command() -> None:
    (script,) = entry_points(group="console_scripts", name="hongyan")

    assert script.value == "hongyan.cli:main"


def test_wrong_use_exits_with_two() -> None:
    assert run("nonsense").returncode == 2
    assert run("up", "--kafka", "nowhere").returncode == 2


def test_settings_are_shown_without_their_secrets() -> None:
    shown = run(
        *("config", "api", "--json"),
        HONGYAN_API_KEY="hy_hush",
        HONGYAN_POSTGRES="postgresql://me:hush@db/x",
        HONGYAN_KAFKA="kafka:9092",
    )

    settings = json.loads(shown.stdout)
    assert settings["kafka"] == "kafka:9092"
    assert "hush" not in shown.stdout


def test_wrong_settings_are_one_sentence() -> None:
    ran = run("config", "worker", HONGYAN_LANES="many")

    assert ran.returncode == 1
    assert "lanes" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_missing_extra_is_a_sentence_that_says_what_to_install() -> None:
    code = "import sys\nsys.modules['faust'] = None\nsys.argv = ['hongyan', 'worker']\n"
    code += "from hongyan.cli import main\nmain()"
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False, cwd="/"
    )

    assert ran.returncode == 1
    assert "hongyan worker needs the 'streams' extra: pip install 'hongyan[streams]'" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_something_unexpected_is_a_sentence_and_a_log(tmp_path: Path) -> None:
    code = "import sys, hongyan.wording\nhongyan.wording.sentence = None\n"
    code += "sys.argv = ['hongyan', 'doctor']\nfrom hongyan.cli import main\nmain()"
    ran = subprocess.run(
        ["env", f"HOME={tmp_path}", sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )

    (log,) = tmp_path.rglob("errors.log")
    assert ran.returncode == 1
    assert str(log) in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Traceback" in log.read_text()


def test_chinese_comes_first_where_it_is_asked_for(tmp_path: Path) -> None:
    for language, first in (("zh", "没有找到"), ("en", "No running")):
        ran = run("say", "小王", "你好", "--data", str(tmp_path), HONGYAN_LANGUAGE=language)

        assert ran.returncode == 1
        assert ran.stderr.startswith(first)
        assert len(ran.stderr.splitlines()) == 3


def test_a_broker_that_is_away_is_said_at_once() -> None:
    ran = run("tail", "--kafka", "127.0.0.1:9")

    assert ran.returncode == 1
    assert ran.stderr.startswith("The broker at 127.0.0.1:9 does not answer")


def test_the_published_formats_are_fresh() -> None:
    assert run("schemas", "check").returncode == 0


def test_formats_are_written_elsewhere_and_checked_there(tmp_path: Path) -> None:
    assert run("schemas", "check", "--folder", str(tmp_path)).returncode == 1
    assert run("schemas", "export", "--folder", str(tmp_path)).returncode == 0
    assert run("schemas", "check", "--folder", str(tmp_path)).returncode == 0


def test_the_doctor_finds_this_machine_fit() -> None:
    ran = run("doctor", "--json", "--data", "/tmp/hongyan-doctor")  # noqa: S108  # nothing is made

    content = json.loads(ran.stdout)
    assert ran.returncode == 0, content
    assert content["ok"]
    assert {"python", "embedded broker", "java", "adb", "disk"} <= {
        finding["name"] for finding in content["findings"]
    }
    assert all(finding["remedy"] or finding["ok"] for finding in content["findings"])

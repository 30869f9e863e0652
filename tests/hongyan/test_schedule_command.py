"""`hongyan schedule` makes, lists and cancels, and says what makes no sense."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hongyan.cli import cli


@pytest.fixture
def run(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> "Run":
    monkeypatch.chdir(tmp_path)
    return Run(database)


class Run:
    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def __call__(self, *arguments: str) -> Result:
        asked = ["schedule", *arguments, "--postgres", self._dsn]
        return CliRunner().invoke(cli, asked)


def test_one_is_made_listed_and_cancelled(run: Run) -> None:
    assert run("list").exit_code == 0
    told = ("--instance", "reminder", "--chat", "c1", "--carry", '{"text": "早"}')
    made = run("add", "30 7 * * *", *told, "--json")
    assert made.exit_code == 0, made.output
    name = json.loads(made.output)["id"]
    once = run("add", "2099-12-24T18:00", "--tz", "Europe/Berlin")
    assert once.exit_code == 0, once.output
    first, second = json.loads(run("list", "--json").output)
    assert (first["schedule_id"], first["cron"], first["data"]) == (
        name,
        "30 7 * * *",
        {"text": "早"},
    )
    assert second["next_due"] == "2099-12-24 17:00:00+00:00"
    assert "reminder → c1" in run("list").output
    assert "2099-12-2" in run("list").output
    assert run("cancel", "").exit_code == 2
    assert run("cancel", name[:9]).exit_code == 0
    assert run("cancel", name[:9]).exit_code == 1
    assert len(json.loads(run("list", "--json").output)) == 1
    assert len(json.loads(run("list", "--json", "--all").output)) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        ("0 9 * *",),
        ("tomorrow",),
        ("0 9 * * *", "--tz", "Mars/Base"),
        ("2099-12-24T18:00", "--tz", "Mars/Base"),
        ("0 9 * * *", "--carry", "[1]"),
        ("0 9 * * *", "--carry", "{"),
        ("0 9 * * *", "--carry", '{"a": NaN}'),
        ("0 9 * * *", "--carry", f'{{"a": {1 << 70}}}'),
        ("0 9 * * *", "--chat", "c1", "--channel", "We Chat"),
        ("0 9 * * *", "--account", "work"),
        ("0 9 * * *", "--chat", "", "--channel", "webhook"),
        ("2020-12-24T18:00",),
        ("0001-01-01",),
        ("0 9 * * *", "--missed", "never"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Run, wrong: tuple[str, ...]) -> None:
    refused = run("add", *wrong)
    assert refused.exit_code == 2
    assert refused.output.strip()
    assert isinstance(refused.exception, SystemExit)
    assert json.loads(run("list", "--all", "--json").output) == []

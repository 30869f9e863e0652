"""`hongyan phone look`: what the agent would read from a phone's pixels."""

import json
from pathlib import Path

from click.testing import CliRunner

from device_agent.sim import Simulator
from hongyan.cli import cli


def test_it_reads_and_draws_the_screen_of_an_attached_phone(tmp_path: Path) -> None:
    drawing = tmp_path / "look.png"
    with Simulator() as sim:
        sim.receive("老王", "在吗")
        sim.connect().app_start("com.tencent.mm")
        asked = ["phone", "look", "--adb", sim.adb, "--to", str(drawing)]
        told = CliRunner().invoke(cli, [*asked, "--json"])
        said = CliRunner().invoke(cli, asked)
    assert told.exit_code == 0, told.output
    seen = json.loads(told.output)
    assert seen["page"] == "list"
    assert [part["name"] for part in seen["parts"]] == ["area", "row"]
    assert drawing.read_bytes().startswith(b"\x89PNG")
    assert "老王 (1) · 在吗" in said.output


def test_what_cannot_be_looked_at_is_said_plainly(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no picture")
    told = CliRunner().invoke(cli, ["phone", "look", str(text)])
    assert told.exit_code == 1
    assert f"{text} is no picture" in told.output
    away = CliRunner().invoke(cli, ["phone", "look", "--adb", "127.0.0.1:1"])
    assert away.exit_code == 1
    assert "nothing answers at 127.0.0.1:1" in away.output

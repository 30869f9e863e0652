"""The page for plugin authors: its blocks run as they stand, and both languages show the same."""

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from plugins.instances import FILE
from plugins.kit import Bot
from plugins.loader import load
from schemas.content import Mentions
from tests.fakes.plugin_folder import write_plugin

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "plugins.md", ROOT / "docs" / "plugins.zh-CN.md"]


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize("language", ["bash", "python", "toml"])
def test_both_languages_show_the_same_blocks(language: str) -> None:
    english, chinese = (_blocks(page, language) for page in PAGES)
    assert english == chinese
    assert english


def test_the_commands_run_as_they_stand_and_the_test_of_the_page_passes(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(ROOT / ".venv", target_is_directory=True)
    (commands,) = _blocks(PAGES[0], "bash")
    for command in commands.splitlines():
        ran = subprocess.run(
            shlex.split(command), cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
    home = tmp_path / "my-plugins" / "weather"
    shutil.rmtree(home / "tests")
    (home / "test_page.py").write_text(_blocks(PAGES[0], "python")[2], encoding="utf-8")
    tested = [str(ROOT / ".venv/bin/hongyan"), "plugin", "test", str(home)]
    assert subprocess.run(tested, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_the_handlers_of_the_page_answer_as_it_says(tmp_path: Path) -> None:
    write_plugin(tmp_path, "shown", _blocks(PAGES[0], "python")[0])
    bot = Bot(*load([tmp_path], bundled=False).instances)
    for text, answer in {
        "/remind 10m tea": "0:10:00: tea",
        "/提醒 1小时半 开会": "1:30:00: 开会",
        "price?": "稍等",
        "查订单 12": "订单 12",
    }.items():
        bot.receives(text)
        bot.should_reply(answer)
    bot.receives("@我\u2005在吗", chat="群", group=True, mentions=Mentions(me=True))
    bot.should_reply("在：在吗")
    bot.receives("/thank @甲", chat="群", group=True)
    bot.should_reply("谢谢 甲!")
    bot.close()


def test_the_instances_of_the_page_run_where_it_says(tmp_path: Path) -> None:
    (declared,) = _blocks(PAGES[0], "toml")
    write_plugin(tmp_path, "greeter", _blocks(PAGES[0], "python")[1])
    (tmp_path / FILE).write_text(declared, encoding="utf-8")
    loaded = load([tmp_path])
    assert loaded.problems == ()
    running = {instance.name: instance for instance in loaded.instances}
    assert set(tomllib.loads(declared)) - {"echo"} <= set(running)
    assert "echo" not in running
    assert running["shop"].config.words == "欢迎来到小店"

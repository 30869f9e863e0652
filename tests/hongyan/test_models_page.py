"""The page on models and databases: its code runs as it stands, its settings are read."""

import re
import tomllib
from pathlib import Path

import pytest

from connectors.settings import WorkerSettings
from plugins.instances import FILE
from plugins.kit import Bot
from plugins.loader import load
from tests.fakes.plugin_folder import write_plugin

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / f"models-and-databases{end}" for end in (".md", ".zh-CN.md")]


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


def test_both_languages_show_the_same_code() -> None:
    english, chinese = (_blocks(page, "python") for page in PAGES)
    assert english == chinese
    assert english


def test_the_tests_of_the_page_pass_with_the_plugin_of_the_page(tmp_path: Path) -> None:
    plugin, tests = _blocks(PAGES[0], "python")
    write_plugin(tmp_path, "clerk", plugin)
    grants = 'llm = true\ndatabase = ["made-up"]\n'
    (tmp_path / FILE).write_text(f"[clerk]\n[clerk.grants]\n{grants}", encoding="utf-8")
    loaded = load([tmp_path], bundled=False)
    assert loaded.problems == ()
    defined: dict[str, object] = {}
    exec(tests, defined)  # noqa: S102  # the page's own
    for name in ("test_why", "test_orders"):
        bot = Bot(*loaded.instances)
        test = defined[name]
        assert callable(test)
        test(bot)
        bot.close()


@pytest.mark.parametrize("page", PAGES, ids=["en", "zh"])
def test_the_settings_of_the_page_are_settings(page: Path) -> None:
    told = WorkerSettings.model_validate(tomllib.loads(_blocks(page, "toml")[0]))
    assert told.llm["default"].model == "qwen-plus"
    assert list(told.queries["orders"].parameters) == ["day", "least"]
    assert told.databases["shop"].seconds == 10


def test_a_page_of_a_plugin_shows_settings_that_are_read() -> None:
    for name in ("query", "assistant"):
        (block,) = _blocks(ROOT / "plugins" / name / "README.md", "toml")
        settings, _, instances = block.partition("# instances.toml")
        told = WorkerSettings.model_validate(tomllib.loads(settings))
        assert told.llm or told.queries
        assert tomllib.loads(instances)

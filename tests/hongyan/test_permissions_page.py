"""The page on grants and roles: its blocks are right, and both languages show the same."""

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from hongyan.commands.plugin import plugin
from plugins.grants import Capability, Grants
from plugins.instances import FILE as INSTANCES
from plugins.instances import read_declared
from plugins.loader import load
from plugins.roles import FILE as ROLES
from plugins.roles import read_roles
from tests.fakes.plugin_folder import write_plugin

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "permissions.md", ROOT / "docs" / "permissions.zh-CN.md"]


def _blocks(language: str, page: Path = PAGES[0]) -> list[str]:
    text = page.read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("language", ["bash", "python", "toml"])
def test_both_languages_show_the_same_blocks(language: str) -> None:
    english, chinese = (_blocks(language, page) for page in PAGES)
    assert english == chinese
    assert english


def test_the_files_of_the_page_are_read_and_every_grant_is_explained(tmp_path: Path) -> None:
    instances, roles = _blocks("toml")
    (tmp_path / INSTANCES).write_text(instances, encoding="utf-8")
    (tmp_path / ROLES).write_text(roles, encoding="utf-8")
    write_plugin(tmp_path, "weather", _blocks("python")[0])
    loaded = load([tmp_path], bundled=False)
    assert loaded.problems == ()
    (weather,) = loaded.instances
    assert [handler.permission for handler in weather.plugin.handlers] == [(), ("moderator",)]
    assert read_roles(tmp_path / ROLES).refusal
    declared, _ = read_declared(tmp_path / INSTANCES)
    granted = set(declared["weather"].grants.model_dump(exclude_defaults=True))
    assert granted | {"operate"} == set(Grants.model_fields) == set(get_args(Capability))
    for page in PAGES:
        assert all(f"| `{name}` |" in page.read_text("utf-8") for name in Grants.model_fields)


def test_the_commands_of_the_page_are_commands() -> None:
    for line in _blocks("bash")[0].splitlines():
        _, group, command, *_ = shlex.split(line)
        assert group == "plugin"
        assert CliRunner().invoke(plugin, [command, "--help"]).exit_code == 0

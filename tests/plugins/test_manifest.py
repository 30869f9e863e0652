"""What a manifest says it needs and vouches for is held to."""

from pathlib import Path

import pytest

from plugins.control import Control
from plugins.importing import load_plugin
from plugins.instances import FILE
from plugins.library import Library
from plugins.manifest import PluginProblem
from plugins.unkept import unkept
from tests.fakes.plugin_folder import DICE, write_plugin

HELPFUL = DICE + "\n\ndice.answers.__doc__ = 'Throw dice.'\n"


def test_packages_that_are_not_installed_are_named_with_what_installs_them(tmp_path: Path) -> None:
    needs = ["pydantic>=2", "no-such-thing>=3", "pydantic>99", "other; python_version < '3'"]
    write_plugin(tmp_path, "shop", "import no_such_thing\n", dependencies=needs)
    (problem,) = Library([tmp_path], bundled=False).read().problems
    assert "plugin.toml: dependencies: no-such-thing>=3, pydantic>99 is not installed" in str(
        problem
    )
    assert "pip install 'no-such-thing>=3' 'pydantic>99'" in str(problem)


def test_a_bundled_plugin_names_its_extra_and_is_silent_until_it_is_wanted(
    tmp_path: Path,
) -> None:
    more = {"dependencies": ["no-such-thing"], "extra": "ai", "default": "off"}
    write_plugin(tmp_path, "shop", DICE, **more)
    library = Library([tmp_path], bundled=False)
    assert library.read().problems == ()
    (wanted,) = library.read({"shop": Control(enabled=True)}).problems
    assert "pip install 'hongyan[ai]'" in str(wanted)
    (tmp_path / FILE).write_text('[mine]\nplugin = "shop"\n')
    assert any("hongyan[ai]" in str(problem) for problem in library.read().problems)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"dependencies": ["a b c"]}, "'a b c' is no requirement"),
        ({"quality": {"shiny": "done"}}, "quality.shiny"),
        ({"quality": {"tests": "soon"}}, "quality.tests"),
        ({"quality": {"tests": {"exempt": " "}}}, "quality.tests"),
    ],
)
def test_what_means_nothing_is_refused(
    tmp_path: Path, fields: dict[str, object], says: str
) -> None:
    with pytest.raises(PluginProblem, match=says):
        load_plugin(write_plugin(tmp_path, "bad", DICE, **fields))


def test_what_is_said_to_be_done_is_looked_at(tmp_path: Path) -> None:
    claims = {
        **dict.fromkeys(("tests", "page", "page-zh", "help", "config", "bounds"), "done"),
        "languages": {"exempt": "it answers numbers"},
    }
    home = write_plugin(tmp_path, "dice", DICE, quality=claims)
    seen = [line.split(" ")[2] for line in unkept(load_plugin(home))]
    assert seen == ["tests", "page", "page-zh", "help"]
    (home / "tests").mkdir()
    for file in ("tests/test_dice.py", "README.md", "README.zh-CN.md"):
        (home / file).write_text("")
    (home / "__init__.py").write_text(HELPFUL)
    assert unkept(load_plugin(home)) == []


def test_what_the_bundled_plugins_vouch_for_is_so() -> None:
    plugins = Library([]).read().plugins.values()
    assert [line for plugin in plugins for line in unkept(plugin)] == []

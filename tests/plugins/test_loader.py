"""Plugin folders are loaded one by one; a bad one is named and left out."""

from pathlib import Path

import pytest

from plugins.handler import on_message
from plugins.loader import load
from plugins.manifest import Manifest, accepts
from plugins.plugin import Instance, Plugin, in_order, matches
from plugins.trigger import Command
from tests.fakes.plugin_folder import DICE, write_plugin
from tests.fakes.wechat import message


def test_the_bundled_plugins_load_and_a_dropped_folder_joins_them(tmp_path: Path) -> None:
    write_plugin(tmp_path, "dice", DICE)
    loaded = load([tmp_path])
    assert [instance.name for instance in loaded.instances] == ["help", "counter", "dice", "echo"]
    assert loaded.problems == ()


@pytest.mark.parametrize(
    ("fields", "source", "says"),
    [
        ({"name": "Bad Name"}, DICE, "plugin.toml: name: "),
        ({"version": "new"}, DICE, "plugin.toml: version: "),
        ({"purr": True}, DICE, "plugin.toml: purr: Extra inputs"),
        ({"api": ">=2"}, DICE, "plugin.toml: api: "),
        ({"api": "any"}, DICE, "plugin.toml: api: "),
        ({"channels": ["WeChat"]}, DICE, "plugin.toml: channels.0: "),
        ({}, "raise SystemExit(1)", "fails to import: SystemExit"),
        ({}, "import no_such_module", "fails to import: ModuleNotFoundError"),
        ({}, "x = 1", "has no handler"),
        (
            {},
            "from plugins import on_message\n@on_message()\nasync def f(ctx): return 1\n",
            "f is no async generator",
        ),
        ({"name": "echo"}, DICE, "another plugin is called 'echo'"),
    ],
)
def test_a_bad_plugin_is_named_with_file_and_fault_and_the_others_stay(
    tmp_path: Path, fields: dict[str, object], source: str, says: str
) -> None:
    write_plugin(tmp_path, "bad", source, **fields)
    write_plugin(tmp_path, "good", DICE)
    loaded = load([tmp_path])
    assert [instance.name for instance in loaded.instances] == ["help", "counter", "echo", "good"]
    (problem,) = loaded.problems
    assert says in str(problem)
    assert "bad" in str(problem)


def test_broken_toml_a_missing_module_and_a_missing_folder_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "plugin.toml").write_text("name = ")
    write_plugin(tmp_path, "hollow", "").joinpath("__init__.py").unlink()
    loaded = load([tmp_path, tmp_path / "nowhere"], bundled=False)
    said = "\n".join(str(problem) for problem in loaded.problems)
    assert "odd/plugin.toml: is no TOML" in said
    assert "hollow/__init__.py: is missing" in said
    assert "nowhere: there is no such folder" in said


def test_a_plugin_may_have_modules_of_its_own_that_no_other_can_see(tmp_path: Path) -> None:
    for name in ("one", "two"):
        home = write_plugin(tmp_path, name, "from .words import handler\n")
        (home / "words.py").write_text(
            "from plugins import on_command\n"
            f"@on_command('{name}')\nasync def handler(ctx, text): yield ctx.reply('')\n"
        )
    loaded = load([tmp_path], bundled=False)
    assert loaded.problems == ()
    triggers = [instance.plugin.handlers[0].trigger for instance in loaded.instances]
    assert triggers == [Command("one"), Command("two")]


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [(">=1,<2", True), ("==1", True), (">1", False), ("<=1", True), ("1", False), ("", False)],
)
def test_an_api_range_holds_a_version_or_not(wanted: str, holds: bool) -> None:
    assert accepts(wanted, 1) is holds


async def _nothing(ctx):  # type: ignore[no-untyped-def]
    yield None


def _instance(name: str, priority: int, *, block: bool = False, **fields: object) -> Instance:
    manifest = Manifest(name=name, version="1", api=">=1", priority=priority, **fields)
    return Instance(name, Plugin(manifest, (on_message(block=block)(_nothing),)))


def test_instances_see_an_event_by_priority_then_name_until_one_blocks() -> None:
    instances = in_order(
        [
            _instance("z", 5),
            _instance("b", 10),
            _instance("a", 10, block=True),
            _instance("office", 1, channels=("feishu",)),
        ]
    )
    found = [match.instance.name for match in matches(instances, message("hello"))]
    assert found == ["z", "a"]


def test_rows_older_than_the_first_sight_of_a_chat_are_for_nobody() -> None:
    assert matches([_instance("a", 1)], message("/echo x", historical=True)) == []

"""Plugins run as instances: where, with which set-up, as their owner wrote it."""

from pathlib import Path

import pytest

from plugins.loader import load
from plugins.plugin import matches
from plugins.scope import Scope
from schemas.event import Chat, WebhookReceived
from tests.fakes.plugin_folder import DICE, write_plugin
from tests.fakes.wechat import AT, message

GREETER = """
from pydantic import BaseModel

from plugins import on_message


class Config(BaseModel):
    words: str
    times: int = 1


@on_message()
async def greet(ctx):
    for _ in range(ctx.config.times):
        yield ctx.reply(ctx.config.words)
"""


def _declare(folder: Path, text: str) -> None:
    (folder / "instances.toml").write_text(text, encoding="utf-8")


def test_a_plugin_that_nothing_is_declared_for_runs_once_under_its_own_name(tmp_path: Path) -> None:
    write_plugin(tmp_path, "dice", DICE)
    loaded = load([tmp_path], bundled=False)
    assert [one.name for one in loaded.instances] == ["dice"]
    assert loaded.problems == ()


def test_a_plugin_that_is_off_by_default_runs_where_it_is_declared_alone(tmp_path: Path) -> None:
    write_plugin(tmp_path, "dice", DICE, default="off")
    waiting = load([tmp_path], bundled=False)
    assert (waiting.instances, list(waiting.idle)) == ((), ["dice"])
    _declare(tmp_path, '[dice]\nchats = ["c1"]')
    declared = load([tmp_path], bundled=False)
    assert [one.name for one in declared.instances] == ["dice"]
    assert declared.idle == {}


def test_instances_of_one_plugin_have_their_own_place_set_up_and_priority(tmp_path: Path) -> None:
    write_plugin(tmp_path, "greeter", GREETER)
    _declare(
        tmp_path,
        """
        [shop]
        plugin = "greeter"
        chats = ["c1"]
        priority = 7
        config = { words = "欢迎", times = 2 }

        [home]
        plugin = "greeter"
        kinds = ["group"]
        config = { words = "hi" }

        [off]
        plugin = "greeter"
        enabled = false
        """,
    )
    loaded = load([tmp_path], bundled=False)
    assert loaded.problems == ()
    assert [(one.name, one.priority, one.config.words) for one in loaded.instances] == [
        ("shop", 7, "欢迎"),
        ("home", 100, "hi"),
    ]
    group = message("x", chat="c2").model_copy(
        update={"chat": Chat(chat_id="c2", title="t", kind="group")}
    )
    found = [
        [match.instance.name for match in matches(loaded.instances, event)]
        for event in (message("x", chat="c1"), message("x", chat="c2"), group)
    ]
    assert found == [["shop"], [], ["home"]]


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ("", "greeter: config: words: Field required"),
        ("[greeter]\nconfig = { words = 1 }", "greeter: config: words: Input should be"),
        ('[a]\nplugin = "nowhere"', "a: no plugin 'nowhere'"),
        ("[greeter]\nchat = []", "instances.toml: greeter: chat: Extra inputs"),
        ('["Big Name"]', "Big Name: it: String should match"),
        ("[greeter", "instances.toml: is no TOML"),
        ("[dice]\nconfig = { x = 1 }\n[greeter]\nenabled = false", "dice: dice has no Config"),
    ],
)
def test_what_cannot_run_is_named_and_stops_no_other(
    tmp_path: Path, declared: str, says: str
) -> None:
    write_plugin(tmp_path, "greeter", GREETER)
    write_plugin(tmp_path, "dice", DICE)
    write_plugin(tmp_path / "others", "another", DICE)
    _declare(tmp_path, declared)
    loaded = load([tmp_path, tmp_path / "others"], bundled=False)
    assert says in "\n".join(str(problem) for problem in loaded.problems)
    assert "another" in [one.name for one in loaded.instances]


def test_a_table_with_a_mistake_stops_its_own_plugin_alone(tmp_path: Path) -> None:
    write_plugin(tmp_path, "greeter", GREETER.replace("words: str", 'words: str = "hi"'))
    write_plugin(tmp_path, "dice", DICE)
    _declare(tmp_path, '[shop]\nplugin = "greeter"\nchat = ["c1"]\n[echo]\nenabeld = false')
    loaded = load([tmp_path])
    names = {one.name for one in loaded.instances}
    assert "dice" in names
    assert not names & {"greeter", "shop", "echo"}
    assert [str(problem).partition("toml: ")[2][:10] for problem in loaded.problems] == [
        "shop: chat",
        "echo: enab",
    ]


def test_a_mistake_that_hides_whose_table_it_is_lets_no_plugin_run_everywhere(
    tmp_path: Path,
) -> None:
    write_plugin(tmp_path, "greeter", GREETER.replace("words: str", 'words: str = "hi"'))
    _declare(tmp_path, '[shop]\nplugn = "greeter"\nchats = ["c1"]')
    loaded = load([tmp_path], bundled=False)
    assert loaded.instances == ()
    assert "shop: plugn: Extra inputs" in str(loaded.problems[0])


def test_a_config_that_is_no_model_is_refused(tmp_path: Path) -> None:
    write_plugin(tmp_path, "odd", "Config = {}\n" + DICE)
    (problem,) = load([tmp_path], bundled=False).problems
    assert "Config is no pydantic model" in str(problem)


def test_a_scope_lets_through_what_each_of_its_lists_holds() -> None:
    event = message("x", chat="c1")
    outside = WebhookReceived(
        event_id="e", channel="webhook", account="a", observed_at=AT, source="shop"
    )
    for scope, inside in (
        (Scope(), [event, outside]),
        (Scope(channels=("wechat",)), [event]),
        (Scope(accounts=("a",)), [outside]),
        (Scope(chats=("webhook-shop",)), [outside]),
        (Scope(kinds=("private",)), [event]),
        (Scope(channels=("webhook",), kinds=("private",)), []),
    ):
        assert [one for one in (event, outside) if scope.holds(one)] == inside

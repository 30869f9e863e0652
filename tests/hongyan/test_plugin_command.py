"""`hongyan plugin`: from nothing to a tested plugin, without a server."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hongyan.commands.places import with_database
from hongyan.commands.plugin import plugin
from schemas.failure import DependencyDown
from tests.fakes.plugin_folder import BROKEN, write_plugin
from tests.fixtures.live_server import free_port


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(plugin, [str(one) for one in arguments])


def test_a_new_plugin_loads_answers_and_passes_its_own_tests(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = _run("new", "2-weather", "--into", tmp_path, "--about", 'The "sky".', "--json")
    assert made.exit_code == 0
    home = Path(json.loads(made.stdout)["folder"])
    assert _run("check", tmp_path).stdout == "2-weather 0.1.0 ✓\n"
    said = _run("run", home, "--say", "/2-weather 北京", "--say", "/2-weather", "--json")
    answers = [row["answers"][0]["content"]["text"] for row in json.loads(said.stdout)]
    assert answers == ["1: 北京", "2: "]
    tested = _run("test", home, "-q", "-p", "no:cacheprovider")
    assert "7 passed" in capfd.readouterr().out
    assert tested.exit_code == 0


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    write_plugin(tmp_path, "mine", BROKEN)
    refused = _run("new", "mine", "--into", tmp_path)
    assert refused.exit_code == 1
    assert "mine is there already" in refused.stderr
    assert (tmp_path / "mine" / "__init__.py").read_text() == BROKEN


def test_a_name_that_is_no_slug_is_wrong_use() -> None:
    assert _run("new", "Weather!").exit_code == 2


def test_a_bad_plugin_is_named_and_ends_in_one(tmp_path: Path) -> None:
    write_plugin(tmp_path, "good", BROKEN)
    write_plugin(tmp_path, "bad", "import nowhere")
    checked = _run("check", tmp_path, "--json")
    assert checked.exit_code == 1
    told = json.loads(checked.stdout)
    assert [one["name"] for one in told["plugins"]] == ["good"]
    assert "nowhere" in told["problems"][0]
    assert _run("check", tmp_path / "bad").exit_code == 1


def test_a_run_that_fails_is_shown_and_ends_in_one(tmp_path: Path) -> None:
    home = write_plugin(tmp_path, "bad", BROKEN)
    said = _run("run", home, "--say", "/break it", "--say", "hello")
    assert said.exit_code == 1
    assert "✗ bad: " in said.stderr
    assert "cannot do it" in said.stderr
    assert "never sent" not in said.output


def test_the_list_says_what_each_answers_to() -> None:
    listed = _run("list")
    assert "/echo <text>   Say it again" in listed.stdout
    rows = json.loads(_run("list", "--json").stdout)
    assert {row["name"] for row in rows} >= {"echo", "counter"}


def test_a_page_is_made_from_the_code(tmp_path: Path) -> None:
    source = (
        "from plugins import *\n"
        "@on_regex('a|b')\nasync def first(ctx):\n    '''Answer a or b.'''\n    yield None\n"
        "@on_keyword('x', 'y')\nasync def second(ctx):\n    yield None\n"
        "@on_mention(everybody=True)\nasync def third(ctx):\n    yield None\n"
        "@on_event('message.recalled')\nasync def fourth(ctx):\n    yield None\n"
        "@on_message()\nasync def fifth(ctx):\n    yield None\n"
    )
    page = _run("docs", write_plugin(tmp_path, "all", source, description="Everything.")).stdout
    assert page.splitlines()[0] == "# all 1.0.0"
    assert "| `a text that matches a\\|b` | Answer a or b. |" in page
    for words in (
        "a text that holds x or y",
        "a call with @ of this account or of everybody",
        "hongyan.message.recalled.v1",
        "every message",
    ):
        assert f"| `{words}` |  |" in page


ASKING = """
from plugins import on_command, on_message

@on_command("do", permission="boss")
async def do(ctx):
    yield ctx.reply("x")

@on_message()
async def any_message(ctx):
    yield ctx.reply("y")
"""


def test_what_a_plugin_wants_and_was_not_given_is_told_beside_it(tmp_path: Path) -> None:
    home = write_plugin(tmp_path, "asking", ASKING)
    manifest = home / "plugin.toml"
    wants = 'capabilities = ["http:api.test", "llm"]\npermissions = ["boss"]\n'
    manifest.write_text(manifest.read_text() + wants)
    (tmp_path / "instances.toml").write_text("[asking.grants]\nllm = true\n")
    checked = _run("check", tmp_path)
    assert checked.exit_code == 0
    assert "asking wants http:api.test, which is not granted" in checked.stderr
    assert "llm" not in checked.stderr
    assert "roles.toml has no [roles.boss]" in checked.stderr
    (tmp_path / "roles.toml").write_text("[roles.boss]\n")
    (told,) = json.loads(_run("list", tmp_path, "--json").stdout)
    assert len(told["unmet"]) == 1


@pytest.mark.parametrize(("language", "said"), [("en", "needs boss"), ("zh", "需要 boss")])
def test_made_up_words_are_explained_handler_by_handler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setenv("HONGYAN_LANGUAGE", language)
    write_plugin(tmp_path, "asking", ASKING)
    people = '[roles.boss]\n[[people]]\nrole = "boss"\nchat = "c1"\n'
    (tmp_path / "roles.toml").write_text(people)
    asked = ("explain", "--plugins", tmp_path, "--say", "/do")
    told = _run(*asked).stdout.splitlines()
    place = next(n for n, line in enumerate(told) if "asking.do" in line)
    assert said in told[place + 1]
    rows = json.loads(_run(*asked, "--chat", "c1", "--json").stdout)["handlers"]
    assert {one["handler"]: one["reason"] for one in rows if one["instance"] == "asking"} == {
        "do": "matched",
        "any_message": "matched",
    }


def test_an_event_or_words_are_explained_and_not_both() -> None:
    assert _run("explain").exit_code == 2
    assert _run("explain", "0f3a", "--say", "x").exit_code == 2


@pytest.mark.parametrize("name", ["class", "on-command"])
def test_a_new_plugin_may_be_called_what_python_calls_something_else(
    tmp_path: Path, name: str
) -> None:
    home = json.loads(_run("new", name, "--into", tmp_path, "--json").stdout)["folder"]
    assert f"{name} 0.1.0 ✓" in _run("check", home).stdout
    assert "小王: 1: x" in _run("run", home, "--say", f"/{name} x").stdout


def test_a_role_that_can_be_none_is_named(tmp_path: Path) -> None:
    home = write_plugin(tmp_path, "asking", ASKING)
    ran = _run("run", home, "--say", "/do", "--role", "Big Boss")
    assert (ran.exit_code, "'Big Boss' is no role" in ran.stderr) == (2, True)


def test_a_command_says_that_the_database_is_away_and_does_not_wait_for_ever() -> None:
    async def never(engine: object) -> None:
        pytest.fail("it was reached")

    given = {"postgres": f"postgresql://nobody@127.0.0.1:{free_port()}/x", "data": Path()}
    with pytest.raises(DependencyDown):
        with_database(given, never, patience_s=0)


def test_made_up_words_are_said_by_who_holds_a_role(tmp_path: Path) -> None:
    home = write_plugin(tmp_path, "asking", ASKING)
    said = ("run", home, "--say", "/do", "--json")
    texts = [
        [answer["content"]["text"] for answer in json.loads(_run(*one).stdout)[0]["answers"]]
        for one in (said, (*said, "--role", "boss"))
    ]
    assert texts == [["y"], ["x", "y"]]


def test_a_plugin_is_tried_with_the_roles_beside_it(tmp_path: Path) -> None:
    home = write_plugin(tmp_path, "asking", ASKING)
    people = 'refusal = "no"\n[roles.boss]\n[roles.admin]\ninherits = ["boss"]\n'
    (tmp_path / "roles.toml").write_text(people)
    (row,) = json.loads(_run("run", home, "--say", "/do", "--json", "--role", "admin").stdout)
    assert [answer["content"]["text"] for answer in row["answers"]] == ["x", "y"]
    assert "小王: no" in _run("run", home, "--say", "/do").stdout


def test_made_up_words_are_said_to_an_account_on_a_channel(tmp_path: Path) -> None:
    write_plugin(tmp_path, "asking", ASKING)
    (tmp_path / "instances.toml").write_text('[asking]\naccounts = ["work"]\n')
    asked = ("explain", "--plugins", tmp_path, "--say", "x", "--json")
    for more, reason in (((), "scope"), (("--account", "work"), "matched")):
        rows = json.loads(_run(*asked, *more).stdout)["handlers"]
        (one,) = [row for row in rows if row["handler"] == "any_message"]
        assert one["reason"] == reason
    assert _run(*asked, "--account", "My Phone").exit_code == 2

"""Plugins read again and again: what changed is new, what fails stays as it was."""

import gc
import sys
import time
from pathlib import Path
from weakref import ref

import pytest

from plugins.control import Control
from plugins.fresh_source import PRIVATE
from plugins.importing import load_plugin
from plugins.instances import FILE
from plugins.kit import Bot
from plugins.library import Library, Loaded
from plugins.manifest import PluginProblem
from tests.fakes.plugin_folder import write_plugin

SAYS = """
from pydantic import BaseModel
from plugins import on_command
from .words import WORD

class Config(BaseModel):
    mark: str = "!"

@on_command("say")
async def say(ctx, text: str = ""):
    yield ctx.reply(f"{{WORD}}{number}{{ctx.config.mark}}")
"""


def _write(folder: Path, number: int, word: str = "hi") -> Path:
    home = folder / "says"
    if not home.exists():
        write_plugin(folder, "says", "")
    (home / "words.py").write_text(f"WORD = {word!r}\n")
    (home / "__init__.py").write_text(SAYS.format(number=number))
    return home


def _said(loaded: Loaded) -> list[str]:
    bot = Bot(*loaded.instances)
    answers = [draft.content.text for draft in bot.receives("/say")]
    bot.close()
    return answers


def _modules() -> list[str]:
    return [name for name in sys.modules if name.startswith(PRIVATE)]


def test_a_plugin_whose_files_changed_is_new_and_the_others_are_the_same(tmp_path: Path) -> None:
    _write(tmp_path, 1)
    write_plugin(tmp_path, "other", "from plugins.echo import *\n")
    library = Library([tmp_path], bundled=False)
    before = library.read()
    for number in range(2, 7):  # within one second, and of the same size: no cache may tell
        _write(tmp_path, number)
        assert _said(library.read()) == [f"hi{number}!"]
    _write(tmp_path, 6, word="yo")
    after = library.read()
    assert _said(after) == ["yo6!"]
    assert after.plugins["other"] is before.plugins["other"]
    assert after.plugins["says"] is not before.plugins["says"]
    assert _said(before) == ["hi1!"]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("from nowhere import x\n", "nowhere"),
        ("def f(:\n", "SyntaxError"),
        ("x = 1\n", "has no handler"),
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt"),
    ],
)
def test_what_fails_at_a_reload_stays_as_it_was_until_it_is_right(
    tmp_path: Path, broken: str, says: str
) -> None:
    home = _write(tmp_path, 1)
    library = Library([tmp_path], bundled=False)
    assert _said(library.read()) == ["hi1!"]
    (home / "__init__.py").write_text(broken)
    for _ in range(2):  # it is said for as long as it is so
        loaded = library.read()
        assert _said(loaded) == ["hi1!"]
        (problem,) = loaded.problems
        assert says in str(problem)
    _write(tmp_path, 2)
    loaded = library.read()
    assert (_said(loaded), loaded.problems) == (["hi2!"], ())


def test_a_broken_manifest_and_broken_instances_change_nothing(tmp_path: Path) -> None:
    home = _write(tmp_path, 1)
    declared = tmp_path / FILE
    declared.write_text('[says]\nconfig = { mark = "?" }\n')
    library = Library([tmp_path], bundled=False)
    assert _said(library.read()) == ["hi1?"]
    for text, says in {
        "[says\n": "is no TOML",
        '[says]\nplugn = "says"\n': "plugn",
        "[says]\nconfig = { mark = 7 }\n": "mark",
        '[says]\nconfig = { mark = "?" }\nlimits = { actions_per_run = 0 }\n': "actions_per_run",
    }.items():
        declared.write_text(text)
        loaded = library.read()
        assert _said(loaded) == ["hi1?"]
        assert says in str(loaded.problems[0])
    declared.write_text('[says]\nconfig = { mark = "." }\n')
    (home / "plugin.toml").write_text("name = ")
    loaded = library.read()
    assert _said(loaded) == ["hi1."]
    assert "plugin.toml: is no TOML" in str(loaded.problems[0])


def test_a_plugin_that_is_taken_away_is_gone(tmp_path: Path) -> None:
    home = _write(tmp_path, 1)
    library = Library([tmp_path], bundled=False)
    assert _said(library.read()) == ["hi1!"]
    (home / "plugin.toml").unlink()
    assert library.read().instances == ()


def test_an_import_that_does_not_end_is_named_and_its_thread_ends(tmp_path: Path) -> None:
    home = write_plugin(tmp_path, "loop", "while True:\n    pass\n")
    began = time.monotonic()
    with pytest.raises(PluginProblem, match=r"did not come to an end within 0\.2 s"):
        load_plugin(home, within_s=0.2)
    assert time.monotonic() - began < 5


def test_a_config_whose_validator_raises_anything_stops_its_own_plugin_alone(
    tmp_path: Path,
) -> None:
    source = SAYS.format(number=1).replace(
        'mark: str = "!"', 'def model_post_init(self, _): raise ZeroDivisionError("of 7")'
    )
    _write(tmp_path, 1)
    (tmp_path / "says" / "__init__.py").write_text(source)
    loaded = Library([tmp_path]).read()
    assert "echo" in [one.name for one in loaded.instances]
    assert "says: config: ZeroDivisionError: of 7" in [str(one) for one in loaded.problems]


def test_an_owner_switches_and_sets_over_what_is_declared(tmp_path: Path) -> None:
    _write(tmp_path, 1)
    write_plugin(tmp_path, "idle", SAYS.format(number=2).replace(".words", "plugins.kit"))
    (tmp_path / "idle" / "__init__.py").write_text(
        "from plugins import on_command\n@on_command('say')\nasync def f(ctx):\n"
        "    yield ctx.reply('idle')\n"
    )
    (tmp_path / "idle" / "plugin.toml").write_text(
        'name = "idle"\nversion = "1"\napi = ">=1"\ndefault = "off"\n'
    )
    library = Library([tmp_path], bundled=False)
    first = library.read()
    assert (_said(first), set(first.off)) == (["hi1!"], {"idle"})
    controls = {
        "idle": Control(enabled=True),
        "says": Control(config={"mark": "~"}),
        "unknown": Control(enabled=True),
    }
    assert _said(library.read(controls, files=False)) == ["idle", "hi1~"]
    off = library.read({"says": Control(enabled=False)}, files=False)
    assert (_said(off), set(off.off)) == ([], {"idle", "says"})
    refused = library.read({"says": Control(config={"mark": 3})}, files=False)
    assert "mark" in str(refused.problems[0])
    assert _said(library.read(files=False)) == ["hi1!"]


def test_a_hundred_reloads_leave_nothing_behind(tmp_path: Path) -> None:
    _write(tmp_path, 0)
    library = Library([tmp_path], bundled=False)
    loaded = library.read()
    before, seen = len(_modules()), []
    for number in range(1, 101):
        _write(tmp_path, number)
        old, loaded = loaded, library.read()
        for life in old.lives - loaded.lives:
            seen.append(ref(sys.modules[life.private]))
            life.let_go()
        del old, life
    gc.collect()
    assert len(_modules()) == before
    assert [module() for module in seen if module() is not None] == []
    assert len(seen) == 100
    assert _said(loaded) == ["hi100!"]


def _package(folder: Path, point: str) -> None:
    info = folder / "shop_bot-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-bot\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[hongyan.plugins]\nshop = {point}\n")


def test_an_installed_package_brings_a_plugin_by_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plugin(
        tmp_path,
        "shop_bot",
        "from shop_bot.price import PRICE\nfrom plugins import on_command\n"
        "@on_command('price')\nasync def f(ctx):\n    yield ctx.reply(PRICE)\n",
        name="shop",
    )
    (tmp_path / "shop_bot" / "price.py").write_text("PRICE = '9.9'\n")
    _package(tmp_path, "shop_bot")
    monkeypatch.syspath_prepend(tmp_path)
    loaded = Library([]).read()
    bot = Bot(*loaded.instances)
    bot.receives("/price")
    bot.should_reply("9.9")
    bot.close()
    assert loaded.problems == ()


@pytest.mark.parametrize(
    ("point", "says"),
    [
        ("no_such_package", "there is no such package"),
        ("shop_bot.inner", "plugin.toml: is missing"),
        ("json.decoder", "plugin.toml: is missing"),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, says: str
) -> None:
    (tmp_path / "shop_bot").mkdir()
    _package(tmp_path, point)
    monkeypatch.syspath_prepend(tmp_path)
    loaded = Library([]).read()
    assert "echo" in [one.name for one in loaded.instances]
    assert any(says in str(one) and "shop" in str(one) for one in loaded.problems)

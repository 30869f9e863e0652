"""The contract that every plugin inherits: it holds the good ones and names what a bad one does."""

from pathlib import Path

import pytest

from tests.fakes.plugin_folder import write_plugin

pytest_plugins = ["pytester"]

CONTRACT = """
from plugins.kit.contract import PluginContract

class TestContract(PluginContract):
    said = ("/do a", "/do b")
    role = "admin"

    def prepare(self, bot):
        bot.answers_http("GET", "https://api.test/", json={"n": 7})
"""

GOOD = """
from plugins import on_command

@on_command("do")
async def do(ctx, text):
    ctx.state["n"] = ctx.state.get("n", 0) + 1
    yield ctx.reply("wait")
    await ctx.flush()
    n = (await ctx.http.get("https://api.test/")).json()["n"]
    await ctx.shared.update("all", lambda all: all + n, 0)
    yield ctx.reply(f"{text} {ctx.state['n']} {n} {ctx.random.random()} {ctx.now}")
"""

FORGIVING = """
from plugins import on_command
from schemas.failure import Failure

@on_command("do")
async def do(ctx, text):
    try:
        n = (await ctx.http.get("https://api.test/")).json()["n"]
    except Failure:
        n = "?"
    yield ctx.reply(f"{text} {n}")
"""

CHANCE = """
import random
from plugins import on_command

@on_command("do")
async def do(ctx, text):
    ctx.state["n"] = 1
    yield ctx.reply(f"{random.SystemRandom().random()}")
"""

HOARDER = """
from plugins import on_command
seen = []

@on_command("do")
async def do(ctx, text):
    seen.append(text)
    n = (await ctx.http.get("https://api.test/")).json()["n"]
    yield ctx.reply(f"{len(seen)}")
"""

STUBBORN = """
from plugins import on_command

@on_command("do")
async def do(ctx, text):
    try:
        await ctx.http.get("https://api.test/")
    except BaseException:
        pass
    yield ctx.reply("done")
"""

IMPURE = """
from plugins import on_command

@on_command("do")
async def do(ctx, text):
    yield ctx.reply(str(ctx.now))
"""

GREEDY = """
from plugins import on_command

@on_command("do")
async def do(ctx, text):
    await ctx.http.get("https://other.test/")
    yield ctx.reply("x")
"""


CASES: dict[str, tuple[str, dict[str, object], str]] = {
    "good": (GOOD, {}, ""),
    "forgiving": (FORGIVING, {}, ""),
    "strict": (GOOD.replace('"do")', '"do", permission="admin")'), {}, ""),
    "chance": (CHANCE, {}, "chance said *and told the same again*"),
    "hoarder": (HOARDER, {}, "*it keeps*"),
    "stubborn": (STUBBORN, {}, "*and the plugin did not stop: it catches all"),
    "impure": (IMPURE, {"pure": True}, "*impure failed: a pure plugin has no ctx.now*"),
    "greedy": (GREEDY, {}, "*greedy may not use other.test*"),
    "silent": (GOOD, {"description": ""}, "*say in a sentence what it does"),
}


def test_each_plugin_is_held_to_what_it_promises(pytester: pytest.Pytester) -> None:
    for name, (source, fields, _) in CASES.items():
        manifest = {"description": "It does.", "capabilities": ("http:api.test",), **fields}
        home = write_plugin(Path(pytester.path), name, source, **manifest)
        (home / "README.md").write_text("# do\n")
        (home / f"test_{name}.py").write_text(CONTRACT)
    ran = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", "-p", "no:randomly")
    for name, (_, _, said) in CASES.items():
        failed = [line for line in ran.outlines if line.startswith(f"FAILED {name}/")]
        assert bool(failed) == bool(said), (name, failed)
        if said:
            ran.stdout.fnmatch_lines_random([f"*{said}"])

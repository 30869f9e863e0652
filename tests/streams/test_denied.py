"""A plugin that tries what its owner did not grant is refused, told so, and hurts nobody else."""

import asyncio
import json
import time
from typing import Any

from click.testing import CliRunner

from hongyan.commands.plugin import plugin
from schemas.envelope import decode, header
from schemas.run import PluginRun
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message, record
from tests.streams.test_flush import shop
from tests.streams.test_redrive import letters_of
from tests.streams.test_respond import working

NOSY = """
from plugins import on_command
from plugins.draft import Draft
from schemas.content import Text
from schemas.failure import Denied

@on_command("elsewhere")
async def elsewhere(ctx, text):
    yield ctx.send("c9", text)

@on_command("forged")
async def forged(ctx, text):
    yield Draft("wechat", "default", "c9", Text(text=text))

@on_command("steal")
async def steal(ctx, url):
    await ctx.http.get(url)
    yield ctx.reply("stolen")

@on_command("modest")
async def modest(ctx, url):
    try:
        await ctx.http.get(f"{url}/one")
    except Denied:
        yield ctx.reply("I may not")
"""

BOXED = """
from plugins import on_command
from schemas.failure import Denied

@on_command("box", cooldown="1h")
async def box(ctx, text):
    yield ctx.reply(text)

@on_command("box-owner", permission="owner")
async def owner(ctx):
    yield ctx.reply("never")

@on_command("box-modest")
async def modest(ctx, url):
    try:
        await ctx.http.get(f"{url}/one")
    except Denied:
        yield ctx.reply("I may not")

@on_command("box-elsewhere")
async def elsewhere(ctx):
    yield ctx.send("c9", "x")
"""


async def test_what_is_not_granted_is_refused_told_and_hurts_nobody_else(stack: Stack) -> None:
    write_plugin(stack.folder / "p", "nosy", NOSY)
    write_plugin(stack.folder / "p", "boxed", BOXED, blocking="process")
    (stack.folder / "p" / "roles.toml").write_text('refusal = "no"')
    home = str(stack.folder / "p")
    async with shop() as (url, asked), letters_of(stack), working(stack, plugins=home):
        stolen = f"/steal {url}/one?key=s3cret"
        said = ("/elsewhere x", "/forged y", stolen, f"/modest {url}", "/echo e")
        boxed = ("/box a", "/box b", "/box-owner", f"/box-modest {url}", "/box-elsewhere")
        await stack.produce(record(message(text, seq=n)) for n, text in enumerate((*said, *boxed)))
        actions = await stack.wait_for_actions(lambda found: len(found) >= 5)
        dead = await stack.wait_for_records(stack.dlq, 4)
        ran = [decode(r.headers, r.value) for r in await stack.wait_for_records(stack.runs, 10)]
        audited = await _audited(stack, 6)
        await _explained(stack, home)
    assert sorted(texts(actions)) == ["I may not", "I may not", "a", "e", "no"]
    assert asked == []
    host = url.removeprefix("http://")
    told = [str(header(letter.headers, "x-error-message")) for letter in dead]
    assert {header(letter.headers, "x-error-kind") for letter in dead} == {"denied"}
    assert sum('[nosy.grants] chats = ["c9"]' in line for line in told) == 2
    assert sum(f'[nosy.grants] http = ["{host}"]' in line for line in told) == 1
    assert sum('[boxed.grants] chats = ["c9"]' in line for line in told) == 1
    sought = sorted(what for run in ran if isinstance(run, PluginRun) for what in run.denied)
    assert sought == ["chats c9"] * 3 + [f"http {host}"] * 3
    assert sorted(f"{one['capability']} {one['target']}" for one in audited) == sought
    assert all(b"s3cret" not in header_bytes for r in dead for _, header_bytes in r.headers)


async def _audited(stack: Stack, count: int) -> list[dict[str, str]]:
    deadline = time.monotonic() + 15
    while True:
        found: list[dict[str, str]] = await _told(stack, "audit")
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.1)


async def _explained(stack: Stack, home: str) -> None:
    name = message("/elsewhere x", seq=0).event_id
    told = await _told(stack, "explain", name[:13], "--plugins", home)
    assert told["event_id"] == name
    reasons = {f"{one['instance']}.{one['handler']}": one["reason"] for one in told["handlers"]}
    assert reasons["nosy.elsewhere"] == "matched"
    assert reasons["nosy.steal"] == "trigger"
    (run,) = told["runs"]
    assert (run["instance"], run["outcome"]) == ("nosy", "failed")
    assert "[nosy.grants]" in run["error"]


async def _told(stack: Stack, *words: str) -> Any:
    """What a command tells; it has an event loop of its own."""
    asked = [*words, "--json", "--postgres", stack.dsn]
    ran = await asyncio.to_thread(CliRunner().invoke, plugin, asked)
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)

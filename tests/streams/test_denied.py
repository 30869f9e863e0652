"""A plugin that tries what its owner did not grant is refused, told so, and hurts nobody else."""

import asyncio
import json
import time

from schemas.envelope import decode, header
from schemas.run import PluginRun
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message, record
from tests.streams.test_flush import shop
from tests.streams.test_redrive import _hongyan, letters_of
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


async def test_what_is_not_granted_is_refused_told_and_hurts_nobody_else(stack: Stack) -> None:
    write_plugin(stack.folder / "p", "nosy", NOSY)
    home = str(stack.folder / "p")
    async with shop() as (url, asked), letters_of(stack), working(stack, plugins=home):
        stolen = f"/steal {url}/one?key=s3cret"
        said = ("/elsewhere x", "/forged y", stolen, f"/modest {url}", "/echo e")
        await stack.produce(record(message(text, seq=n)) for n, text in enumerate(said))
        actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
        dead = await stack.wait_for_records(stack.dlq, 3)
        ran = [decode(r.headers, r.value) for r in await stack.wait_for_records(stack.runs, 5)]
        audited = await _audited(stack, 4)
        await _explained(stack, home)
    assert sorted(texts(actions)) == ["I may not", "e"]
    assert asked == []
    host = url.removeprefix("http://")
    told = [str(header(letter.headers, "x-error-message")) for letter in dead]
    assert {header(letter.headers, "x-error-kind") for letter in dead} == {"denied"}
    assert sum('[nosy.grants] chats = ["c9"]' in line for line in told) == 2
    assert sum(f'[nosy.grants] http = ["{host}"]' in line for line in told) == 1
    sought = sorted(what for run in ran if isinstance(run, PluginRun) for what in run.denied)
    assert sought == ["chats c9", "chats c9", f"http {host}", f"http {host}"]
    assert sorted(f"{one['capability']} {one['target']}" for one in audited) == sought
    assert all(b"s3cret" not in header_bytes for r in dead for _, header_bytes in r.headers)


async def _audited(stack: Stack, count: int) -> list[dict[str, str]]:
    deadline = time.monotonic() + 15
    while True:
        ran = await _hongyan(stack, "plugin", "audit", "--json")
        assert ran.returncode == 0, ran.stderr
        found: list[dict[str, str]] = json.loads(ran.stdout)
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, ran.stderr
        await asyncio.sleep(0.1)


async def _explained(stack: Stack, home: str) -> None:
    name = message("/elsewhere x", seq=0).event_id
    ran = await _hongyan(stack, "plugin", "explain", name[:13], "--plugins", home, "--json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["event_id"] == name
    reasons = {f"{one['instance']}.{one['handler']}": one["reason"] for one in told["handlers"]}
    assert reasons["nosy.elsewhere"] == "matched"
    assert reasons["nosy.steal"] == "trigger"
    (run,) = told["runs"]
    assert (run["instance"], run["outcome"]) == ("nosy", "failed")
    assert "[nosy.grants]" in run["error"]

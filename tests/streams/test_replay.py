"""Recorded runs again: the same inputs, the same answers from outside, and nothing sent."""

import asyncio
import json
import runpy
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connectors.kafka import Broker
from connectors.offset_range import OffsetRange, events_at, parse_offsets
from connectors.recordings import Selection
from connectors.sandbox import SandboxProducer
from hongyan.commands.replay import replay
from hongyan.replaying import Asked, run_again
from schemas.envelope import Record, decode, header
from schemas.failure import BadRequest, Bug
from schemas.replay import ReplayDone
from schemas.sandbox import is_replayed
from schemas.topics import REDRIVE, SHARED
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.streams.test_flush import shop
from tests.streams.test_parking import _say, hastening, working
from tests.streams.test_redrive import _hongyan, letters_of

SHOP = """
import uuid
from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command


async def word():
    return uuid.uuid4().hex


@on_command("shop")
async def shop(ctx: Context, url: str) -> AsyncIterator[Draft]:
    ctx.state["n"] = ctx.state.get("n", 0) + 1
    said = await ctx.call("word", None, word)
    yield ctx.reply(f"{said} {ctx.random.random()} {ctx.now.isoformat()}")
    await ctx.flush()
    stock = (await ctx.http.get(f"{url}/one")).json()
    yield ctx.reply(f"{ctx.state['n']}: {stock['n']}")
"""


async def _recorded(stack: Stack, count: int) -> None:
    """Until the projection has so many runs."""
    deadline = time.monotonic() + 15
    while True:
        ran = await _replay(stack, "run", "--plugin", "shop", "--format", "json")
        if ran.stdout.startswith("[") and len(json.loads(ran.stdout)) >= count:
            return
        assert time.monotonic() < deadline, ran.stderr


async def _replay(stack: Stack, *words: str, typed: str = ""):  # type: ignore[no-untyped-def]  # as _hongyan
    home = str(stack.folder / "p")
    return await _hongyan(stack, "replay", *words, "--plugins", home, typed=typed)


async def _ends(stack: Stack) -> dict[str, int]:
    names = [topic.name(stack.prefix) for topic in SHARED if topic is not REDRIVE]
    return {name: len(await stack.read(name)) for name in (*names, stack.outbox)}


async def _audited(stack: Stack) -> None:
    """Each replay stands in the audit: who, which, and what came of it."""
    told = [decode(r.headers, r.value) for r in await stack.read(REDRIVE.name(stack.prefix))]
    done = [one for one in told if isinstance(one, ReplayDone)]
    found = [one for one in done if one.selection.startswith("chat=c1 plugin=shop last=100")]
    assert [(one.by, one.matched, one.verdicts) for one in found] == [("li", 2, {"same": 2})]
    assert [one.matched for one in done if "chat=nobody" in one.selection] == [0]


async def test_yesterdays_runs_answer_as_they_did_and_send_nothing(stack: Stack) -> None:
    home = write_plugin(stack.folder / "p", "shop", SHOP, capabilities=("http",))
    async with shop() as (url, asked), letters_of(stack):
        async with working(stack):
            await _say(stack, "c1", f"/shop {url}", f"/shop {url}")
            actions = await stack.wait_for_actions(lambda found: len(found) >= 4)
            await _recorded(stack, 2)
        asked_then, before = len(asked), await _ends(stack)
        same = await _replay(stack, "run", "--chat", "c1", "--plugin", "shop", "--format", "json")
        assert same.returncode == 0, same.stdout + same.stderr
        outcome = json.loads(same.stdout)
        assert [one["verdict"] for one in outcome] == ["same", "same"]
        said = [line.partition(": ")[2] for one in outcome for line in one["after"]]
        assert said == texts(actions)

        other = stack.folder / "other"
        write_plugin(other, "shop", SHOP.replace("{ctx.state['n']}:", "{ctx.state['n']} of"))
        saved = stack.folder / "changed.json"
        changed = await _replay(
            stack, "run", "--plugin", f"shop@{other / 'shop'}", "--save", str(saved)
        )
        assert changed.returncode == 1
        assert "2 changed" in changed.stdout
        assert "+ c1: 1 of" in changed.stdout
        junit = await _replay(
            stack, "ci", "--plugin", f"shop@{other / 'shop'}", "--format", "junit"
        )
        assert 'failures="2"' in junit.stdout
        missed = await _replay(
            stack, "run", "--plugin", f"shop@{_asking_more(stack, home)}", "--format", "json"
        )
        assert [one["verdict"] for one in json.loads(missed.stdout)] == ["miss", "miss"]
        nobody = await _replay(stack, "run", "--chat", "nobody")
        assert nobody.returncode == 1
        assert "No recorded run" in nobody.stderr
        assert len(asked) == asked_then, "nobody outside was asked"
        assert await _ends(stack) == before, "nothing was produced"
        await _audited(stack)
        _compared(saved)
        await _exported(stack, saved, other)
        await _by_offsets(stack, home)
        await _stubbed(stack)


def _asking_more(stack: Stack, home: Path) -> Path:
    source = (home / "__init__.py").read_text().replace("/one", "/two")
    return write_plugin(stack.folder / "more", "shop", source)


def _compared(saved: Path) -> None:
    """Two saved outcomes side by side."""
    same = _here("diff", saved, saved)
    assert same.exit_code == 0
    entries = json.loads(saved.read_text())  # a small file of this test
    entries[0]["after"] = ["c1: else"]
    other = saved.with_name("other.json")
    other.write_text(json.dumps(entries))
    differing = _here("diff", saved, other)
    assert differing.exit_code == 1
    assert "1 changed" in differing.output
    recorded = _here("diff", saved, "recorded", "--format", "junit")
    assert recorded.exit_code == 1
    assert 'failures="2"' in recorded.output


def _here(*words: object) -> Result:
    """A command that needs no stack, in this process."""
    return CliRunner().invoke(replay, [str(word) for word in words])


async def _exported(stack: Stack, saved: Path, plugins: Path) -> None:
    """Cases that stand by themselves: they expect the saved answers of the code they were given."""
    folder = stack.folder / "cases"
    ran = _here("export", saved, folder, "--plugins", plugins)
    assert ran.exit_code == 0, ran.output
    cases = [runpy.run_path(str(case)) for case in sorted(folder.glob("test_*.py"))]
    assert len(cases) == 2
    for case in cases:
        await asyncio.to_thread(case["test_it_answers_as_expected"])
    source = plugins / "shop" / "__init__.py"
    source.write_text(source.read_text().replace("} of", "} out of"))
    with pytest.raises(AssertionError):
        await asyncio.to_thread(cases[0]["test_it_answers_as_expected"])


def _asked(stack: Stack, plugin: str, **changes: Any) -> Asked:
    """What the command makes of its options."""
    selection = Selection(plugin="shop")
    places = (stack.bootstrap, stack.dsn, stack.folder)
    return Asked(selection, changes.pop("offsets", None), plugin, (), *places, **changes)


async def _by_offsets(stack: Stack, home: Path) -> None:
    """One record of bot.inbound, named by where it stands."""
    second = (await stack.read(stack.inbound))[1]
    wanted = OffsetRange(second.partition, second.offset, second.offset)
    assert parse_offsets(f"{second.partition}:{second.offset}") == wanted
    ids = await events_at(stack.bootstrap, stack.inbound, wanted)
    assert ids == {header(second.headers, "ce_id")}
    asked = _asked(stack, f"shop@{home}")
    asked = replace(asked, selection=replace(asked.selection, events=ids))
    assert [one.verdict for one in (await run_again(asked)).runs] == ["same"]


@pytest.mark.parametrize("text", ["0:9-3", "3", "1:", "a:1", "-1:2", "1:2-"])
def test_offsets_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_offsets(text)


async def _stubbed(stack: Stack) -> None:
    """Code that asks what yesterday's did not is answered, and nobody outside is asked."""
    asked = _asked(
        stack, f"shop@{stack.folder / 'more' / 'shop'}", calls="stub", stubs={"http": {"n": "stub"}}
    )
    outcome = await run_again(asked)
    assert [one.after[1] for one in outcome.runs] == ["c1: 1: stub", "c1: 2: stub"]


BUGGY = """
from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command


@on_command("shop")
async def shop(ctx: Context, text: str) -> AsyncIterator[Draft]:
    yield ctx.reply(str(1 // int(text)))
"""


async def test_a_run_that_failed_fails_again_and_the_debugger_opens_at_the_fault(
    stack: Stack,
) -> None:
    write_plugin(stack.folder / "p", "shop", BUGGY)
    async with letters_of(stack):
        async with working(stack), hastening(stack):
            await _say(stack, "c1", "/shop 0")
            await stack.wait_for_records(stack.dlq, 1)
            await _recorded(stack, 1)
        again = await _replay(stack, "run", "--plugin", "shop", "--pdb")
    assert "ZeroDivisionError" in again.stdout
    assert "yield ctx.reply(str(1 // int(text)))" in again.stdout, "the debugger showed the line"
    assert again.returncode == 0, "it failed as it did before"


async def test_a_breakpoint_stops_inside_the_run_by_handler_or_by_line(stack: Stack) -> None:
    home = write_plugin(stack.folder / "p", "shop", BUGGY)
    async with letters_of(stack):
        async with working(stack):
            await _say(stack, "c1", "/shop 1", "/shop 3")
            await stack.wait_for_actions(lambda found: len(found) >= 2)
            await _recorded(stack, 2)
        ran = await _replay(
            stack, "run", "--break", "shop.shop", "--last", "1", typed="p 'text is ' + text\nc\n"
        )
        assert "'text is 3'" in ran.stdout, ran.stdout + ran.stderr
        assert "1 same" in ran.stdout
        line = f"{home / '__init__.py'}:9"  # a decorator: the next line that runs is meant
        ran = await _replay(stack, "run", "--break", line, typed="p 'n is ' + text\nq\n")
        assert "'n is 1'" in ran.stdout, ran.stdout + ran.stderr
        assert ran.returncode == 1, "whoever quits wants no verdict"
        nowhere = await _replay(stack, "run", "--break", "shop.nothing")
        assert nowhere.returncode == 1
        assert "shop.shop" in nowhere.stderr


async def test_a_session_writes_to_its_sandbox_alone_and_no_sender_takes_it(stack: Stack) -> None:
    write_plugin(stack.folder / "p", "shop", BUGGY)
    async with letters_of(stack):
        async with working(stack):
            await _say(stack, "c1", "/shop 1")
            await stack.wait_for_actions(lambda found: len(found) >= 1)
            await _recorded(stack, 1)
        before = await _ends(stack)
        ran = await _replay(stack, "run", "--session", "monday")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        (written,) = await stack.read(f"{stack.prefix}.replay.monday.outbox.v1")
        assert is_replayed(written.headers)
        assert decode(written.headers, written.value).content.text == "1"  # type: ignore[attr-defined]  # an action
        assert await _ends(stack) == before
        away = await _replay(stack, "run", "--session", "../outbox")
        assert away.returncode == 2
    producer = SandboxProducer(Broker(stack.bootstrap), "monday", stack.prefix)
    with pytest.raises(Bug, match="alone"):
        await producer.send(stack.outbox, Record(b"k", b"v", []))
    with pytest.raises(Bug, match="unheard"):
        await producer.send_unheard(stack.outbox, [])

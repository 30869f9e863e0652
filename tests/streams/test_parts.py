"""Parts of an answer that another run stored, state that others wrote since, and odd journals."""

from functools import partial

import pytest
from sqlalchemy import func, select

from connectors.database import open_engine
from connectors.run_tables import TIMERS
from schemas.envelope import Record, decode, header
from schemas.run import PluginRun
from schemas.topics import DUE, RETRIES
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message, record
from tests.fixtures.waiting import until
from tests.streams.test_parking import QUICK, _say, working

MOODY = """
from pathlib import Path
from plugins import on_command

HERE = Path(__file__).parent


@on_command("moody")
async def moody(ctx, text):
    with (HERE / "runs").open("a") as runs:
        runs.write("x")
    number = len((HERE / "runs").read_text())
    wanted = int(text) if number == 1 else 3 - int(text)
    for part in range(wanted):
        yield ctx.reply(f"{number}.{part}")
        SWALLOWS
    yield ctx.reply(f"{number}.end")
"""

FLUSHES = {
    "plain": "await ctx.flush()",
    "caught": """
        try:
            await ctx.flush()
        except Exception:
            pass
""",
}


@pytest.mark.parametrize("wanted", ["0", "1", "2"])
@pytest.mark.parametrize("flush", FLUSHES)
async def test_an_event_that_comes_twice_has_all_its_parts_from_one_run(
    stack: Stack, wanted: str, flush: str
) -> None:
    home = write_plugin(
        stack.folder / "p", "moody", MOODY.replace("SWALLOWS", FLUSHES[flush].strip())
    )
    async with working(stack, QUICK):
        twice = record(message(f"/moody {wanted}"))
        await stack.produce([twice, twice])
        await _say(stack, "c1", "/echo end", first=2)
        actions = await stack.wait_for_actions(lambda found: "end" in texts(found))
    said = texts(actions)
    assert said == [*(f"1.{part}" for part in range(int(wanted))), "1.end", "end"]
    assert len({a.action_id for a in actions}) == len(said)
    assert len((home / "runs").read_text()) >= 2


TALLY = """
from pathlib import Path
from plugins import on_command
from schemas.failure import Permanent

HERE = Path(__file__).parent


@on_command("tally")
async def tally(ctx, text):
    ctx.state["n"] = ctx.state.get("n", 0) + 1
    yield ctx.reply(f"{text} {ctx.state['n']}")
    await ctx.flush()
    if (HERE / "wrong").exists():
        raise Permanent("not now")
    ctx.state["last"] = text
    yield ctx.reply(f"{text} {ctx.state['n']} end")
"""


async def test_an_event_sent_back_late_leaves_what_later_ones_wrote_to_the_state(
    stack: Stack,
) -> None:
    home = write_plugin(stack.folder / "p", "tally", TALLY)
    (home / "wrong").touch()
    async with working(stack, QUICK):
        await _say(stack, "c1", "/tally a")
        (dead,) = await stack.wait_for_records(stack.dlq, 1)
        (home / "wrong").unlink()
        await _say(stack, "c1", "/tally b", first=2)
        await stack.wait_for_actions(lambda found: "b 2 end" in texts(found))
        again = Record(dead.key, dead.value, [*dead.headers, ("x-redrive-id", b"r1")])
        await stack.produce([again], DUE.name(stack.prefix))
        await stack.wait_for_actions(lambda found: "a 2 end" in texts(found))
        await _say(stack, "c1", "/tally c", first=3)
        actions = await stack.wait_for_actions(lambda found: "c 3 end" in texts(found))
    assert texts(actions) == ["a 1", "b 2", "b 2 end", "a 2 end", "c 3", "c 3 end"]


ODD = """
from datetime import timedelta
from plugins import on_command
from schemas.failure import Retryable, Throttled


async def answer():
    return 1


async def half():
    raise Retryable("half \\ud800")


async def large():
    return "x" * 700_000


@on_command("odd")
async def odd(ctx, text):
    if text == "name":
        await ctx.call("state", 1, answer)
    if text == "object":
        await ctx.call("x", object(), answer)
    if text == "half":
        try:
            await ctx.call("x", 1, half)
        except Retryable:
            await ctx.call("y", 1, answer)
        raise Retryable("not now")
    if text == "forever":
        raise Throttled("a while", timedelta.max)
    if text == "large":
        await ctx.call("x", 1, large)
    yield ctx.reply(text)
"""


async def _rung_later(stack: Stack) -> bool:
    """Whether something waits for a time of its own."""
    engine = open_engine(stack.dsn, size=1)
    async with engine.connect() as connection:
        found = await connection.scalar(select(func.count()).select_from(TIMERS))
    await engine.dispose()
    return found == 1


async def test_whatever_a_plugin_journals_or_raises_the_worker_goes_on(stack: Stack) -> None:
    write_plugin(stack.folder / "p", "odd", ODD)
    async with working(stack, QUICK) as worker:
        for text in ("name", "object", "half", "forever"):
            await _say(stack, text, f"/odd {text}")
        dead = await stack.wait_for_records(stack.dlq, 2)
        await stack.wait_for_records(RETRIES[0].name(stack.prefix), 1)
        await until(partial(_rung_later, stack), limit_s=20)
        assert worker._failure is not None
        assert not worker._failure.done()
    assert {header(r.headers, "x-error-kind") for r in dead} == {"bug"}


async def test_a_run_that_heard_too_much_is_still_told_of(stack: Stack) -> None:
    write_plugin(stack.folder / "p", "odd", ODD)
    async with working(stack, QUICK):
        await _say(stack, "c1", "/odd large")
        (written,) = await stack.wait_for_records(stack.runs, 1)
    run = decode(written.headers, written.value)
    assert isinstance(run, PluginRun)
    assert [(call.name, call.response) for call in run.calls] == [("x", None)]
    shelved = run.calls[0].shelved
    assert shelved is not None
    assert shelved.size > 700_000

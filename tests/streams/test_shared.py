"""`ctx.shared`: many chats write one value, and none of their writes is lost."""

import asyncio
from pathlib import Path

import pytest

from plugins.journal import Journal, JournalMiss, stale
from plugins.shared import Shared, SharedDraft
from schemas.failure import Bug
from schemas.run import Call
from streams.replay_calls import StubbedJournal
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.streams.test_parking import QUICK, _say, hastening, working

TICKETS = """
from collections.abc import AsyncIterator
from pathlib import Path

from plugins import Context, Draft, on_command
from schemas.failure import Retryable

HERE = Path(__file__).parent


@on_command("ticket")
async def ticket(ctx: Context, text: str) -> AsyncIterator[Draft]:
    number = await ctx.shared.update("sold", lambda n: n + 1, 0)
    yield ctx.reply(f"{number}")
    if text == "flush":
        await ctx.flush()
        again = await ctx.shared.update("sold", lambda n: n + 1, 0)
        if (HERE / "wrong").exists():
            raise Retryable("not now")
        yield ctx.reply(f"{again}")
"""


@pytest.fixture
def home(stack: Stack) -> Path:
    return write_plugin(stack.folder / "p", "tickets", TICKETS)


async def test_a_stubbed_replay_finds_a_value_that_was_not_told_unwritten() -> None:
    shared = Shared(StubbedJournal((), {}), SharedDraft())
    assert await shared.update("sold", lambda n: n + 1, 0) == 1


async def test_chats_that_count_at_once_lose_no_count(stack: Stack, home: Path) -> None:
    async with working(stack, QUICK):
        await asyncio.gather(
            *(_say(stack, f"c{chat}", "/ticket a", "/ticket b") for chat in range(8))
        )
        actions = await stack.wait_for_actions(lambda found: len(found) >= 16)
    assert sorted(int(text) for text in texts(actions)) == list(range(1, 17))


async def test_a_retry_behind_a_flush_reads_anew_and_writes_the_first_part_no_second_time(
    stack: Stack, home: Path
) -> None:
    (home / "wrong").touch()
    async with working(stack, QUICK):
        await _say(stack, "c1", "/ticket flush")
        await stack.wait_for_records(stack.runs, 1)
        await _say(stack, "c2", "/ticket a", "/ticket b")
        await stack.wait_for_actions(lambda found: len(found) >= 3)
        (home / "wrong").unlink()
        async with hastening(stack):
            actions = await stack.wait_for_actions(lambda found: len(found) >= 4)
    own = texts(a for a in actions if a.chat_id == "c1")
    assert own == ["1", "4"]


async def _read(name: str) -> tuple[int, object]:
    return {"a": (3, ["x"])}.get(name, (0, None))


async def test_a_run_sees_its_own_writes_and_what_it_read_before_a_flush_guards_nothing() -> None:
    draft = SharedDraft(_read)
    shared = Shared(Journal(), draft)
    assert await shared.get("a") == ["x"]
    assert await shared.get("b", 7) == 7
    await shared.put("a", ["y"])
    assert await shared.get("a") == ["y"]
    assert draft.writes == {"a": (3, ["y"])}
    draft.settle()
    await shared.put("b", 1)
    assert draft.writes == {"b": (0, 1)}


async def test_a_shared_value_is_no_place_for_what_is_large_or_no_json() -> None:
    shared = Shared(Journal(), SharedDraft(_read))
    with pytest.raises(Bug, match="bytes"):
        await shared.put("a", "x" * 70_000)
    with pytest.raises(Bug, match="cannot hold"):
        await shared.put("a", object())
    with pytest.raises(Bug, match="name"):
        await shared.put("a" * 300, 1)


async def test_a_replay_is_told_what_was_read_and_a_retry_reads_it_again() -> None:
    told = (Call(index=0, name="shared", request="a", response={"version": 1, "value": "old"}),)
    assert await Shared(Journal(told, strict=True), SharedDraft()).get("a") == "old"
    assert await Shared(Journal(told, settled=0), SharedDraft(_read)).get("a") == ["x"]
    assert await Shared(Journal(told, settled=1), SharedDraft(_read)).get("a") == "old"
    assert await Shared(Journal(stale(told, 0)), SharedDraft(_read)).get("a") == ["x"]
    with pytest.raises(JournalMiss):
        await Shared(Journal((), strict=True), SharedDraft()).get("a")

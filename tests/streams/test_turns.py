"""The commit store: the first turn wins, with its state or not at all."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import text

from connectors.database import migrate, open_engine
from connectors.turns import Snapshot, StateConflict, StateWrite, Turn, TurnStore
from schemas.action import Action
from schemas.content import Text
from schemas.failure import DependencyDown, Permanent
from tests.fakes.wechat import AT
from tests.fixtures.live_server import free_port

LONG = "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=12_000))
LANE = "wechat:default:c1"


@pytest.fixture
async def store(database: str) -> AsyncIterator[TurnStore]:
    await migrate(database)
    engine = open_engine(database)
    yield TurnStore(engine)
    await engine.dispose()


def _turn(name: str, text: str = "hello", *, offset: int = 1) -> Turn:
    action = Action(
        action_id=f"{name}/0",
        channel="wechat",
        account="default",
        chat_id="c1",
        content=Text(text=text),
        requested_at=AT,
    )
    return Turn(name, f"e-{name}", "counter", 0, "in", 3, offset, (action,), ({"call": text},))


def _write(read: int, count: int, lane: str = LANE) -> StateWrite:
    return StateWrite("counter", lane, read, {"count": count})


async def test_the_first_turn_stored_wins_and_the_second_gets_it_back(store: TurnStore) -> None:
    first, second = _turn("t1", "first"), _turn("t1", "second", offset=9)
    assert await store.commit(first, (_write(0, 1),)) == (first, True)
    assert await store.commit(second, (_write(0, 7),)) == (first, False)
    assert await store.state("counter", LANE) == Snapshot(1, {"count": 1})


async def test_a_stale_write_stores_neither_state_nor_turn(store: TurnStore) -> None:
    await store.commit(_turn("t1"), (_write(0, 1),))
    with pytest.raises(StateConflict):
        await store.commit(_turn("t2", offset=2), (_write(0, 1),))
    with pytest.raises(StateConflict):
        await store.commit(_turn("t3", offset=3), (_write(5, 1, lane="never written"),))
    assert [turn.turn_id for turn in await store.unfinished("in", 3, 0)] == ["t1"]
    assert await store.commit(_turn("t2", offset=2), (_write(1, 2),)) == (
        _turn("t2", offset=2),
        True,
    )


async def test_one_conflict_in_a_group_undoes_nobody_elses_commit(store: TurnStore) -> None:
    await store.commit(_turn("t0"), (_write(0, 1, lane="l3"),))
    answers = await asyncio.gather(
        *(
            store.commit(_turn(f"g{n}", offset=n), (_write(0, n, lane=f"l{n}"),))
            for n in range(1, 40)
        ),
        return_exceptions=True,
    )
    failed = [n for n, answer in enumerate(answers, start=1) if isinstance(answer, BaseException)]
    assert failed == [3]
    assert isinstance(answers[2], StateConflict)
    stored = {turn.turn_id for turn in await store.unfinished("in", 3, 0)}
    assert stored == {"t0", *(f"g{n}" for n in range(1, 40) if n != 3)}


async def test_many_commits_at_once_share_transactions(store: TurnStore) -> None:
    groups: list[int] = []
    transaction = store._transaction

    async def counting(commits):  # type: ignore[no-untyped-def]
        groups.append(len(commits))
        return await transaction(commits)

    store._transaction = counting  # type: ignore[method-assign]
    await asyncio.gather(*(store.commit(_turn(f"t{n}", offset=n)) for n in range(100)))
    assert sum(groups) == 100
    assert len(groups) <= 3


async def test_two_commits_of_one_turn_at_once_agree(store: TurnStore) -> None:
    turns = [_turn("same", text) for text in ("a", "b", "c")]
    answers = await asyncio.gather(*(store.commit(turn, (_write(0, 1),)) for turn in turns))
    assert len({turn for turn, _ in [(str(t.actions), ours) for t, ours in answers]}) == 1
    assert [ours for _, ours in answers].count(True) == 1
    assert (await store.state("counter", LANE)).version == 1


async def test_turns_from_an_offset_on_come_in_the_order_of_their_events(store: TurnStore) -> None:
    for name, offset in (("late", 30), ("early", 10), ("middle", 20)):
        await store.commit(_turn(name, offset=offset))
    await store.commit(replace(_turn("elsewhere", offset=25), partition=4))
    found = await store.unfinished("in", 3, 20)
    assert [turn.turn_id for turn in found] == ["middle", "late"]
    assert found[0] == _turn("middle", offset=20)


async def test_a_nul_character_is_shown_as_what_it_is_not(store: TurnStore) -> None:
    stored, ours = await store.commit(_turn("t1", "a\x00b"))
    assert ours
    assert stored.actions[0].content == Text(text="a\x00b")
    (kept,) = await store.unfinished("in", 3, 0)
    assert kept.actions[0].content == Text(text="a\ufffdb")


async def test_marks_are_written_by_the_next_flush(store: TurnStore, database: str) -> None:
    await store.commit(_turn("t1"))
    store.mark_produced("t1")
    await store.flush()
    await store.flush()
    async with store._engine.connect() as connection:
        assert await connection.scalar(text("SELECT produced FROM turns")) is True


async def test_a_database_that_is_away_is_a_dependency_down() -> None:
    engine = open_engine(f"postgresql://nobody@127.0.0.1:{free_port()}/none", limit=2)
    store = TurnStore(engine)
    with pytest.raises(DependencyDown):
        await store.commit(_turn("t1"))
    with pytest.raises(DependencyDown):
        await store.state("counter", LANE)
    await engine.dispose()


@pytest.mark.parametrize("odd", ["e\x00", LONG], ids=["nul", "too long for an index"])
async def test_what_postgresql_cannot_hold_fails_alone(store: TurnStore, odd: str) -> None:
    """SQLAlchemy has no class of its own for it; the group, and its worker, went down with it."""
    good, bad = _turn("t1"), _turn("t2", offset=2)
    wrong = StateWrite("counter", odd, 0, {"count": 1})

    answers = await asyncio.gather(
        store.commit(good, (_write(0, 1),)), store.commit(bad, (wrong,)), return_exceptions=True
    )
    nul = asyncio.gather(
        store.state("counter", LANE), store.state("counter", "a\x00"), return_exceptions=True
    )

    assert answers[0] == (good, True)
    assert isinstance(answers[1], Permanent)
    kept, refused = await nul
    assert kept == Snapshot(1, {"count": 1})
    assert isinstance(refused, Permanent)


async def test_two_prefixes_share_a_database_and_not_what_plugins_remember(
    database: str,
) -> None:
    await migrate(database)
    engine = open_engine(database)
    try:
        one, two = TurnStore(engine, "one"), TurnStore(engine, "two")
        await one.commit(_turn("t1"), (_write(0, 1),))
        await two.commit(_turn("t2", offset=2), (_write(0, 5),))
        assert await one.state("counter", LANE) == Snapshot(1, {"count": 1})
        assert await two.state("counter", LANE) == Snapshot(1, {"count": 5})
    finally:
        await engine.dispose()

"""Gates in PostgreSQL: order, fencing, idempotence."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.database import migrate, open_engine
from connectors.gates import Entry, Gate, GateStore, LostPartition

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PLACE = ("work", "wechat:default:c1")


def _entry(name: str) -> Entry:
    return Entry(
        name, "bot.inbound.v1", 3, 7, 1234, b"key\x00\xff", None, (("x", b"\xff\x00"), ("y", b""))
    )


def _gate(head: str = "e1") -> Gate:
    return Gate(
        instance=PLACE[0],
        lane=PLACE[1],
        partition=3,
        head=head,
        state="waiting",
        attempt=2,
        wait=1,
        tier="5s",
        not_before=None,
        sent=False,
        first_failed_at=NOW,
        error={"x-error-message": "half \x00"},
        closed_at=NOW,
    )


@pytest.fixture
async def store(database: str) -> AsyncIterator[GateStore]:
    await migrate(database)
    engine = open_engine(database)
    yield GateStore(engine)
    await engine.dispose()


async def test_events_leave_the_line_in_the_order_they_came_and_the_last_opens_the_gate(
    store: GateStore,
) -> None:
    owner, gates = await store.claim("bot.inbound.v1", 3)
    assert gates == []
    gate = _gate()
    await store.close(owner, gate, _entry("e1"))
    for name in ("e3", "e2"):
        await store.append(owner, PLACE, _entry(name))
    assert await store.append(owner, PLACE, _entry("e3")) == 3, "it stands there already"
    assert [entry.event_id for entry in await store.line(PLACE)] == ["e1", "e3", "e2"]
    for name, done in (("e3", "e1"), ("e2", "e3")):
        following = await store.advance(owner, gate, done, NOW)
        assert following is not None
        gate, entry = following
        assert entry == _entry(name)
        assert (gate.head, gate.state, gate.attempt, gate.sent) == (name, "draining", 1, False)
    assert gate.wait == 3
    assert await store.advance(owner, gate, "e2", NOW) is None
    assert (await store.claim("bot.inbound.v1", 3))[1] == []


async def test_a_new_owner_finds_the_gates_and_the_old_one_changes_nothing_more(
    store: GateStore,
) -> None:
    old, _ = await store.claim("bot.inbound.v1", 3)
    await store.close(old, _gate(), _entry("e1"))
    other, elsewhere = await store.claim("bot.inbound.v1", 4)
    assert elsewhere == []
    new, (found,) = await store.claim("bot.inbound.v1", 3)
    assert found == replace(_gate(), error={"x-error-message": "half \ufffd"})
    assert (new.epoch, other.epoch) == (old.epoch + 1, 1)
    late = replace(found, sent=True)
    with pytest.raises(LostPartition):
        await store.put(old, late)
    with pytest.raises(LostPartition):
        await store.append(old, PLACE, _entry("e2"))
    with pytest.raises(LostPartition):
        await store.advance(old, found, "e1", NOW)
    with pytest.raises(LostPartition):
        await store.dissolve(old, PLACE)
    with pytest.raises(LostPartition):
        await store.close(old, replace(_gate(), lane="wechat:default:c2"), _entry("e1"))
    assert [entry.event_id for entry in await store.line(PLACE)] == ["e1"]
    await store.put(new, late)
    assert (await store.claim("bot.inbound.v1", 3))[1][0].sent


async def test_each_change_may_be_made_twice(store: GateStore) -> None:
    owner, _ = await store.claim("bot.inbound.v1", 3)
    for _ in range(2):
        await store.close(owner, _gate(), _entry("e1"))
    await store.append(owner, PLACE, _entry("e2"))
    for _ in range(2):
        following = await store.advance(owner, _gate(), "e1", NOW)
        assert following is not None
        assert following[1].event_id == "e2"
    for _ in range(2):
        await store.dissolve(owner, PLACE)
    assert await store.head(PLACE) is None


async def test_two_prefixes_share_a_database_and_not_their_gates(database: str) -> None:
    await migrate(database)
    engine = open_engine(database)
    try:
        one, two = GateStore(engine, "one"), GateStore(engine, "two")
        for store in (one, two):
            name = "one" if store is one else "two"
            owner, _ = await store.claim(f"{name}.inbound.v1", 3)
            await store.close(owner, _gate(f"of {name}"), _entry(f"of {name}"))
        owner, gates = await one.claim("one.inbound.v1", 3)
        assert [gate.head for gate in gates] == ["of one"]
        assert await one.advance(owner, gates[0], "of one", NOW) is None
        assert [entry.event_id for entry in await two.line(PLACE)] == ["of two"]
    finally:
        await engine.dispose()

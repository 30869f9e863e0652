"""What owners say of plugin instances, and what workers report, in a real database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import migrate, open_engine
from connectors.plugin_controls import ControlRow, PluginControls

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    await migrate(database)
    engine = open_engine(database, size=2)
    yield engine
    await engine.dispose()


async def test_each_change_has_a_revision_of_its_own_and_two_prefixes_do_not_meet(
    engine: AsyncEngine,
) -> None:
    ours, theirs = PluginControls(engine, "bot"), PluginControls(engine, "other")
    first = await ours.put(ControlRow("shop", enabled=False), "test")
    second = await ours.put(ControlRow("home", config={"words": "嗨\x00"}), "test")
    again = await ours.put(ControlRow("shop", enabled=True), "test")
    assert first < second < again
    rows = {row.instance: row for row in await ours.read()}
    assert rows["shop"].enabled is True
    assert rows["home"].config == {"words": "嗨\ufffd"}
    assert max(row.revision for row in rows.values()) == again
    assert await theirs.read() == []


async def test_of_two_workers_one_puts_an_instance_in_quarantine_and_what_was_set_stays(
    engine: AsyncEngine,
) -> None:
    controls = PluginControls(engine, "bot")
    await controls.put(ControlRow("shop", config={"words": "hi"}), "test")
    assert await controls.quarantine("shop", "31 errors within a minute", "worker-0", NOON)
    assert not await controls.quarantine("shop", "32 errors within a minute", "worker-1", NOON)
    (row,) = await controls.read()
    assert (row.quarantined_at, row.quarantined_for) == (NOON, "31 errors within a minute")
    assert row.config == {"words": "hi"}


async def test_a_worker_s_last_report_stands(engine: AsyncEngine) -> None:
    controls = PluginControls(engine, "bot")
    await controls.report("worker-0", 1, {"instances": []})
    await controls.report("worker-0", 2, {"instances": ["echo"]})
    (report,) = await controls.reports()
    assert (report.worker, report.revision) == ("worker-0", 2)
    assert report.body == {"instances": ["echo"]}
    assert 0 <= report.seconds_old < 60

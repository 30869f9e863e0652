"""Gates that crashes, people and odd records leave in odd states: none stays closed for ever."""

import pytest
from aiokafka import TopicPartition

from connectors.dead_letters.store import DeadLetters, Kept
from connectors.kafka import _of_key
from schemas.envelope import Record, header
from schemas.topics import DUE, RETRIES
from streams.letter_edit import with_changes
from streams.redrive import Redriver
from streams.retry_policy import RetryPolicy
from tests.fakes.failing_plugin import FailingPlugin
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import PARTITIONS, Stack, texts
from tests.fakes.wechat import message, record
from tests.fixtures.kafka_reading import committed
from tests.streams.test_parking import _parked, _say, _true, _until, hastening, working
from tests.streams.test_parking_kills import _till
from tests.streams.test_redrive import ORDER, _letters, _quiet, letters_of
from tests.streams.test_respond import SLOW


@pytest.mark.slow
@pytest.mark.parametrize("way", ["x-redrive-id", "x-skip"])
async def test_killed_while_a_held_chat_drains_it_goes_on_where_it_was(
    stack: Stack, way: str
) -> None:
    plugin = FailingPlugin(stack.folder / "p", on_dead="hold")
    plugin.wrong(bad="never")
    flag = stack.folder / "died"
    worker = stack.worker(
        plugins=str(stack.folder / "p"), failpoint="parking.advanced", failpoint_flag=str(flag)
    )
    worker.start()
    await _say(stack, "c1", "/work bad", "/work two", "/work three", "/echo end")
    (dead,) = await stack.wait_for_records(stack.dlq, 1)

    async def acked() -> bool:
        place = TopicPartition(stack.inbound, dead.partition)
        return await committed(stack.bootstrap, f"{stack.prefix}-worker", place) == 4

    await _until(acked, "the commit of all four")
    plugin.wrong()
    headers = [*dead.headers, *{("x-redrive-id", b"r1"), (way, b"r1")}]
    await stack.produce([Record(dead.key, dead.value, headers)], DUE.name(stack.prefix))
    await _till(lambda: flag.exists() and "three" in plugin.runs, worker)
    wanted = ["two", "three"] if way == "x-skip" else ["bad", "two", "three"]
    actions = await stack.wait_for_actions(
        lambda found: len({a.action_id for a in found if a.instance == "work"}) >= len(wanted)
    )
    assert texts(a for a in actions if a.instance == "work") == wanted
    assert await worker.stop() == 0


async def _edited(letters: DeadLetters, redriver: Redriver, kept: Kept, text: str) -> Kept:
    value = with_changes(kept.value, [f"content.text={text}"])
    await redriver.edit(kept, value, by="li", reason="typo")
    (changed,) = await letters.named([kept.letter.letter_id])
    return changed


async def test_an_edited_head_that_dies_again_can_still_be_discarded(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p", on_dead="hold")
    plugin.wrong(bad="never", worse="never")
    async with letters_of(stack) as letters, working(stack) as worker:
        redriver = Redriver(letters, stack.producer, stack.prefix)
        await _say(stack, "c1", "/work bad", "/work two")
        (kept,) = await _letters(letters, 1)
        await _parked(stack, worker, 2)
        kept = await _edited(letters, redriver, kept, "/work worse")
        await redriver.redrive([kept], ORDER, _quiet)
        (again,) = await _letters(letters, 1, "status=dead")
        assert again.letter.event_id.endswith("#r1")
        await redriver.discard([again], ORDER, _quiet)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 1)
    assert texts(actions) == ["two"]


async def test_a_head_that_a_person_sends_back_has_all_its_tries_and_stays_as_edited(
    stack: Stack,
) -> None:
    plugin = FailingPlugin(stack.folder / "p", on_dead="hold")
    plugin.wrong(bad="transient", better="transient")
    policy = RetryPolicy(lane_tries=1, attempts=2)
    async with letters_of(stack) as letters, working(stack, policy) as worker:
        redriver = Redriver(letters, stack.producer, stack.prefix)
        async with hastening(stack):
            await _say(stack, "c1", "/work bad")
            (kept,) = await _letters(letters, 1)
        kept = await _edited(letters, redriver, kept, "/work better")
        await redriver.redrive([kept], ORDER, _quiet)
        waiting = await stack.wait_for_records(RETRIES[0].name(stack.prefix), 2)
        assert header(waiting[1].headers, "x-attempt") == "2"
        (head,) = await worker._parking._store.line(("work", "wechat:default:c1"))
        assert b"better" in (head.value or b"")
        plugin.wrong()
        async with hastening(stack):
            actions = await stack.wait_for_actions(lambda found: len(found) >= 1)
    assert texts(actions) == ["better"]


def _beside(chat: str) -> str:
    """Another chat of the same partition."""
    everywhere = tuple(range(PARTITIONS))
    place = _of_key(message("", chat=chat).key, everywhere)
    names = (f"s{number}" for number in range(100))
    return next(n for n in names if _of_key(message("", chat=n).key, everywhere) == place)


async def test_what_ran_from_the_line_does_not_run_again_when_its_record_comes_again(
    stack: Stack,
) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    write_plugin(stack.folder / "p", "slow", SLOW)
    plugin.wrong(bad="transient")
    async with working(stack) as worker:
        await stack.produce([record(message("/slow 60", chat=_beside("c1")))])
        await _say(stack, "c1", "/work bad", "/work two")
        await _parked(stack, worker, 2)
        (waiting,) = await stack.wait_for_records(RETRIES[0].name(stack.prefix), 1)
    plugin.wrong()
    due = Record(waiting.key, waiting.value, list(waiting.headers))
    await stack.produce([due], DUE.name(stack.prefix))
    async with working(stack) as worker:
        await stack.wait_for_actions(lambda found: len({a.action_id for a in found}) >= 2)
        await _say(stack, "c1", "/echo end", first=3)
        await stack.wait_for_actions(lambda found: "end" in texts(found))
        await _until(lambda: _true(not worker._parking._gates), "the open gate")
    assert plugin.runs == ["bad", "bad", "two"]


async def test_what_a_retry_answered_does_not_run_again_when_its_first_record_comes_again(
    stack: Stack,
) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    write_plugin(stack.folder / "p", "slow", SLOW)
    plugin.wrong(bad="transient")
    async with working(stack) as worker:
        await stack.produce([record(message("/slow 60", chat=_beside("c1")))])
        await _say(stack, "c1", "/work bad")
        await stack.wait_for_records(RETRIES[0].name(stack.prefix), 1)
        plugin.wrong()
        async with hastening(stack):
            await stack.wait_for_actions(lambda found: len(found) >= 1)
        await _until(lambda: _true(not worker._parking._gates), "the open gate")
    async with working(stack):
        await _say(stack, "c1", "/echo end", first=3)
        actions = await stack.wait_for_actions(lambda found: "end" in texts(found))
    assert plugin.runs == ["bad", "bad"]
    assert texts(actions) == ["bad", "end"]


async def test_a_held_line_that_is_given_up_has_one_dead_letter_for_each_event(
    stack: Stack,
) -> None:
    plugin = FailingPlugin(stack.folder / "p", on_dead="hold")
    plugin.wrong(bad="never")
    async with working(stack, RetryPolicy(lane_tries=1, most_parked=3)) as worker:
        await _say(stack, "c1", "/work bad", *(f"/work n{n}" for n in range(3)))
        await stack.wait_for_records(stack.dlq, 4)
        await _until(lambda: _true(not worker._parking._gates), "the open gate")
        dead = await stack.read(stack.dlq)
    said = [header(r.headers, "x-group-index") for r in dead]
    assert said == [None, "1", "2", "3"]
    assert len({r.value for r in dead}) == 4

"""Orders on dead letters that go wrong, and letters that are unlike others."""

import asyncio

import pytest

from connectors.dead_letters.filter import BadFilter, parse_filter
from connectors.story import Stories
from schemas.envelope import Record, decode, header
from schemas.failure import BadRequest
from schemas.redrive import Redrive
from schemas.topics import DLQ, DUE, REDRIVE
from streams.course import Course, first_failed
from streams.delivery import Delivery
from streams.letter_edit import edited, with_changes
from streams.redrive import Progress, Redriver
from streams.respond import utc_now
from streams.retry_scheduler import not_before
from tests.fakes.failing_plugin import FailingPlugin
from tests.fakes.stack import PARTITIONS, Stack, texts
from tests.fakes.wechat import AT, message, record
from tests.streams.test_parking import working
from tests.streams.test_redrive import ORDER, _letters, _quiet, letters_of, unhurried

HUGE = b"9" * 400


async def _audited(stack: Stack) -> list[tuple[str, str, int, str | None]]:
    found = [decode(r.headers, r.value) for r in await stack.read(REDRIVE.name(stack.prefix))]
    assert all(isinstance(entry, Redrive) for entry in found)
    return [
        (entry.what, entry.state, entry.done, entry.detail)
        for entry in found
        if isinstance(entry, Redrive)
    ]


@pytest.mark.parametrize("what", ["redrive", "discard"])
async def test_the_audit_says_where_an_order_broke_off(stack: Stack, what: str) -> None:
    async with letters_of(stack) as letters:
        dead = [record(message("/echo x", seq=n)) for n in range(3)]
        await stack.produce(dead, DLQ.name(stack.prefix))
        chosen = await _letters(letters, 3)
        redriver = unhurried(letters, stack)

        def stop(progress: Progress) -> None:
            if progress.done == 2:
                raise RuntimeError("the lid was closed")

        carry_out = redriver.redrive if what == "redrive" else redriver.discard
        with pytest.raises(RuntimeError):
            await carry_out(chosen, ORDER, stop)
    begun, ended = await _audited(stack)
    assert begun == (what, "started", 0, None)
    assert ended == (what, "stopped", 2, "RuntimeError: the lid was closed")


async def test_a_letter_without_value_that_holds_its_chat_can_be_discarded(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p", on_dead="hold")
    plugin.wrong(bad="never")
    async with letters_of(stack) as letters, working(stack):
        redriver = Redriver(letters, stack.producer, stack.prefix)
        await stack.produce([record(message("/work bad"))])
        (kept,) = await _letters(letters, 1)
        slim = Record(kept.letter.key, None, kept.letter.headers)
        await stack.produce([slim], DLQ.name(stack.prefix))
        (first, without) = await _letters(letters, 2)
        assert without.value is None
        await redriver.discard([without], ORDER, _quiet)
        await stack.produce([record(message("/work two", seq=2))])
        actions = await stack.wait_for_actions(lambda found: len(found) >= 1)
        assert first.status == "dead"
    assert texts(actions) == ["two"]


async def test_an_event_without_key_goes_back_to_its_own_partition(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p", on_dead="hold")
    plugin.wrong(**{f"bad{n}": "never" for n in range(PARTITIONS)})
    async with letters_of(stack) as letters, working(stack) as worker:
        redriver = Redriver(letters, stack.producer, stack.prefix)
        for number in range(PARTITIONS):
            made = record(message(f"/work bad{number}", chat=f"c{number}"))
            keyless = Record(None, made.value, made.headers)
            await stack.producer.send(stack.inbound, keyless, partition=number)
        chosen = await _letters(letters, PARTITIONS)
        plugin.wrong()
        await redriver.redrive(chosen, ORDER, _quiet)
        await stack.wait_for_actions(lambda found: len(found) >= PARTITIONS)
        async with asyncio.timeout(5):
            while worker._parking._gates:  # noqa: ASYNC110  # it opens after the answer
                await asyncio.sleep(0.05)
        for entry in await stack.read(DUE.name(stack.prefix)):
            assert str(entry.partition) == header(entry.headers, "x-origin-partition")


async def test_an_edit_cannot_make_another_event_of_a_letter(stack: Stack) -> None:
    async with letters_of(stack) as letters:
        await stack.produce([record(message("/echo x"))], DLQ.name(stack.prefix))
        (kept,) = await _letters(letters, 1)
        with pytest.raises(BadRequest, match="event_id"):
            edited(kept, with_changes(kept.value, ["event_id=other"]))


@pytest.mark.parametrize("said", ["age<999999999d", "age>999999999d"])
def test_an_age_before_all_time_is_refused(said: str) -> None:
    with pytest.raises(BadFilter, match="age"):
        parse_filter(said, utc_now())


def test_numbers_in_headers_that_are_no_times_are_none() -> None:
    event = message("x")
    for number in (b"9" * 18, HUGE):
        headers = [("x-first-failed-ms", number)]
        came = Delivery("bot.inbound.v1", 0, 0, 0, None, b"", headers)
        assert first_failed(Course(came, event, "echo", None), AT) == AT
        assert not_before([("x-not-before-ms", number)]) - AT.timestamp() < 10 * 86400


async def test_the_story_of_an_event_tells_what_became_of_its_edited_one(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(ond="never")
    async with letters_of(stack) as letters, working(stack):
        redriver = Redriver(letters, stack.producer, stack.prefix)
        await stack.produce([record(message("/work ond"))])
        (kept,) = await _letters(letters, 1)
        value = with_changes(kept.value, ["content.text=/work one"])
        await redriver.edit(kept, value, by="li", reason="typo")
        (kept,) = await letters.named([kept.letter.letter_id])
        await redriver.redrive([kept], ORDER, _quiet)
        told: list[str] = []
        async with asyncio.timeout(10):
            while "asked" not in told:
                (story,) = await Stories(letters._engine).find(message("/work ond").event_id)
                told = [step.what for step in story.steps]
    assert [what for what in told if what in {"failed", "died", "ran", "asked"}][:2] == [
        "failed",
        "died",
    ]

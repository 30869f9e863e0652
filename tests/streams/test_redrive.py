"""Dead letters sent back, edited and discarded by the command a person uses."""

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from connectors.database import migrate, open_engine
from connectors.dead_letters.filter import parse_filter
from connectors.dead_letters.store import DeadLetters, Kept
from connectors.ending import end
from connectors.relay import Projector
from connectors.settings import RelaySettings
from schemas.action import Action
from schemas.content import Text
from schemas.envelope import Record, decode, encode, header
from schemas.failure import BadRequest
from schemas.redrive import Redrive
from schemas.topics import DLQ, DUE, REDRIVE
from streams.redrive import Order, Pace, Progress, Redriver
from streams.respond import utc_now
from tests.fakes.failing_plugin import FailingPlugin
from tests.fakes.running_up import HONGYAN
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import AT, message, record
from tests.streams.test_parking import _parked, _say, working

ORDER = Order(by="li", reason="fixed", selection="all", rate=1000)


class Time:
    """A clock that a pause sets ahead."""

    def __init__(self) -> None:
        self.now = 100.0

    def ticks(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.now += seconds


def unhurried(letters: DeadLetters, stack: Stack) -> Redriver:
    """One that is never late: each letter is a step of its own."""
    clock = Time()
    return Redriver(letters, stack.producer, stack.prefix, ticks=clock.ticks, pause=clock.pause)


@asynccontextmanager
async def letters_of(stack: Stack) -> AsyncIterator[DeadLetters]:
    """Dead letters as the relay projects them."""
    await migrate(stack.dsn)
    settings = RelaySettings(
        kafka=stack.bootstrap,
        postgres=stack.dsn,
        topic_prefix=stack.prefix,  # type: ignore[arg-type]
    )
    engine = open_engine(stack.dsn, size=2)
    task = asyncio.create_task(Projector(settings, engine).run())
    try:
        yield DeadLetters(engine)
    finally:
        await end({task})
        await engine.dispose()


async def _letters(letters: DeadLetters, count: int, where: str = "status=dead") -> list[Kept]:
    deadline = time.monotonic() + 15
    while len(found := await letters.find(parse_filter(where, utc_now()))) < count:
        assert time.monotonic() < deadline, f"only {len(found)} letters"
        await asyncio.sleep(0.1)
    return found


def _quiet(_progress: Progress) -> None:
    """Nobody looks on."""


async def _hongyan(stack: Stack, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    places: tuple[str, ...] = ("--postgres", stack.dsn)
    if words[0] in {"dlq", "replay"}:
        places += ("--kafka", stack.bootstrap)
    return await asyncio.to_thread(
        subprocess.run,
        ["env", f"HONGYAN_TOPIC_PREFIX={stack.prefix}", "USER=li", str(HONGYAN), *words, *places],
        capture_output=True,
        text=True,
        check=False,
        input=typed,
    )


async def test_a_person_lists_shows_and_sends_back_and_the_answers_come_in_order(
    stack: Stack,
) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(one="never", two="never")
    async with letters_of(stack) as letters, working(stack):
        await _say(stack, "c1", "/work one", "/work two")
        first, _ = await _letters(letters, 2)
        name = first.letter.letter_id
        listed = await _hongyan(stack, "dlq", "list", "--where", "plugin=work")
        assert listed.stdout.count("no such thing") == 2, listed.stderr
        grouped = json.loads((await _hongyan(stack, "dlq", "list", "--grouped", "--json")).stdout)
        assert [(kind["count"], kind["instances"]) for kind in grouped] == [(2, ["work"])]
        shown = (await _hongyan(stack, "dlq", "show", name[:6])).stdout
        assert "Permanent (permanent)" in shown
        assert '"text": "/work one"' in shown
        assert "in work" in shown, "the stack"
        where = ("--where", "plugin=work and age<2h")
        dry = await _hongyan(stack, "dlq", "redrive", *where, "--dry-run", "--reason", "to see")
        assert dry.stdout.count("no such thing") == 2
        plugin.wrong()
        sent = await _hongyan(
            stack, "dlq", "redrive", *where, "--yes", "--rate", "50", "--reason", "fixed", "--json"
        )
        assert json.loads(sent.stdout) == {"matched": 2, "done": 2, "skipped": 0, "stopped": None}
        actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
        again = await _hongyan(stack, "dlq", "redrive", *where, "--yes", "--reason", "x", "--json")
        assert json.loads(again.stdout)["matched"] == 0
    assert texts(actions) == ["one", "two"]
    audit = [decode(r.headers, r.value) for r in await stack.read(REDRIVE.name(stack.prefix))]
    told = [
        (entry.what, entry.state, entry.by, entry.reason, entry.matched, entry.done)
        for entry in audit
        if isinstance(entry, Redrive)
    ]
    assert told[:2] == [
        ("redrive", "started", "li", "fixed", 2, 0),
        ("redrive", "finished", "li", "fixed", 2, 2),
    ]


async def test_wrong_use_is_said_and_does_nothing(stack: Stack) -> None:
    await migrate(stack.dsn)
    for words, said in (
        (("redrive", "--reason", "x"), "--where"),
        (("redrive", "ab", "--where", "age<2h", "--reason", "x"), "--where"),
        (("redrive", "ab"), "--reason"),
        (("list", "--where", "colour=red"), "no field 'colour'"),
        (("redrive", "ab", "--rate", "0", "--reason", "x"), "--rate"),
    ):
        ran = await _hongyan(stack, "dlq", *words)
        assert ran.returncode == 2, ran.stderr
        assert said in ran.stderr
    ran = await _hongyan(stack, "dlq", "show", "abc")
    assert ran.returncode == 1
    assert "0 letters begin with abc" in ran.stderr
    assert await stack.read(REDRIVE.name(stack.prefix)) == []


async def test_an_edited_letter_is_checked_and_goes_back_as_a_revision(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(ond="never")
    async with letters_of(stack) as letters, working(stack):
        await _say(stack, "c1", "/work ond")
        (kept,) = await _letters(letters, 1)
        name = kept.letter.letter_id
        for change in ("content.kind=dance", "chat.chat_id=c2", "content.colour=red", "seq=x"):
            bad = await _hongyan(stack, "dlq", "edit", name, "--set", change, "--reason", "typo")
            assert bad.returncode == 1, change
        edit = ("dlq", "edit", name, "--set", "content.text=/work one", "--reason", "typo")
        assert "#r1" in (await _hongyan(stack, *edit)).stdout
        back = await _hongyan(stack, "dlq", "redrive", name, "--reason", "typo")
        assert back.returncode == 0, back.stderr
        (action,) = await stack.wait_for_actions(lambda found: len(found) >= 1)
    assert texts([action]) == ["one"]
    assert str(action.event_id).endswith("#r1")
    (due,) = await stack.read(DUE.name(stack.prefix))
    assert header(due.headers, "x-edited-by") == "li"
    assert header(due.headers, "ce_id") == action.event_id


async def test_a_canary_that_dies_again_stops_the_rest(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(**{f"n{n}": "never" for n in range(5)})
    async with letters_of(stack) as letters, working(stack):
        await _say(stack, "c1", *(f"/work n{n}" for n in range(5)))
        await _letters(letters, 5)
        back = await _hongyan(
            stack, "dlq", "redrive", "--where", "plugin=work", "--yes", "--canary", "1",
            "--reason", "try",
        )  # fmt: skip
        assert back.returncode == 1
        assert "died again" in back.stderr
        left = await _letters(letters, 5)
        assert [kept.letter.redriven for kept in left] == [0, 0, 0, 0, 1]
        plugin.wrong()
        good = await _hongyan(
            stack, "dlq", "redrive", "--where", "plugin=work", "--yes", "--canary", "2",
            "--canary-seconds", "1", "--rate", "100", "--reason", "fixed",
        )  # fmt: skip
        assert good.returncode == 0, good.stderr
        actions = await stack.wait_for_actions(lambda found: len(found) >= 5)
    assert sorted(texts(actions)) == [f"n{n}" for n in range(5)]


async def test_an_order_that_dies_half_way_is_given_again_and_nothing_happens_twice(
    stack: Stack,
) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(**{f"n{n}": "never" for n in range(6)})
    async with letters_of(stack) as letters, working(stack):
        await _say(stack, "c1", *(f"/work n{n}" for n in range(6)))
        chosen = await _letters(letters, 6)
        plugin.wrong()
        redriver = unhurried(letters, stack)
        half = RuntimeError("the lid was closed")

        def stop(progress: Progress) -> None:
            if progress.done == 3:
                raise half

        with pytest.raises(RuntimeError, match="the lid"):
            await redriver.redrive(chosen, ORDER, stop)
        progress = await redriver.redrive(chosen, ORDER, _quiet)
        assert (progress.done, progress.skipped) == (3, 3)
        await stack.wait_for_actions(lambda found: len(found) >= 6)
    assert texts(await stack.actions()) == [f"n{n}" for n in range(6)]
    assert len(await stack.read(DUE.name(stack.prefix))) == 6


async def test_a_discarded_letter_lets_its_chat_go_on(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p", on_dead="hold")
    plugin.wrong(bad="never")
    async with letters_of(stack) as letters, working(stack) as worker:
        await _say(stack, "c1", "/work bad", "/work two")
        (kept,) = await _letters(letters, 1)
        await _parked(stack, worker, 2)
        name = kept.letter.letter_id
        gone = await _hongyan(stack, "dlq", "discard", name, "--reason", "spam")
        assert gone.returncode == 0, gone.stderr
        actions = await stack.wait_for_actions(lambda found: len(found) >= 1)
        everything = await _hongyan(stack, "dlq", "list", "--all", "--json")
        assert [entry["status"] for entry in json.loads(everything.stdout)] == ["discarded"]
        assert "No dead letters" in (await _hongyan(stack, "dlq", "list")).stdout
    assert texts(actions) == ["two"]
    assert plugin.runs.count("bad") == 1


async def test_a_dead_action_returns_to_its_outbox_as_its_next_attempt(stack: Stack) -> None:
    action = Action(
        action_id="t/0",
        channel="wechat",
        account="default",
        chat_id="c1",
        content=Text(text="hi"),
        attempt=2,
        requested_at=AT,
    )
    made = encode(action, id="t/0", source="test", time=AT, extra={"x-return-to": stack.outbox})
    async with letters_of(stack) as letters:
        await stack.produce([made], DLQ.name(stack.prefix))
        chosen = await _letters(letters, 1)
        await Redriver(letters, stack.producer, stack.prefix).redrive(chosen, ORDER, _quiet)
    (again,) = await stack.actions()
    assert again == action.model_copy(update={"attempt": 3})


async def test_what_cannot_go_back_stops_the_order_before_anything_is_sent(stack: Stack) -> None:
    good = record(message("/echo x"))
    async with letters_of(stack) as letters:
        foreign = Record(good.key, b"{}", [("kafka_dlt-original-topic", b"orders")])
        await stack.produce([good, foreign], DLQ.name(stack.prefix))
        chosen = await _letters(letters, 2)
        with pytest.raises(BadRequest, match="no record of ours"):
            await Redriver(letters, stack.producer, stack.prefix).redrive(chosen, ORDER, _quiet)
        silent = Order(by="li", reason=" ", selection="all")
        with pytest.raises(BadRequest, match="reason"):
            await Redriver(letters, stack.producer, stack.prefix).redrive(chosen, silent, _quiet)
    assert await stack.read(DUE.name(stack.prefix)) == []


async def test_the_rate_is_kept(stack: Stack) -> None:
    clock = Time()
    async with letters_of(stack) as letters:
        await stack.produce(
            (record(message("/echo x", seq=n)) for n in range(21)), DLQ.name(stack.prefix)
        )
        chosen = await _letters(letters, 21)
        redriver = Redriver(
            letters, stack.producer, stack.prefix, ticks=clock.ticks, pause=clock.pause
        )
        await redriver.redrive(chosen, Order("li", "x", "all", rate=4), _quiet)
    assert clock.now - 100 == pytest.approx(5.0)


def test_a_slow_database_costs_the_rate_nothing_and_an_outage_brings_no_flood() -> None:
    pace, now = Pace(50, 100.0), 100.0
    for number in range(1000):
        now = max(now, now + pace.next(now)) + (0.03 if number % 2 else 0.0)  # 15 ms a letter
    assert now - 100 == pytest.approx(1000 / 50, abs=0.06)
    pace.next(now + 60)
    late = [pace.next(now + 60) for _ in range(200)]
    assert sum(early <= 0 for early in late) == 49, "a second's worth, of a minute's"


async def test_letters_that_are_late_go_together_and_in_order(stack: Stack) -> None:
    clock, steps = Time(), list[int]()

    def slowly(progress: Progress) -> None:
        steps.append(progress.done)
        clock.now += 0.5  # ten letters' time

    async with letters_of(stack) as letters:
        said = [record(message("/echo x", seq=n)) for n in range(30)]
        await stack.produce(said, DLQ.name(stack.prefix))
        chosen = await _letters(letters, 30)
        redriver = Redriver(
            letters, stack.producer, stack.prefix, ticks=clock.ticks, pause=clock.pause
        )
        progress = await redriver.redrive(chosen, Order("li", "x", "all", rate=20), slowly)
    assert (progress.done, progress.skipped) == (30, 0)
    assert len(steps) < 8
    assert clock.now - 100 < 2.5
    back = [one.value for one in await stack.read(DUE.name(stack.prefix))]
    assert back == [one.value for one in said]


async def test_letters_chosen_without_their_values_go_back_whole_and_in_order(
    stack: Stack,
) -> None:
    clock, many = Time(), 105  # more than are read at once
    async with letters_of(stack) as letters:
        said = [record(message("/echo x", seq=n)) for n in range(many)]
        await stack.produce(said, DLQ.name(stack.prefix))
        await _letters(letters, many)
        chosen = await letters.find(parse_filter("status=dead", utc_now()), values=False)
        assert {kept.value for kept in chosen} == {None}
        redriver = Redriver(
            letters, stack.producer, stack.prefix, ticks=clock.ticks, pause=clock.pause
        )
        progress = await redriver.redrive(chosen, ORDER, _quiet)
    assert (progress.done, progress.skipped) == (many, 0)
    back = [one.value for one in await stack.read(DUE.name(stack.prefix))]
    assert back == [one.value for one in said]

"""`ctx.ask`: a run waits for a person, holds nobody, and goes on once, whatever dies meanwhile."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from connectors.ending import end
from connectors.gates import Entry
from connectors.questions import Question, Seen
from connectors.recordings import Recording
from connectors.settings import RelaySettings
from connectors.timers import ring_timers
from connectors.turns import Turn
from plugins.context import Asking
from plugins.loader import load
from schemas.content import Content, Recalled, SystemLine
from schemas.envelope import decode, header
from schemas.event import Chat, MessageReceived, Sender
from schemas.run import PluginRun
from streams.delivery import Delivery
from streams.patience import Patience
from streams.questioning import Questioning, is_answer
from streams.replay import Replay
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import AT, message, record
from tests.streams.test_parking import QUICK, _say, hastening, working

ORDER = """
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

from plugins import Context, Draft, on_command
from schemas.failure import Retryable

HERE = Path(__file__).parent


async def word():
    return uuid.uuid4().hex


@on_command("order")
async def order(ctx: Context, item: str) -> AsyncIterator[Draft]:
    ctx.state["orders"] = ctx.state.get("orders", 0) + 1
    number = await ctx.call("number", item, word)
    yield ctx.reply(f"{item} {number}: how many?")
    many = await ctx.ask(within=3600)
    if not many:
        yield ctx.reply(f"{item} {number}: {many.ended}")
        return
    if (HERE / "wrong").exists():
        raise Retryable("not now")
    yield ctx.reply(f"{item} {number}: {many.text}, and where to?")
    place = await ctx.ask(within=3600)
    yield ctx.reply(f"{item} {number}: {many.text} to {place.text}, {ctx.state['orders']}")
"""
HASTY = """
from collections.abc import AsyncIterator
from pathlib import Path

from plugins import Context, Draft, on_command
from schemas.failure import Retryable

HERE = Path(__file__).parent


def need(name):
    if not (HERE / name).exists():
        raise Retryable(f"no {name}")


@on_command("order")
async def order(ctx: Context, item: str) -> AsyncIterator[Draft]:
    need("shop")
    yield ctx.reply("how many?")
    many = await ctx.ask(within=3600)
    need("till")
    yield ctx.reply(f"{many.text} {item}")
"""
ANY = """
from plugins import on_message

@on_message()
async def heard(ctx):
    yield ctx.reply(f"heard {ctx.event.content.text}")
"""


def _said(chat: str, who: str, said: str, seq: int) -> MessageReceived:
    told = message(said, chat=chat, seq=seq)
    group = Chat(chat_id=chat, title=chat, kind="group")
    return told.model_copy(update={"chat": group, "sender": Sender(name=who)})


@pytest.fixture
def home(stack: Stack) -> Path:
    return write_plugin(stack.folder / "p", "order", ORDER)


@asynccontextmanager
async def ringing(stack: Stack, ahead: timedelta = timedelta(hours=2)) -> AsyncIterator[None]:
    """The relay's timers, by a clock on which every question is over."""
    settings = RelaySettings(
        kafka=stack.bootstrap, postgres=stack.dsn, topic_prefix=stack.prefix, log_json=False
    )
    late = asyncio.create_task(
        ring_timers(settings, clock=lambda: time.time() + ahead.total_seconds())
    )
    try:
        yield
    finally:
        await end({late})


async def test_a_question_is_answered_by_its_person_alone_and_holds_nobody(
    stack: Stack, home: Path
) -> None:
    write_plugin(stack.folder / "p", "heard", ANY, priority=200)
    said = [
        _said("g1", "Alice", "/order tea", 1),
        _said("g1", "Bob", "two", 2),
        _said("g1", "Alice", "three", 3),
        _said("g1", "Bob", "here", 4),
        _said("g1", "Alice", "home", 5),
        _said("g1", "Alice", "thanks", 6),
    ]
    async with working(stack, QUICK):
        await stack.produce(map(record, said))
        actions = await stack.wait_for_actions(lambda found: len(found) >= 7)
        runs = await stack.wait_for_records(stack.runs, 7)
    answers = texts(actions)
    number = answers[0].split()[1]
    assert [text for text in answers if text.startswith("tea")] == [
        f"tea {number} how many?",
        f"tea {number} three, and where to?",
        f"tea {number} three to home, 1",
    ]
    heard = [text for text in answers if text.startswith("heard")]
    assert heard == ["heard /order tea", "heard two", "heard here", "heard thanks"]
    told = [decode(entry.headers, entry.value) for entry in runs]
    last = [run for run in told if isinstance(run, PluginRun) and run.instance == "order"][-1]
    assert [call.name for call in last.calls] == ["number", "ask", "ask", "state"]
    assert len(last.actions) == 3
    replay = Replay(load((stack.folder / "p",)).instances)
    own = [run for run in told if isinstance(run, PluginRun) and run.instance == "order"]
    assert len(own) == 3
    for run in own:
        again = await replay.one(Recording(said[0], run))
        assert again.verdict == "same", "also where the run ends with a question"


async def test_a_word_cancels_and_time_runs_out_by_the_timer_alone(
    stack: Stack, home: Path
) -> None:
    async with working(stack, QUICK):
        await _say(stack, "c1", "/order tea", "取消", "later")
        await _say(stack, "c2", "/order milk")
        await stack.wait_for_actions(lambda found: len(found) >= 3)
        async with ringing(stack):
            await stack.wait_for_actions(lambda found: len(found) >= 4)
            await _say(stack, "c2", "/order rice", first=9)
            actions = await stack.wait_for_actions(lambda found: len(found) >= 6)
    assert len(actions) == 6, "nothing was produced twice"
    ends = [text.rpartition(": ")[2] for text in texts(actions)]
    assert sorted(ends) == [
        "cancelled",
        "how many?",
        "how many?",
        "how many?",
        "timeout",
        "timeout",
    ]


async def test_a_run_that_fails_behind_an_answer_is_told_it_again(stack: Stack, home: Path) -> None:
    (home / "wrong").touch()
    async with working(stack, QUICK):
        await _say(stack, "c1", "/order tea", "three")
        await stack.wait_for_records(stack.runs, 2)
        (home / "wrong").unlink()
        async with hastening(stack):
            await stack.wait_for_actions(lambda found: len(found) >= 2)
        await _say(stack, "c1", "home", first=3)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 3)
    assert texts(actions)[-1].endswith("three to home, 1")


async def test_a_retry_that_nothing_waits_behind_hears_its_answer_and_is_tried_again(
    stack: Stack,
) -> None:
    home = write_plugin(stack.folder / "p", "order", HASTY, ordering="none")
    async with working(stack, QUICK):
        await _say(stack, "c1", "/order tea")
        await stack.wait_for_records(stack.runs, 1)
        (home / "shop").touch()
        async with hastening(stack):
            await stack.wait_for_actions(lambda found: len(found) >= 1)
        await _say(stack, "c1", "three", first=2)
        await stack.wait_for_records(stack.runs, 3)
        (home / "till").touch()
        async with hastening(stack):
            actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
    assert texts(actions) == ["how many?", "three tea"]


async def test_a_plugin_that_asks_no_more_closes_the_question_and_says_so(
    stack: Stack, home: Path
) -> None:
    async with working(stack, QUICK):
        await _say(stack, "c1", "/order tea")
        await stack.wait_for_actions(lambda found: len(found) >= 1)
    file = home / "__init__.py"
    file.write_text(ORDER.replace('"number", item', '"price", item'))
    async with working(stack, QUICK):
        await _say(stack, "c1", "three", "/order milk", first=2)
        (dead,) = await stack.wait_for_records(stack.dlq, 1)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
    assert header(dead.headers, "x-event-id") == message("/order tea").event_id
    assert header(dead.headers, "x-error-kind") == "ask_outdated"
    assert texts(actions)[-1].startswith("milk")


async def test_a_question_of_a_plugin_that_is_gone_swallows_nothing_and_is_closed_in_time(
    stack: Stack, home: Path
) -> None:
    async with working(stack, QUICK):
        await _say(stack, "c1", "/order tea")
        await stack.wait_for_actions(lambda found: len(found) >= 1)
    shutil.rmtree(home)
    async with working(stack, QUICK):
        await _say(stack, "c1", "/echo three", first=2)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
        async with ringing(stack):
            (dead,) = await stack.wait_for_records(stack.dlq, 1)
    assert texts(actions)[-1] == "three"
    assert b"any more" in dict(dead.headers)["x-error-message"]
    assert dict(dead.headers)["x-error-kind"] == b"plugin_gone"


@pytest.mark.slow
@pytest.mark.parametrize(
    "place", ["worker.committed", "worker.produced", "ask.ended", "worker.marked"]
)
async def test_killed_between_question_and_answer_it_goes_on_once(
    stack: Stack, home: Path, place: str
) -> None:
    write_plugin(stack.folder / "p", "heard", ANY, priority=200)
    flag = stack.folder / "died"
    worker = stack.worker(
        plugins=str(stack.folder / "p"), failpoint=place, failpoint_flag=str(flag)
    )
    worker.start()
    await _say(stack, "c1", "/order tea", "three", "home", "/order milk", "two", "there")
    assert await worker.ended(30) == -9, worker.tail()
    worker.start()
    actions = await stack.wait_for_actions(lambda found: len({a.action_id for a in found}) >= 8)
    worker.kill()
    worker.start()
    await _say(stack, "c1", "thanks", first=9)
    actions = await stack.wait_for_actions(lambda found: len({a.action_id for a in found}) >= 9)
    assert await worker.stop() == 0
    by_id: dict[str, set[str]] = {}
    for action in actions:
        by_id.setdefault(action.action_id, set()).update(texts([action]))
    assert all(len(found) == 1 for found in by_id.values())
    answers = texts(actions)
    ends = [text.partition(": ")[2] for text in answers if text.startswith(("tea", "milk"))]
    assert ends == [
        "how many?",
        "three, and where to?",
        "three to home, 1",
        "how many?",
        "two, and where to?",
        "two to there, 2",
    ]
    heard = [text for text in answers if text.startswith("heard")]
    assert heard == ["heard /order tea", "heard /order milk", "heard thanks"]


class Nothing:
    """A store without questions."""

    async def end(self, turn_id: str, ending: object) -> None:
        return None


async def test_what_was_said_before_a_retry_asked_is_no_answer_when_it_is_read_again() -> None:
    asked: list[tuple[str, int]] = []

    async def end(topic: str, partition: int) -> int:
        asked.append((topic, partition))
        return 40

    questions = Questioning(
        "bot",
        Nothing(),  # type: ignore[arg-type]
        patience=Patience(Random(1)),
        now=lambda: AT,
        end=end,
    )
    first, older = message("/order tea", chat="c1", seq=1), message("three", chat="c1", seq=2)
    turn = Turn("t1", first.event_id, "order", 0, "bot.inbound.v1", 0, 10, ())
    asking = Asking(0, timedelta(hours=1), ())

    def came(topic: str, offset: int, event: MessageReceived, *more: tuple[str, bytes]) -> Delivery:
        one = record(event)
        return Delivery(topic, 0, offset, 0, one.key, one.value, [*one.headers, *more])

    retry = came("bot.due.v1", 3, first, ("x-instance", b"order"))
    assert await questions.resumed(retry, first, {"order"}, None) is None
    question, _ = await questions.asked(turn, retry, first, asking)
    assert asked == [("bot.inbound.v1", 0)]
    assert not is_answer(question, 39, older), "it was written before the question"
    assert is_answer(question, 40, older)
    # Run for what was read last, nothing else needs to be known: what follows it may answer.
    read = came("bot.inbound.v1", 10, first)
    assert await questions.resumed(read, first, {"order"}, None) is None
    question, _ = await questions.asked(turn, read, first, asking)
    assert len(asked) == 1
    assert is_answer(question, 11, older)


def _question(**more: object) -> Question:
    asking = Entry("e1", "in", 0, 5, 0, b"k", b"{}", ())
    whole = Question(
        "t1", "order", "e1", "k", "in", 0, 1, "Alice", (), Seen(5, "epoch", 5), asking, AT, AT
    )
    return replace(whole, **more)  # type: ignore[arg-type]


def test_only_what_was_said_later_by_that_person_answers() -> None:
    question = _question()
    assert is_answer(question, 9, _said("k", "Alice", "x", 6))
    assert not is_answer(question, 9, _said("k", "Bob", "x", 6))
    assert not is_answer(question, 9, _said("k", "Alice", "x", 4)), "an older one that came twice"
    own = _said("k", "Alice", "x", 6).model_copy(update={"event_id": "e1"})
    assert not is_answer(question, 9, own), "its own event, come again"
    uncounted = _said("k", "Alice", "x", 0)
    assert is_answer(question, 6, uncounted)
    assert not is_answer(question, 5, uncounted)
    assert is_answer(_question(person=None), 9, _said("k", "Bob", "x", 6))


@pytest.mark.parametrize("content", [SystemLine(text="对方拍了拍你"), Recalled(by="Bob")])
def test_what_wechat_itself_writes_is_nobody_s_answer(content: Content) -> None:
    line = _said("k", "", "", 6).model_copy(update={"content": content})
    assert not is_answer(_question(person=None), 9, line)


DROP = """
from plugins import on_command

@on_command("drop", permission="owner")
async def drop(ctx):
    yield ctx.reply("sure?")
    answer = await ctx.ask(within=3600)
    yield ctx.reply(f"dropped: {answer.text}")
"""


async def test_an_owner_s_run_does_not_go_on_by_a_word_that_nobody_knows_the_author_of(
    stack: Stack,
) -> None:
    write_plugin(stack.folder / "p", "drop", DROP)
    write_plugin(stack.folder / "p", "heard", ANY, priority=200)
    people = '[[people]]\nrole = "owner"\nchat = "boss"\n'
    (stack.folder / "p" / "roles.toml").write_text(people)
    unproven = message("yes, all", chat="boss", seq=2).model_copy(update={"gap_possible": True})
    async with working(stack, QUICK):
        await stack.produce([record(message("/drop", chat="boss", seq=1)), record(unproven)])
        await stack.produce([record(message("yes", chat="boss", seq=3))])
        actions = await stack.wait_for_actions(lambda found: len(found) >= 4)
    assert texts(actions) == ["sure?", "heard /drop", "heard yes, all", "dropped: yes"]

"""A text longer than a bubble is sent in parts, one after the other, each exactly once."""

import asyncio
import shutil
import signal
from pathlib import Path

import pytest

from schemas.receipt import State
from tests.agent.test_kills import process
from tests.agent.test_resolving import decide, last
from tests.fakes.phone_rig import Rig

LIMITS = {"part_characters": 100, "part_units": 200}
TEXT = "\n".join(str(number) * 80 for number in range(1, 4))
PARTS = ["(1/3)\n" + "1" * 80 + "\n", "(2/3)\n" + "2" * 80 + "\n", "(3/3)\n" + "3" * 80]


async def chat_with(rig: Rig) -> str:
    await rig.started(**LIMITS)
    rig.sim.receive("张三", "在吗")
    return await rig.chat_id("张三")


async def test_parts_come_in_order_before_what_was_asked_later(rig: Rig) -> None:
    chat = await chat_with(rig)

    long, short = await rig.ask(chat, TEXT), await rig.ask(chat, "短")
    end = await rig.end(long)

    assert (await rig.end(short)).detail is None
    assert rig.sent() == [*PARTS, "短"]
    assert (end.state, end.detail) == (State.SENT, "sent 3 of 3 parts")
    states = [one.state.value for one in await rig.receipts() if one.action_id == long]
    assert states == ["claimed", "opened", "typed", "intent", "tapped", "sent"]


async def test_a_part_that_fails_stops_the_rest_and_the_next_attempt_goes_on_there(
    rig: Rig,
) -> None:
    chat = await chat_with(rig)
    rig.sim.arm("tap_ignored", on="send_tap", after=1, times=4)

    end = await rig.end(await rig.ask(chat, TEXT, action_id="long"))
    await rig.end(await rig.ask(chat, "短"))
    assert (end.state, end.reason) == (State.NOT_SENT, "draft_still_there")
    assert (end.detail or "").startswith("sent 1 of 3 parts; ")
    assert rig.sent() == [PARTS[0], "短"]

    await rig.ask(chat, TEXT, action_id="long", attempt=2)
    await rig.end(await rig.ask(chat, "完"))

    assert rig.sent() == [PARTS[0], "短", *PARTS[1:], "完"]
    assert (await rig.entries())["long"].state is State.SENT


@pytest.mark.parametrize("knob", ["paste_twice", "input_truncated"])
async def test_a_part_that_the_field_mangles_is_typed_again_and_is_nobodys_draft(
    rig: Rig, knob: str
) -> None:
    chat = await chat_with(rig)
    rig.sim.arm(knob, after=1)

    end = await rig.end(await rig.ask(chat, TEXT))

    assert (end.state, end.draft_cleared) == (State.SENT, None)
    assert rig.sent() == PARTS


async def killed_at(rig: Rig, place: str, flag: Path) -> None:
    arms = {"failpoint": f"agent.{place}", "failpoint_flag": str(flag)}
    async with process(rig, **arms, **LIMITS) as running:
        assert await asyncio.wait_for(running.wait(), 20) == -signal.SIGKILL


async def killed_between(rig: Rig, place: str) -> str:
    """The chat, after an agent that died between the first part and the second."""
    rig.sim.receive("张三", "在吗")
    flag = rig.data.parent / "first"
    arms = {"failpoint": f"agent.{place}", "failpoint_flag": str(flag)}
    async with process(rig, **arms, **LIMITS) as running:
        chat = await rig.chat_id("张三")
        await rig.ask(chat, TEXT, action_id="long")
        assert await asyncio.wait_for(running.wait(), 20) == -signal.SIGKILL
    return chat


@pytest.mark.slow
@pytest.mark.parametrize("place", ["part_sent", "part_acked"])
async def test_killed_between_parts_it_goes_on_with_the_next(rig: Rig, place: str) -> None:
    await killed_between(rig, place)
    assert rig.sent() == PARTS[:1]

    await rig.started(part_characters=150)  # other limits do not cut it anew

    assert (await rig.end("long")).state is State.SENT
    assert rig.sent() == PARTS


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), [("part_sent", "tapped"), ("part_acked", "typed")])
async def test_empty_machines_go_on_where_the_ledger_says(
    rig: Rig, first: str, second: str
) -> None:
    await killed_between(rig, first)
    await asyncio.to_thread(shutil.rmtree, rig.data)
    await killed_at(rig, second, rig.data.parent / "second")
    await asyncio.to_thread(shutil.rmtree, rig.data)

    await rig.started(part_characters=150)

    assert (await rig.end("long", patience=30)).detail == "sent 3 of 3 parts"
    assert rig.sent() == PARTS


@pytest.mark.slow
async def test_an_undecided_part_holds_the_rest_until_a_person_has_seen_it(rig: Rig) -> None:
    await killed_between(rig, "part_acked")
    await killed_at(rig, "intent_acked", rig.data.parent / "second")

    def clear(fleet: object, phone: object) -> None:
        for one in phone.world.chats.values():  # type: ignore[attr-defined]
            phone.write_field(one, "")  # type: ignore[attr-defined]
        phone.press("nothing")  # type: ignore[attr-defined]  # draws the screen anew

    rig.sim.on_phone(clear)
    await rig.started(**LIMITS)

    end = await rig.end("long")
    assert end.state is State.UNKNOWN
    assert (end.detail or "").startswith("sent 1 of 3 parts; ")
    assert rig.sent() == PARTS[:1]
    await decide(rig, "long", end.chat_id, "sent", part=end.part)
    assert (await last(rig, "long", State.SENT)).detail == "sent 3 of 3 parts"
    assert rig.sent() == [PARTS[0], PARTS[2]]


@pytest.mark.parametrize("text", ["好", "长话短说。" * 200])
async def test_an_answer_to_a_row_taller_than_the_screen_is_seen_to_be_sent(
    rig: Rig, text: str
) -> None:
    """Not one row stood whole on the screen when it was sent."""
    await rig.started()
    rig.sim.receive("张三", "长话短说。" * 200)
    chat = await rig.chat_id("张三")

    first = await rig.end(await rig.ask(chat, text))
    second = await rig.end(await rig.ask(chat, "完"))

    assert (first.state, second.state) == (State.SENT, State.SENT)
    assert "".join(rig.sent()).count("长话短说") == text.count("长话短说")

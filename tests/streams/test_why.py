"""`hongyan why` tells what became of an event, from first sight to the last state."""

import asyncio
import json
import time
from typing import Any

from schemas.envelope import encode
from schemas.receipt import Receipt, State
from schemas.topics import RECEIPTS
from tests.fakes.failing_plugin import FailingPlugin
from tests.fakes.stack import Stack
from tests.fakes.wechat import AT, message
from tests.streams.test_parking import _parked, _say, working
from tests.streams.test_redrive import _hongyan, _letters, letters_of


async def _told(stack: Stack, name: str, *whats: str) -> list[dict[str, Any]]:
    """The steps of the story, once it has all of these."""
    deadline = time.monotonic() + 15
    while True:
        ran = await _hongyan_why(stack, name, "--json")
        found = json.loads(ran)[0]["steps"] if ran else []
        if {*whats} <= {step["what"] for step in found}:
            return list(found)
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.2)


async def _hongyan_why(stack: Stack, name: str, *more: str) -> str:
    ran = await _hongyan(stack, "why", name, *more)
    return ran.stdout


async def test_it_tells_answers_waits_and_deaths_step_by_step(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(bad="never", soon="transient")
    async with letters_of(stack) as letters, working(stack) as worker:
        await _say(stack, "c1", "/work good", "/work bad")
        await _say(stack, "c2", "/work soon", "/work later")
        (action,) = await stack.wait_for_actions(lambda found: len(found) >= 1)
        await _letters(letters, 1)
        await _parked(stack, worker, 2)
        sent = Receipt(
            action_id=action.action_id,
            channel="wechat",
            account="default",
            chat_id="c1",
            state=State.FAILED,
            at=AT.replace(year=2027),
            reason="ambiguous_recipient",
        )
        record = encode(sent, id="r1", source="test", time=sent.at)
        await stack.produce([record], RECEIPTS.name(stack.prefix))
        good = await _told(stack, action.action_id, "seen", "produced", "ran", "asked", "state")
        assert good[0]["what"] == "seen"
        assert good[-1]["state"] == "failed"
        assert good[-1]["why"] == "ambiguous_recipient"
        by_event = message("/work bad", seq=2).event_id
        bad = await _told(stack, by_event[:13], "failed", "died")
        assert "no such thing" in bad[-1]["error"]
        soon = await _told(stack, message("/work soon", chat="c2").event_id, "failed", "waits")
        assert (soon[-1]["what"], soon[-1]["attempt"], soon[-1]["tier"]) == ("waits", "2", "5s")
        later = await _told(stack, message("/work later", chat="c2", seq=2).event_id, "lined_up")
        assert later[-1]["head"] == message("/work soon", chat="c2").event_id
        shown = await _hongyan_why(stack, by_event)
        assert "dead letter" in shown
        trace = shown.splitlines()[0].split()[1]
        assert trace == "0af7651916cd43dd8448eb211c80319c", "the trace that the event came with"
        assert by_event in await _hongyan_why(stack, trace)
        nothing = await _hongyan(stack, "why", "ffffffff-ffff")
    assert nothing.returncode == 1
    assert "Nothing is known of ffffffff-ffff" in nothing.stderr

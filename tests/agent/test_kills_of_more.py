"""The agent is killed on the way of a picture, of a call and of a quote; truth shows each once."""

import asyncio
import contextlib
import signal

import pytest

from schemas.content import Image
from schemas.receipt import State
from tests.agent.test_kills import process
from tests.fakes.phone_rig import Rig, until

pytestmark = pytest.mark.slow  # kills
PLACES = ("pushed", "asked", "intent_stored", "intent_acked", "tapped", "verified")


@pytest.mark.parametrize("place", PLACES)
async def test_a_picture_whose_agent_is_killed_is_sent_once(rig: Rig, place: str) -> None:
    flag = rig.data.parent / "died"
    rig.sim.receive("张三", "在吗")
    picture = Image(media=await rig.store.put(b"\xff\xd8\xff picture", mime="image/jpeg"))
    arms = {"failpoint": f"agent.{place}", "failpoint_flag": str(flag)}

    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(process(rig, **arms))
        chat = await rig.chat_id("张三")
        action_id = await rig.ask(chat, "", content=picture)
        assert await asyncio.wait_for(running.wait(), 20) == -signal.SIGKILL
        second = await stack.enter_async_context(process(rig, **arms))
        end = await rig.end(action_id)
        last = await rig.end(await rig.ask(chat, "下一句"))
        second.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(second.wait(), 6) == 0

    assert [one["kind"] for one in rig.sim.truth()["sent"]] == ["image", "text"]
    assert (end.state, last.state) == (State.SENT, State.SENT)


@pytest.mark.parametrize("place", ["quoted", "called", "intent_acked", "tapped"])
async def test_a_quote_with_a_call_whose_agent_is_killed_is_sent_once(rig: Rig, place: str) -> None:
    flag = rig.data.parent / "died"
    rig.sim.add_chat("项目组", "group", members=["王芳", "李雷"])
    message = rig.sim.receive("项目组", "几点？", sender="王芳")
    arms = {"failpoint": f"agent.{place}", "failpoint_flag": str(flag)}

    async def first_event() -> str:
        return next((one.event_id for one in await rig.messages()), "")

    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(process(rig, **arms))
        chat = await rig.chat_id("项目组")
        event = await until(first_event, "the question")
        action_id = await rig.ask(chat, "@王芳 四点", mentions=("王芳",), quote=event)
        assert await asyncio.wait_for(running.wait(), 20) == -signal.SIGKILL
        await stack.enter_async_context(process(rig, **arms))
        end = await rig.end(action_id)

    sent = rig.sim.truth()["sent"]
    assert [(one["text"], one.get("mentions"), one.get("quote")) for one in sent] == [
        ("@王芳\u2005四点", ["王芳"], message)
    ]
    assert (end.state, end.detail, end.draft_cleared) == (State.SENT, None, None)

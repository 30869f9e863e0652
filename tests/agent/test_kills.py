"""The agent's process is killed at each named place; truth shows exactly one bubble after it."""

import asyncio
import contextlib
import json
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schemas.receipt import State
from tests.fakes.phone_rig import Rig, until

PLACES = (
    "spooled", "produced", "tail_written", "claimed", "opened", "typed", "intent_stored",
    "intent_acked", "tapped", "verified", "outcome_acked", "receipted", "committed",
)  # fmt: skip
pytestmark = pytest.mark.slow  # kills
ROOT = Path(__file__).parents[2]
_PROGRAM = (
    "import sys; from connectors.settings import AgentSettings; from device_agent.main import run;"
    "run(AgentSettings.model_validate_json(sys.argv[1]))"
)


async def begin(rig: Rig, **changes: object) -> asyncio.subprocess.Process:
    settings = json.loads(rig.settings().model_dump_json()) | changes
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _PROGRAM,
        json.dumps(settings),
        cwd=ROOT,
        stderr=asyncio.subprocess.DEVNULL,
    )


@contextlib.asynccontextmanager
async def process(rig: Rig, **changes: object) -> AsyncIterator[asyncio.subprocess.Process]:
    running = await begin(rig, **changes)
    try:
        yield running
    finally:
        if running.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                running.kill()
        await running.wait()


@pytest.mark.parametrize("place", PLACES)
async def test_killed_anywhere_it_still_sends_once_and_reads_once(rig: Rig, place: str) -> None:
    flag = rig.data.parent / "died"
    rig.sim.receive("张三", "在吗")
    arms = {"failpoint": f"agent.{place}", "failpoint_flag": str(flag)}

    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(process(rig, **arms))
        if place in {"spooled", "produced", "tail_written"}:
            assert await asyncio.wait_for(running.wait(), 20) == -signal.SIGKILL
            running = await stack.enter_async_context(process(rig, **arms))
        chat = await rig.chat_id("张三")
        action_id = await rig.ask(chat, "收到")
        if not flag.exists():
            assert await asyncio.wait_for(running.wait(), 20) == -signal.SIGKILL
    assert flag.exists()
    async with process(rig, **arms) as second:
        end = await rig.end(action_id)
        last = await rig.end(await rig.ask(chat, "下一句"))
        second.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(second.wait(), 6) == 0

    assert rig.sent() == ["收到", "下一句"]
    assert (end.state, last.state) == (State.SENT, State.SENT)
    assert await rig.texts() == [("张三", "在吗")]


@pytest.mark.parametrize("place", ["intent_acked", "tapped"])
async def test_a_new_machine_reconciles_the_intent_it_finds_in_the_ledger(
    rig: Rig, place: str
) -> None:
    rig.sim.receive("张三", "在吗")
    flag = rig.data.parent / "died"
    async with process(rig, failpoint=f"agent.{place}", failpoint_flag=str(flag)) as first:
        chat = await rig.chat_id("张三")
        action_id = await rig.ask(chat, "收到")
        assert await asyncio.wait_for(first.wait(), 20) == -signal.SIGKILL
    await asyncio.to_thread(shutil.rmtree, rig.data)
    await rig.start()

    end = await rig.end(action_id, patience=30)

    assert (end.state, rig.sent()) == (State.SENT, ["收到"])
    assert await rig.texts() == [("张三", "在吗")]


async def test_a_second_agent_on_the_same_folder_stops_with_a_sentence(rig: Rig) -> None:
    await rig.started()

    async with process(rig) as second:
        assert await asyncio.wait_for(second.wait(), 10) == 1


async def test_a_folder_that_cannot_be_written_stops_with_a_sentence(rig: Rig) -> None:
    in_the_way = rig.data.parent / "file"
    in_the_way.write_text("")

    async with process(rig, data=str(in_the_way)) as agent:
        assert await asyncio.wait_for(agent.wait(), 10) == 1


async def test_another_holder_is_waited_for_until_its_lease_ends(rig: Rig) -> None:
    clock = int(rig.sim.on_phone(lambda fleet, phone: phone.clock.now()).timestamp())
    lease = f"token other:/elsewhere {clock + 3}\n"
    rig.sim.on_phone(
        lambda fleet, phone: phone.files.write("/data/local/tmp/hongyan.lease", lease.encode())
    )
    await rig.start()

    async def waiting() -> bool:
        state = await rig.device()
        return state is not None and state.health == "waiting" and "lease" in (state.reason or "")

    async def ready() -> bool:
        state = await rig.device()
        return state is not None and state.health == "ready"

    await until(waiting, "waiting for the lease")
    await until(ready, "ready")


async def test_what_came_into_an_empty_chat_is_news_for_the_next_machine_too(rig: Rig) -> None:
    """It was read and held nothing; then two messages were opened, and not one was produced."""
    flag = rig.data.parent / "died"
    rig.sim.add_chat("静音群", "group", members=["甲", "乙"], muted=True)
    arms = {"failpoint": "agent.spooled", "failpoint_flag": str(flag)}
    async with process(rig, **arms) as first:
        chat = await rig.chat_id("静音群")

        async def told() -> bool:
            tails = await rig.tails()
            return chat in tails and tails[chat].whole

        await until(told, "the news that it is empty")
        for text in ("一", "二"):
            rig.sim.receive("静音群", text, sender="甲")
        assert await asyncio.wait_for(first.wait(), 20) == -signal.SIGKILL
    await asyncio.to_thread(shutil.rmtree, rig.data)
    rig.sim.receive("静音群", "三", sender="乙")

    await rig.started()

    async def heard() -> bool:
        return "三" in [text for _, text in await rig.texts()]

    await until(heard, "the last message")
    read = [m for m in await rig.messages() if m.content.kind == "text"]
    assert [(m.content.text, m.historical, m.chat.chat_id) for m in read] == [
        ("一", False, chat), ("二", False, chat), ("三", False, chat),
    ]  # fmt: skip

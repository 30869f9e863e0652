"""What the agent costs while nothing happens, and how it waits for what is away."""

import asyncio

from schemas import topics
from schemas.phone import DeviceState
from schemas.receipt import State
from tests.fakes.phone_rig import Rig, until
from tests.fixtures.live_server import LiveBroker


async def resting(rig: Rig) -> None:
    async def home() -> bool:
        return not rig.sim.on_phone(lambda fleet, phone: phone.stage.wechat_front)

    await until(home, "the launcher")


async def test_a_resting_phone_notices_a_message_and_a_muted_one_by_the_sweep(rig: Rig) -> None:
    rig.sim.add_chat("静音群", "group", members=["甲"], muted=True)
    await rig.started()
    await resting(rig)
    rig.sim.receive("张三", "在吗")
    rig.sim.receive("静音群", "悄悄说", sender="甲")

    async def both() -> bool:
        return len(await rig.texts()) == 2

    await until(both, "both messages")
    assert set(await rig.texts()) == {("张三", "在吗"), ("静音群", "悄悄说")}


async def test_without_a_broker_reading_goes_on_and_nothing_is_tapped(
    rig: Rig, broker: LiveBroker
) -> None:
    await rig.started()
    rig.sim.receive("张三", "在吗")
    chat = await rig.chat_id("张三")
    await rig.end(await rig.ask(chat, "在"))
    await asyncio.to_thread(broker.kill)
    try:
        rig.sim.receive("张三", "断了")

        async def read() -> bool:
            truth = rig.sim.truth()
            return any(entry["unread"] for entry in truth["opened"][1:])

        await until(read, "the chat opened without a broker")
    finally:
        await asyncio.to_thread(broker.restart)
    end = await rig.end(await rig.ask(chat, "回来了"), patience=40)

    assert end.state is State.SENT
    assert rig.sent() == ["在", "回来了"]

    async def all_in() -> bool:
        return len(await rig.texts()) == 2

    await until(all_in, "what was read meanwhile")


async def test_a_phone_that_is_not_there_is_waited_for_with_its_reason(rig: Rig) -> None:
    await rig.start(serial="NOT-HERE")

    async def waiting() -> bool:
        state = await rig.device()
        return state is not None and state.health == "waiting" and "NOT-HERE" in str(state.reason)

    await until(waiting, "the reason")
    rig.sim.add_phone("NOT-HERE")

    async def ready() -> bool:
        state = await rig.device()
        return state is not None and state.health == "ready"

    await until(ready, "ready")


async def test_no_adb_server_is_said_and_none_is_started(rig: Rig) -> None:
    await rig.start(adb="127.0.0.1:1")

    async def waiting() -> bool:
        state = await rig.device()
        return state is not None and "no adb server at 127.0.0.1:1" in str(state.reason)

    await until(waiting, "the reason")


async def test_a_wechat_that_is_updated_under_the_agent_is_looked_at_anew(rig: Rig) -> None:
    rig.sim.receive("老王", "在吗")
    await rig.started()
    rig.sim.patch_device(layout_seed=12, wechat_version="9.9.9")
    rig.sim.receive("老王", "更新了吗")

    async def told() -> bool:
        state = await rig.device()
        return state is not None and state.wechat_version == "9.9.9"

    await until(told, "the new version")
    states = [
        one.reason for one in await rig.records(topics.DEVICES) if isinstance(one, DeviceState)
    ]
    assert not [reason for reason in states if "老王" in (reason or "")]


async def test_an_unknown_wechat_version_is_read_and_never_written_to(rig: Rig) -> None:
    """Its layout only stands in for the newest one we know: a field may be another field."""
    rig.sim.patch_device(wechat_version="9.9.9")
    await rig.started()
    rig.sim.receive("张三", "在吗")
    chat = await rig.chat_id("张三")
    await rig.ask(chat, "在")

    async def said() -> bool:
        states = await rig.records(topics.DEVICES)
        return any("reading only" in (getattr(state, "reason", None) or "") for state in states)

    async def known() -> bool:
        return await rig.texts() == [("张三", "在吗")]

    await until(said, "the device state that says so")
    await until(known, "the message")
    await resting(rig)
    assert rig.sim.truth()["sent"] == []
    assert rig.sim.truth()["drafts"] == {}

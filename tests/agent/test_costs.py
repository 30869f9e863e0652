"""What the phone is asked, counted by the simulated phone at transition time 0.

The tap that sends is a shell command and counts as a call. A burst's cost includes the visits that
settle it and the way back to the launcher.
"""

import asyncio
import itertools
import time

from schemas.receipt import State
from tests.fakes.call_log import DUMP, TAP, CallLog
from tests.fakes.phone_rig import Rig, until


async def at_rest(rig: Rig) -> None:
    """The agent went back to the launcher."""

    async def ask() -> bool:
        return not rig.sim.on_phone(lambda fleet, phone: phone.stage.wechat_front)

    await until(ask, "the launcher")


async def quiet(rig: Rig) -> str:
    """The id of a chat that was read, with the phone at rest."""
    rig.sim.receive("张三", "在吗")
    await rig.started()
    chat = await rig.chat_id("张三")
    assert (await rig.end(await rig.ask(chat, "在"))).state is State.SENT
    await at_rest(rig)
    return chat


async def test_a_verified_send_costs_9_calls_from_the_list_and_5_in_the_open_chat(
    rig: Rig,
) -> None:
    chat = await quiet(rig)
    log = CallLog(rig.sim)

    names = await asyncio.gather(*(rig.ask(chat, f"第{number}条") for number in range(4)))
    ends = [await rig.end(name) for name in names]

    assert {end.state for end in ends} == {State.SENT}
    asked = log.asked
    taps = [number for number, call in enumerate(asked) if call == TAP]
    assert len(taps) == 4
    verified = asked.index(DUMP, taps[0])
    opened = asked.index("click")
    seen = max(n for n, call in enumerate(asked[:opened]) if call == DUMP)  # the list
    assert verified - seen + 1 <= 9, asked[seen : verified + 1]
    # All that waits when the chat is open follows tap upon tap.
    steps = [asked[a + 1 : b + 1] for a, b in itertools.pairwise(taps)]
    in_the_chat = [step for step in steps if "pressKey" not in step]
    assert in_the_chat
    assert all(len(step) <= 5 for step in in_the_chat), in_the_chat


async def test_a_burst_of_ten_costs_at_most_4_calls_and_1_shell_a_message(rig: Rig) -> None:
    await quiet(rig)
    log = CallLog(rig.sim)

    for number in range(10):
        rig.sim.receive("李四", f"第{number}条")

    async def read() -> bool:
        return sum(title == "李四" for title, _ in await rig.texts()) == 10

    await until(read, "ten messages")
    await at_rest(rig)
    assert len(log.asked) <= 4 * 10, log.asked
    assert log.calls.count("shell") <= 1 * 10


async def test_an_idle_phone_is_asked_a_shell_a_second_and_a_dump_in_ten(rig: Rig) -> None:
    await quiet(rig)
    log = CallLog(rig.sim)
    began = time.monotonic()

    async def swept() -> bool:
        return "pressKey" in log.calls  # back at the launcher, after the list's turn

    await until(swept, "a sweep", patience=30)
    seconds = time.monotonic() - began
    calls = log.calls
    assert calls.count("shell") <= seconds + 1, calls
    assert calls.count(DUMP) <= max(1, seconds / 10), calls


async def test_twenty_chats_with_bursts_of_fifteen_lose_nothing_and_double_nothing(
    rig: Rig,
) -> None:
    await rig.started()
    titles = [f"朋友{number:02}" for number in range(20)]

    for number in range(15):
        for title in titles:
            rig.sim.receive(title, f"{title} 第{number}条")
        await asyncio.sleep(0)

    wanted = {(title, f"{title} 第{number}条") for title in titles for number in range(15)}

    async def read() -> bool:
        return len(await rig.texts()) >= len(wanted)

    await until(read, "all 300", patience=50)
    await at_rest(rig)
    texts = await rig.texts()
    assert len(texts) == len(wanted)
    assert set(texts) == wanted
    assert not [m for m in await rig.messages() if m.gap_possible]
    for title in titles:
        assert [text for t, text in texts if t == title] == [
            f"{title} 第{number}条" for number in range(15)
        ]

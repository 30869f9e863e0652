"""What ails the phone is said by name, and it works again as soon as the cause is gone."""

import math
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from device_agent.covers import TABLE
from device_agent.silence import Silence
from device_agent.sim.cable import ABSENT
from device_agent.sim.harness import Simulator
from device_agent.watchdog import MOST, Watchdog
from schemas import topics
from schemas.phone import DeviceState
from tests.fakes.phone_rig import Rig, until
from tests.fixtures.live_server import LiveBroker

TROUBLES = {
    "usb_unplug": "unplugged",
    "adb_offline": "offline",
    "adb_unauthorized": "unauthorized",
    "adb_server_down": "no_adb_server",
    "logged_out": "logged_out",
    "account_restricted": "account_restricted",
    "incoming_call": "call",
    "tree_hidden": "tree_hidden",
    "dump_single_node": "server_stale",
}


PAGES = sorted((Path(__file__).parents[2] / "docs/operate").glob("phone-health*.md"))
SAID_BY_THE_AGENT = {
    "broker_away",
    "lease",
    "unknown_version",
    "too_frequent",
    "quiet",
    "input_denied",
    "stopped",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_for_people_has_every_trouble(page: Path) -> None:
    covers = {kind.name for kind in TABLE} | {"locked", "lock_screen"}
    others = {"unplugged", "stuck", "no_adb_server", "offline", "unauthorized", "tree_hidden"}
    codes = covers | others | SAID_BY_THE_AGENT | {"server_stale"}
    told = set(re.findall(r"`([a-z_]+)`", page.read_text()))

    assert codes - told == set()
    assert len(PAGES) == 2


async def said(rig: Rig, health: str, trouble: str | None = None) -> DeviceState:
    async def ask() -> DeviceState | None:
        state = await rig.device()
        return state if state and (state.health, state.trouble) == (health, trouble) else None

    found = await until(ask, f"{health} {trouble or ''}", patience=30)
    assert found is not None
    return found


async def history(rig: Rig) -> list[DeviceState]:
    return [one for one in await rig.records(topics.DEVICES) if isinstance(one, DeviceState)]


async def test_each_trouble_is_named_and_over_when_its_cause_is(rig: Rig) -> None:
    await rig.started(pictures=False)
    for knob, trouble in TROUBLES.items():
        await said(rig, "ready")
        before = len(await history(rig))
        rig.sim.arm(knob, for_s=0.7)

        async def named(trouble: str = trouble, before: int = before) -> bool:
            return trouble in {one.trouble for one in (await history(rig))[before:]}

        # A phone at rest looks at WeChat when something comes, or every ten seconds.
        rig.sim.receive("张三", knob)
        await until(named, f"{knob} is said to be {trouble}", patience=15)
    await said(rig, "ready")

    async def read() -> bool:
        return {knob for _, knob in await rig.texts()} == set(TROUBLES)

    await until(read, "what came meanwhile")


async def test_what_is_left_to_a_person_is_shown(rig: Rig, tmp_path: Path) -> None:
    await rig.started(media=str(tmp_path / "media"))
    rig.sim.arm("logged_out")
    rig.sim.receive("张三", "在吗")

    async def shown() -> DeviceState | None:
        state = await rig.device()
        return state if state and state.screenshot else None

    state = await until(shown, "a picture of the log-in page")
    assert state is not None
    assert state.trouble == "logged_out"


async def test_a_phone_that_is_plugged_in_again_is_back_at_once(rig: Rig) -> None:
    await rig.started()
    rig.sim.on_phone(lambda fleet, phone: phone.unplug(math.inf))
    state = await said(rig, "waiting", "unplugged")
    assert rig.sim.serial in (state.reason or "")

    rig.sim.on_phone(lambda fleet, phone: phone.cable.mend())

    async def back() -> bool:
        state = await rig.device()
        return state is not None and state.health != "waiting"

    await until(back, "a phone that is heard of, not asked for", patience=3)


@pytest.fixture
async def wireless(broker: LiveBroker, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Rig]:
    with Simulator(serial="127.0.0.1:5555") as sim:
        rig = Rig(sim, broker.bootstrap, topic_prefix, tmp_path / "agent")
        await rig.prepare()
        try:
            yield rig
        finally:
            await rig.close()


@pytest.mark.parametrize("state", [ABSENT, "offline"])
async def test_a_wireless_phone_that_went_is_called_back(wireless: Rig, state: str) -> None:
    await wireless.started()

    wireless.sim.on_phone(lambda fleet, phone: phone.cable.cut(state, math.inf))

    wireless.sim.receive("张三", "在吗")
    await until(wireless.texts, "a message from the phone that was called back")
    assert wireless.sim.on_phone(lambda fleet, phone: phone.cable.present)


async def test_the_last_word_is_that_the_agent_stopped(rig: Rig) -> None:
    await rig.started()
    await said(rig, "ready")

    await rig.stop()

    assert (await said(rig, "stopped")).reason == "the agent was stopped"


async def test_a_silence_is_said_and_ends_with_the_next_message(rig: Rig) -> None:
    await rig.started(quiet_alert_seconds=1.5)

    state = await said(rig, "ready", "quiet")
    assert "nothing has come in for 0:00:01" in (state.reason or "")
    rig.sim.receive("张三", "在吗")

    await said(rig, "ready")


def test_silence_counts_from_the_last_event_while_the_phone_works() -> None:
    clock, number = [0.0], [7]
    silence = Silence(10, lambda: number[0], lambda: clock[0])

    clock[0] = 9.0
    assert silence.words() is None
    clock[0] = 11.0
    assert silence.words() is not None
    silence.broken()
    assert silence.words() is None
    clock[0], number[0] = 30.0, 8
    assert silence.words() is None
    assert Silence(0, lambda: 0, lambda: clock[0]).words() is None


def test_only_dumps_in_a_row_without_nodes_are_the_servers_fault() -> None:
    watchdog = Watchdog()
    full, thin = "<node/>" * 9, "<node/>"

    assert not any(watchdog.blind(xml) for xml in [thin, thin, full, thin, thin])
    assert watchdog.blind(thin)
    fired = [number for number in range(1, 30) if watchdog.blind("")]
    assert fired == [2 * MOST, 6 * MOST]  # it did not help: ever more seldom
    assert not watchdog.blind(full)
    assert [watchdog.blind("") for _ in range(MOST)] == [False, False, True]

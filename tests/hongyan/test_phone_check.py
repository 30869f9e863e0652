"""`hongyan doctor --phone` says what a phone lacks, with each fix in both languages."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from device_agent.sim.harness import Simulator
from hongyan.cli import cli
from hongyan.phone_check import examine_settings, judge_attached

GOOD = {
    "input keyevent 0": "",
    "settings get global window_animation_scale": "0\n",
    "settings get global transition_animation_scale": "0.0\n",
    "settings get global animator_duration_scale": "0\n",
    "settings get global stay_on_while_plugged_in": "3\n",
    "settings get secure default_input_method": "com.sohu.inputmethod.sogou/.SogouIME\n",
    "dumpsys package com.tencent.mm": "    versionName=8.0.60\n",
    "getprop persist.sys.locale": "zh-CN\n",
}


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator() as sim:
        yield sim


async def asked(*words: str, language: str = "en") -> Result:
    runner = CliRunner(env={"HONGYAN_LANGUAGE": language})
    return await asyncio.to_thread(runner.invoke, cli, ["doctor", *words])


def test_a_phone_that_is_ready_lacks_nothing() -> None:
    assert all(one.ok for one in examine_settings(lambda command: GOOD[command]))


def test_a_phone_whose_language_nobody_chose_has_that_it_was_sold_with() -> None:
    sold = GOOD | {"getprop persist.sys.locale": "\n", "getprop ro.product.locale": "zh-CN\n"}
    assert all(one.ok for one in examine_settings(lambda command: sold[command]))


@pytest.mark.parametrize(
    ("command", "said", "name", "words"),
    [
        ("input keyevent 0", "SecurityException: INJECT_EVENTS", "touches", "Security settings"),
        (
            "settings get global animator_duration_scale",
            "null",
            "animations",
            "adb shell settings put global animator_duration_scale 0",
        ),
        ("settings get global stay_on_while_plugged_in", "0", "stay awake", "不锁定屏幕"),
        ("settings get secure default_input_method", "null", "input method", "输入法"),
        ("dumpsys package com.tencent.mm", "", "WeChat", "请安装微信并登录"),
        ("dumpsys package com.tencent.mm", "versionName=9.9.9", "layout", "只读不发"),
        ("getprop persist.sys.locale", "ja-JP", "language", "Chinese or English"),
    ],
)
def test_each_thing_that_lacks_has_its_fix(command: str, said: str, name: str, words: str) -> None:
    findings = list(examine_settings(lambda asked: (GOOD | {command: said})[asked]))
    wrong = [one for one in findings if not one.ok]

    assert [one.name for one in wrong] == [name]
    assert words in wrong[0].remedy
    english, chinese = wrong[0].remedy.splitlines()[:2]
    assert english.isascii()
    assert not chinese.isascii()


@pytest.mark.parametrize(
    ("states", "serial", "found"),
    [
        ({"A": "device"}, "A", "A: device"),
        ({"A": "unauthorized"}, "A", "A: unauthorized"),
        ({"A": "device"}, "B", "B: not attached"),
        ({"A": "device", "B": "device"}, None, "2 phones: A, B"),
        ({}, None, "0 phones: none"),
    ],
)
def test_which_phone_is_meant_is_said(
    states: dict[str, str], serial: str | None, found: str
) -> None:
    judged = judge_attached(states, serial)

    assert judged.found == found
    assert judged.ok == (found == "A: device")
    assert judged.ok or judged.remedy


async def test_a_real_client_asks_the_simulated_phone(sim: Simulator) -> None:
    shown = await asked("--phone", sim.serial, "--adb", sim.adb)

    assert shown.exit_code == 1, shown.output
    assert f"✓ phone                {sim.serial}: device" in shown.output
    assert "✓ touches              allowed" in shown.output
    assert "✗ animations" in shown.output  # as a phone is when it is bought
    assert "✓ WeChat" in shown.output
    chinese = await asked("--phone", "--adb", sim.adb, language="zh")
    assert chinese.output.index("动画缩放") < chinese.output.index("animation scales")
    for name in ("window_animation_scale", "transition_animation_scale"):
        sim.on_phone(lambda _, phone, name=name: phone.settings.update({f"global {name}": "0"}))
    await asyncio.to_thread(
        sim.on_phone,
        lambda _, phone: phone.settings.update(
            {"global animator_duration_scale": "0", "global stay_on_while_plugged_in": "3"}
        ),
    )
    mended = json.loads((await asked("--phone", "--adb", sim.adb, "--json")).stdout)
    assert mended["ok"], mended


async def test_no_adb_server_is_said_and_none_is_started() -> None:
    shown = await asked("--phone", "--adb", "127.0.0.1:1")

    assert shown.exit_code == 1
    assert "nothing answers at 127.0.0.1:1" in shown.output
    assert "adb start-server" in shown.output

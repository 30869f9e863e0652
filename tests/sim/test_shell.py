"""The phone's shell, through adbutils."""

import re
import time
from datetime import datetime
from pathlib import Path

import pytest
import uiautomator2 as u2
from lxml import etree

from device_agent.sim.harness import Simulator
from tests.fakes.adb_line import client_of

LEASE = "/data/local/tmp/hongyan.lease"
GUARDED = (
    f'[ "$(cat {LEASE} 2>/dev/null)" = "TOKEN" ] && input tap 980 2300 '
    "&& echo tapped || echo refused"
)


@pytest.mark.parametrize(
    ("line", "output", "status"),
    [
        ("echo a  b; echo 'c  d'", "a b\nc  d\n", 0),
        ("false && echo no || echo yes", "yes\n", 0),
        ("true && echo yes || echo no", "yes\n", 0),
        ("echo \"x $(echo in 'ner') y\"", "x in ner y\n", 0),
        ("[ a = a ] && [ a != b ] && test -n x && echo ok", "ok\n", 0),
        ("[ -f /data/local/tmp/none ]", "", 1),
        ("printf '%s-%s\\n' a b", "a-b\n", 0),
        ("A=5; echo ${A}$A", "55\n", 0),
        ("cat /none 2>/dev/null; echo $?", "1\n", 0),
        ("echo one > /data/local/tmp/f; echo two >> /data/local/tmp/f; cat /data/local/tmp/f",
         "one\ntwo\n", 0),
        ("echo x > /sdcard/a; mv /sdcard/a /sdcard/b && cat /sdcard/b; ls /sdcard | grep -c '^a$'",
         "x\n0\n", 1),
        ("cat /none; echo after", "cat: /none: No such file or directory\nafter\n", 0),
        ("cat /none 2>&1 | grep -c none", "1\n", 0),
        ("mkdir /sdcard/d && ls -d /sdcard/d; mkdir /sdcard/d 2>/dev/null || echo again",
         "/sdcard/d\nagain\n", 0),
        ("printf abc | toybox md5sum /dev/null | head -1",
         "d41d8cd98f00b204e9800998ecf8427e  /dev/null\n", 0),
        ("! false && echo inverted", "inverted\n", 0),
        ("nosuchthing 2>/dev/null", "", 127),
        ("cd /sdcard/Download && echo in > x.txt; pwd; cat x.txt ../Download/x.txt; ls",
         "/sdcard/Download\nin\nin\nx.txt\n", 0),
        ("echo $(cd /system; pwd); pwd", "/system\n/\n", 0),
        ("cd /none", "/system/bin/sh: cd: /none: No such file or directory\n", 2),
    ],
)  # fmt: skip
def test_a_line_runs_as_on_a_phone(device: u2.Device, line: str, output: str, status: int) -> None:
    result = device.shell(line)

    assert (result.output, result.exit_code) == (output, status)


def test_version_two_keeps_the_streams_apart(device: u2.Device) -> None:
    result = device.adb_device.shell2("echo out; cat /none; test a = b", v2=True)

    assert result.stdout == "out\n"
    assert "No such file" in result.stderr
    assert result.returncode == 1


@pytest.mark.parametrize("line", ["echo 'open", 'echo "open', "echo $(open", "&& x", "cat <"])
def test_an_unreadable_line_is_an_error_and_the_phone_goes_on(device: u2.Device, line: str) -> None:
    result = device.adb_device.shell2(line, v2=True)

    assert result.returncode != 0
    assert device.shell("echo on").output == "on\n"


def test_the_guarded_tap_taps_only_with_its_token(device: u2.Device, simulator: Simulator) -> None:
    chat = simulator.add_chat("小王")
    device.app_start("com.tencent.mm")
    device(text="小王").click()
    device(resourceId="com.tencent.mm:id/bkk").set_text("你好")

    assert device.shell(GUARDED).output == "refused\n"
    device.shell(f"echo OTHER > {LEASE}")
    assert device.shell(GUARDED).output == "refused\n"
    assert simulator.truth()["sent"] == []
    device.shell(f"echo TOKEN > {LEASE}.new && mv {LEASE}.new {LEASE}")
    assert device.shell(GUARDED).output == "tapped\n"
    assert [one["chat_id"] for one in simulator.truth()["sent"]] == [chat]


def test_the_date_is_the_simulated_clocks(device: u2.Device, simulator: Simulator) -> None:
    before = int(device.shell("date +%s").output)
    simulator.set_clock(advance_s=86400)

    assert 86400 <= int(device.shell("date +%s").output) - before < 86410
    shown = device.shell("date '+%Y-%m-%d %H:%M:%S'").output.strip()
    assert datetime.strptime(shown, "%Y-%m-%d %H:%M:%S").tzinfo is None  # noqa: DTZ007
    simulator.set_clock(speed=0)
    assert device.shell("date +%s%N").output == device.shell("date +%s%N").output


def test_notifications_follow_wechats_rules(device: u2.Device, simulator: Simulator) -> None:
    group = simulator.add_chat("项目组", "group", members=["老李"])
    simulator.add_chat("静音", "group", members=["老李"], muted=True)
    simulator.receive("小王", "第一")
    simulator.receive("小王", "第二")
    simulator.receive("项目组", "开会", sender="老李")
    simulator.receive("静音", "听不到", sender="老李")

    text = device.shell("dumpsys notification --noredact").output

    assert re.findall(r"android\.title=String \((.*)\)", text) == ["项目组", "小王"]
    assert re.findall(r"android\.text=String \((.*)\)", text) == ["老李: 开会", "[2条]小王: 第二"]
    assert "第二" not in device.shell("dumpsys notification").output
    name = simulator.on_phone(lambda _, phone: phone.world.chat(group).name)
    wanted = 0
    for char in name:
        wanted = (31 * wanted + ord(char)) & 0xFFFFFFFF
    wanted -= (wanted >> 31) << 32
    assert f"0|com.tencent.mm|{wanted}|null|" in text
    device.app_start("com.tencent.mm")
    simulator.receive("小王", "第三")
    assert "第三" not in device.shell("dumpsys notification --noredact").output
    device(text="小王").click()
    assert "小王" not in device.shell("dumpsys notification --noredact").output


def test_notification_updates_above_five_a_second_are_dropped(
    device: u2.Device, simulator: Simulator
) -> None:
    simulator.set_clock(speed=0)
    for number in range(9):
        simulator.receive("小王", f"第{number}")

    assert "[5条]小王: 第4)" in device.shell("dumpsys notification --noredact").output
    simulator.set_clock(advance_s=2)
    simulator.receive("小王", "末")
    assert "[10条]小王: 末)" in device.shell("dumpsys notification --noredact").output


def test_android_s_own_dump_works_while_no_server_holds_uiautomation(
    device: u2.Device, simulator: Simulator
) -> None:
    simulator.receive("小王", "在吗 <&>")
    device.app_start("com.tencent.mm")
    assert device.shell("uiautomator dump").exit_code == 137

    device.stop_uiautomator()
    shown = device.shell("uiautomator dump /data/local/tmp/view.xml; uiautomator dump /dev/tty")

    xml = etree.fromstring(device.shell("cat /data/local/tmp/view.xml").output.encode())
    assert len(xml) == 1
    assert xml.xpath('//node[@text="在吗 <&>"]')
    assert shown.output.startswith("UI hierchary dumped to: /data/local/tmp/view.xml\n<?xml")
    assert device.shell("uiautomator dump --compressed; cat /sdcard/window_dump.xml").exit_code == 0
    simulator.arm("dump_empty")
    assert "null root node" in device.shell("uiautomator dump").output
    simulator.arm("dump_slow", ms=150)
    start = time.monotonic()
    assert device.shell("uiautomator dump").exit_code == 0
    assert time.monotonic() - start >= 0.15


def test_settings_outlive_a_restart_and_end_with_a_reset(tmp_path: Path) -> None:
    with Simulator(serial="SETTLED", data=tmp_path) as simulator, client_of(simulator) as client:
        shell = client.device("SETTLED").shell
        shell("settings put global stay_on_while_plugged_in 3; pm install -r /sdcard/ime.apk")
    with Simulator(serial="SETTLED", data=tmp_path) as simulator, client_of(simulator) as client:
        shell = client.device("SETTLED").shell
        assert shell("settings get global stay_on_while_plugged_in") == "3"
        assert "com.github.uiautomator" in str(shell("pm list packages"))
        simulator.reset()
        assert shell("settings get global stay_on_while_plugged_in") == "0"

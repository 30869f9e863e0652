"""A phone is scripted from Python in a few lines, with the real library on it."""

import io
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from uiautomator2.exceptions import AdbShellError

from device_agent.sim import Refusal, Simulator
from device_agent.sim.clock import PHONE_ZONE
from device_agent.sim.worldfile import Malformed

MORNING = datetime(2026, 3, 1, 9, 30, tzinfo=PHONE_ZONE)
ID = "com.tencent.mm:id/"


def test_five_lines_script_a_world() -> None:
    with Simulator() as phone:
        phone.add_chat("项目组", "group", members=["小王", "老李"])
        phone.receive("项目组", "早上好", sender="小王")
        device = phone.connect()
        device.app_start("com.tencent.mm")
        device(text="项目组").click()
        device(className="android.widget.EditText").set_text("你好")
        device(text="发送").click()

        assert phone.truth()["sent"][0]["text"] == "你好"


def test_a_world_file_is_loaded_into_an_empty_phone(tmp_path: Path) -> None:
    world = tmp_path / "world.yml"
    world.write_text(
        "contacts: [小王]\nchats: [{chat: 小王, messages: [{from: 小王, text: hi, id: first}]}]\n",
        "utf-8",
    )
    with Simulator() as phone:
        named = phone.world(world)

        phone.recall(named["first"])
        with pytest.raises(Refusal, match="must be empty"):
            phone.world(world)
        world.write_text("contacts: 5\n", "utf-8")
        with pytest.raises(Malformed, match=r"world\.yml:1:"):
            phone.world(world)


def test_a_script_strikes_between_the_read_and_the_tap() -> None:
    with Simulator(at=MORNING) as phone:
        phone.receive("小王", "在吗")
        phone.receive("老李", "开会")
        phone.script(
            {"when": {"on": "row_tap"}, "do": {"receive": {"小王": "急事"}}},
            {"at": 60, "do": {"receive": {"老李": "散会"}}},
        )
        device = phone.connect()
        device.app_start("com.tencent.mm")
        device(resourceId=f"{ID}kbq", text="老李").click()

        assert device(resourceId=f"{ID}obn").get_text() == "小王"
        phone.advance(61)
        assert [step["state"] for step in phone.script()] == ["done", "done"]
        with pytest.raises(Refusal, match=r"steps\[0\]"):
            phone.script({"do": {}})


def session(seed: int) -> list[Any]:
    """What one script shows and makes true, on a clock that stands still."""
    with Simulator(seed=seed, at=MORNING, serial="SAME") as phone:
        group = phone.add_chat("项目组", "group", members=["小王", "老李"], muted=True)
        phone.receive("项目组", "早上好", sender="小王")
        phone.script({"at": 10, "do": {"burst": {"n": 20, "per_s": 5}}})
        phone.advance(3600)
        message = phone.receive("小王", "在吗")
        phone.receive("老李", "撤回这条")
        phone.arm("windows_shuffled", times=3)
        device = phone.connect()
        shown = [device.shell("dumpsys notification --noredact").output]
        device.app_start("com.tencent.mm")
        shown += [device.dump_hierarchy() for _ in range(4)]
        device(text="小王").click()
        device(className="android.widget.EditText").set_text("你好")
        device(text="发送").click()
        phone.recall(message)
        shown += [device.dump_hierarchy(), phone.screen()]
        phone.press("back")
        shown += [phone.truth(), phone.history(group), phone.faults(), phone.script()]
        return shown


def test_one_seed_and_one_script_give_the_same_bytes() -> None:
    first, again, other = session(7), session(7), session(8)

    assert first == again
    assert first[0] != other[0], "the seed makes WeChat's internal names"


def test_the_package_loads_nothing_until_a_phone_is_wanted() -> None:
    code = (
        "import sys, device_agent.sim as sim; before = set(sys.modules); sim.Simulator; "
        "heavy = {'starlette', 'uvicorn', 'PIL', 'uiautomator2', 'adbutils', 'asyncio'}; "
        "print(sorted(heavy & before), 'uiautomator2' in sys.modules, hasattr(sim, 'nothing'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[] False False"


def test_a_person_s_hand_taps_swipes_types_and_presses_keys() -> None:
    with Simulator(at=MORNING) as phone:
        phone.receive("小王", "在吗")
        phone.on_phone(lambda _, inner: inner.start_wechat())
        row = phone.tap(500, 400)[0]
        assert (row["by"], row["node"]["role"]) == ("person", "row")
        phone.tap(500, 2330)
        phone.write("手写")
        assert list(phone.truth()["drafts"].values()) == ["手写"]
        phone.press("del")
        phone.swipe(500, 800, 500, 1500)
        assert list(phone.truth()["drafts"].values()) == ["手"]
        assert phone.tap(500, 1000, hold=True)[0]["held"] is True
        with pytest.raises(Refusal, match="pixels"):
            phone.tap(5000, 1)


def test_the_picture_is_a_png_of_the_screen() -> None:
    with Simulator() as phone:
        phone.patch_device(screen="720x1600")

        assert Image.open(io.BytesIO(phone.screen())).size == (720, 1600)


def test_the_clock_stands_until_time_is_let_pass_and_reset_brings_it_back() -> None:
    with Simulator(at=MORNING) as phone:
        assert phone.now == MORNING
        phone.advance(90)
        assert phone.now == MORNING + timedelta(seconds=90)
        phone.reset()
        assert phone.now == MORNING
    with pytest.raises(ValueError, match="time zone"):
        Simulator(at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_phones_of_one_process_do_not_meet() -> None:
    with Simulator(serial="FIRST") as first:
        second = first.add_phone("SECOND")
        second.receive("小王", "only here")
        first.receive("老李", "only there")

        drivers = [first.connect(), second.connect()]
        for driver in drivers:
            driver.app_start("com.tencent.mm")
        assert [one(resourceId=f"{ID}kbq").get_text() for one in drivers] == ["老李", "小王"]
        assert second.connect() is drivers[1]
        assert list(first.phones) == ["FIRST", "SECOND"]
        assert second.control == f"{first.control}/phones/SECOND"
        assert second.environment["ANDROID_SERIAL"] == "SECOND"

        first.remove_phone("SECOND")
        with pytest.raises(Refusal, match="no phone `SECOND`"):
            second.truth()
        with pytest.raises(Refusal, match="first phone"):
            first.remove_phone("FIRST")
        fresh = first.add_phone("SECOND")
        assert fresh.truth()["opened"] == []
        assert fresh.connect().info["screenOn"] is True


def test_a_reset_lets_the_driver_go_and_the_next_one_works_at_once() -> None:
    with Simulator() as phone:
        for _ in range(3):
            device = phone.connect()
            device.app_start("com.tencent.mm")
            phone.reset()
            assert phone.truth()["shell"] == 0
            assert phone.connect().app_current()["package"] == "com.android.launcher3"
            assert phone.connect() is not device


def test_what_runs_on_the_phone_cannot_wait_for_the_phone() -> None:
    with Simulator() as phone, pytest.raises(RuntimeError, match="on the phone already"):
        phone.on_phone(lambda _, inner: phone.truth())


def test_a_folder_in_use_is_an_error_that_names_it(tmp_path: Path) -> None:
    with (
        Simulator(data=tmp_path),
        pytest.raises(OSError, match="another simulator holds it"),
        Simulator(data=tmp_path),
    ):
        pass
    for file in tmp_path.glob("*.sqlite*"):
        file.write_bytes(b"no database" * 100)
    with pytest.raises(sqlite3.DatabaseError), Simulator(data=tmp_path):
        pass


def test_nothing_works_outside_the_with_block(tmp_path: Path) -> None:
    phone = Simulator(data=tmp_path)
    with pytest.raises(RuntimeError, match="`with` block"):
        phone.truth()
    with phone:
        phone.receive("小王", "kept")
        phone.add_phone("OTHER")
        device = phone.connect()
    with pytest.raises(RuntimeError, match="`with` block"):
        phone.truth()
    with pytest.raises(AdbShellError, match="connect to adb server failed"):
        device.shell("true")
    with Simulator(data=tmp_path) as again:
        assert list(again.phones) == ["SIM0001", "OTHER"]
        assert again.history("c1")["messages"][0]["content"]["text"] == "kept"


def test_who_renamed_a_group_can_be_told(simulator: Simulator) -> None:
    group = simulator.add_chat("组", "group", members=["小王"])

    simulator.patch_chat(group, chat="新组", by="小王")

    lines = [one["content"]["text"] for one in simulator.history(group)["messages"]]
    assert lines == ['"小王"修改群名为“新组”']

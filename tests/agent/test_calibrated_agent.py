"""An agent on a layout that nobody has seen: it answers where all is proven, else it only reads."""

import asyncio
import json
from pathlib import Path

from click.testing import CliRunner, Result

from hongyan.cli import cli
from schemas.phone import DeviceState
from schemas.receipt import State
from tests.fakes.phone_rig import Rig, until


async def calibrate(rig: Rig, folder: Path, *more: str) -> Result:
    rig.sim.patch_device(layout_seed=12, wechat_version="8.0.74")
    rig.sim.receive("文件传输助手", "记一下", own=True)
    rig.sim.receive("张三", "在吗")
    asked = ["phone", "calibrate", "--adb", rig.sim.adb, "--save", str(folder), *more]
    told = await asyncio.to_thread(
        CliRunner().invoke, cli, [*asked, "--to", str(folder.parent / "seen.png")]
    )
    assert told.exit_code == 0, told.output
    return told


async def test_a_calibrated_layout_is_read_and_sent_by(rig: Rig, tmp_path: Path) -> None:
    told = await calibrate(rig, tmp_path / "own", "--type")
    assert "Proven twice" in told.output
    assert (tmp_path / "seen.png").read_bytes().startswith(b"\x89PNG")
    await rig.started(layouts=tmp_path / "own")

    rig.sim.add_chat("群", kind="group", members=["老李"])
    rig.sim.receive("群", "大家好", sender="老李")
    action = await rig.ask(await rig.chat_id("群"), "收到")

    assert (await rig.end(action)).state is State.SENT
    assert rig.sent() == ["收到"]
    assert ("群", "大家好") in await rig.texts()


async def test_a_layout_that_is_not_proven_is_read_and_the_phone_says_why(
    rig: Rig, tmp_path: Path
) -> None:
    told = json.loads((await calibrate(rig, tmp_path / "own", "--json")).output)
    assert told["sends"] is False
    assert told["missing"]["send"] == "nothing like it was on the screens"
    assert told["file"] == str(tmp_path / "own" / f"{told['name']}.yaml")
    await rig.started(layouts=tmp_path / "own")
    rig.sim.receive("张三", "看看")
    action = await rig.ask(await rig.chat_id("张三"), "收到")

    async def said() -> DeviceState | None:
        state = await rig.device()
        return state if state is not None and state.trouble == "unknown_version" else None

    state = await until(said, "that the phone is only read")
    assert state is not None
    assert "does not prove" in (state.reason or "")

    async def read() -> bool:
        return ("张三", "看看") in await rig.texts()

    await until(read, "what was written meanwhile")
    assert rig.sent() == []
    assert all(r.state is not State.SENT for r in await rig.receipts() if r.action_id == action)

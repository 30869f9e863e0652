"""Recorded screens hold nobody's words, and read today as they read when they were recorded."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from device_agent.recording import Veil, replayed
from device_agent.sim.harness import Simulator
from hongyan.cli import cli

RECORDINGS = sorted(
    one.parent for one in (Path(__file__).parents[1] / "recordings").glob("*/read.yaml")
)


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.name)
def test_a_recording_reads_as_it_read(folder: Path) -> None:
    before, now = replayed(folder)
    assert now == before


def test_a_recording_of_a_live_phone_holds_its_structure_and_none_of_its_words(
    tmp_path: Path,
) -> None:
    with Simulator() as sim:
        sim.add_chat("秘密项目", kind="group", members=["老李", "小王"])
        sim.receive("秘密项目", "合同金额三百万", sender="老李")
        sim.receive("秘密项目", sender="小王", content={"kind": "voice", "seconds": 7})
        sim.receive("秘密项目", sender="小王", content={"kind": "transfer", "amount": "5"})
        device = sim.connect()
        device.app_start("com.tencent.mm")
        sim.tap(540, 400)
        asked = ["phone", "record", str(tmp_path / "chat"), "--adb", sim.adb, "--json"]
        told = CliRunner().invoke(cli, asked)
    assert told.exit_code == 0, told.output
    read = json.loads(told.output)
    assert (read["page"], read["members"]) == ("chat", 3)
    assert [row[0] for row in read["rows"]] == ["other"] * 3
    assert [row[3]["kind"] for row in read["rows"]] == ["text", "voice", "transfer"]
    assert read["rows"][1][1] == read["rows"][2][1] != read["rows"][0][1]
    kept = "".join(one.read_text() for one in (tmp_path / "chat").glob("*.[xy]*ml"))
    for words in ("秘密", "合同", "三百万", "老李", "小王", "¥5"):
        assert words not in kept
    before, now = replayed(tmp_path / "chat")
    assert now == before


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        ("老李头像", r"^[一-鿿]{2}头像$"),
        ("项目(12)", r"^[一-鿿]{2}\(12\)$"),
        ("[3条]老李: 好的", r"^\[3条\][一-鿿]{2}: [一-鿿]{2}$"),
        ('"老李" 撤回了一条消息', r'^"[一-鿿]{2}" 撤回了一条消息$'),
        ("¥12.50", r"^¥\d\d\.\d\d$"),
        ("13800138000", r"^\d{11}$"),
    ],
)
def test_what_wechat_writes_around_words_stays(words: str, shape: str) -> None:
    import re

    veiled = Veil().over(words)
    assert re.match(shape, veiled)
    assert veiled != words


@pytest.mark.parametrize("words", ["发送", "昨天 12:30", "99+", '7"', "1:05", "微信红包"])
def test_wechats_own_words_stay(words: str) -> None:
    assert Veil().over(words) == words


def test_two_names_stay_two_names() -> None:
    veil = Veil()
    names = [f"友{number}" for number in range(300)] + ["a", "b", "c"]
    assert len({veil.over(name) for name in names}) == len(names)
    assert veil.over("友7") == veil.over("友7")

"""What the simulated phone's guide tells people to type works."""

import re
import shlex
from pathlib import Path
from typing import Any

import httpx
import uiautomator2 as u2

from device_agent.sim.harness import Simulator

GUIDE = (Path(__file__).parents[2] / "docs" / "simulated-phone.md").read_text("utf-8")
BLOCKS = {
    kind: re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL) for kind in ("bash", "python")
}
REQUESTS = [
    line
    for block in BLOCKS["bash"]
    for line in block.splitlines()
    if line.startswith("curl -s $SIM")
]


def ask(control: str, line: str) -> httpx.Response:
    """What curl would ask."""
    words = shlex.split(line.replace("$SIM", control))
    options = dict(zip(words[3::2], words[4::2], strict=True))
    method = options.get("-X", "POST" if "-d" in options else "GET")
    return httpx.request(method, words[2], content=options.get("-d"))


def test_every_request_of_the_guide_is_answered_well() -> None:
    assert len(REQUESTS) >= 10
    with Simulator() as phone:
        answers = {line: ask(phone.control, line) for line in REQUESTS}

    assert {line: one.text for line, one in answers.items() if one.is_error} == {}


def test_the_lines_of_python_are_those_that_run() -> None:
    exec(BLOCKS["python"][0], {})  # noqa: S102  # our own guide


def test_the_test_with_the_fixture_passes() -> None:
    def my_bot(phone: u2.Device) -> None:
        phone.app_start("com.tencent.mm")
        phone(resourceId="com.tencent.mm:id/kbq", text="小王").click()
        phone(className="android.widget.EditText").set_text("在")
        phone(text="发送").click()

    names: dict[str, Any] = {"my_bot": my_bot}
    exec(BLOCKS["python"][1], names)  # noqa: S102  # our own guide
    [test] = [one for name, one in names.items() if name.startswith("test_")]

    with Simulator() as phone:
        test(phone)


def test_every_path_of_the_guide_is_there(simulator: Simulator) -> None:
    paths = set(re.findall(r"`(/[a-z.]+(?:/ID)?)`", GUIDE))
    assert len(paths) > 12
    asked = {path: httpx.get(simulator.control + path.replace("ID", "none")) for path in paths}

    assert [path for path, answer in asked.items() if "no path" in answer.text] == []

"""`hongyan up` as a whole: the contract of `design.md` 11, seen from outside."""

import asyncio
import json
import os
import signal
import stat

import httpx
import pytest

from tests.fakes.running_up import NAMES, RunningUp, alive, wait_for
from tests.fixtures.waiting import until

FIELDS = {
    *("api", "console", "sim", "kafka", "postgres", "adb", "serial"),
    *("account", "api_key", "pids"),
}


@pytest.fixture
def up(stack: RunningUp) -> RunningUp:
    """The session's stack, serving again after whatever an earlier test did to it."""
    stack.wait_serving()
    return stack


def test_the_ready_file_says_where_everything_is_to_the_letter(up: RunningUp) -> None:
    ready = up.ready

    assert set(ready) == FIELDS
    assert set(ready["pids"]) == set(NAMES)
    assert ready["api"].startswith("http://127.0.0.1:")
    assert ready["sim"].startswith("http://127.0.0.1:")
    assert ready["console"] is None
    assert ready["kafka"].startswith("127.0.0.1:")
    assert ready["adb"].startswith("127.0.0.1:")
    assert ready["postgres"].startswith("postgresql://")
    assert ready["account"] == "default"


def test_the_ready_file_names_real_processes_not_wrappers(up: RunningUp) -> None:
    for name, pid in up.pids.items():
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123  # a pseudo file
            words = file.read().split(b"\0")
        assert name.encode() in words or b"--data" in words or b"-D" in words, (name, words)


def test_only_its_user_may_read_the_keys(up: RunningUp) -> None:
    for file in (up.ready_file, up.folder / "ready.json", up.folder / "up.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_api_takes_the_ready_files_key(up: RunningUp) -> None:
    url, key = up.ready["api"], up.ready["api_key"]

    refused = httpx.get(f"{url}/v1/chats", params={"name": "x"}, trust_env=False)
    answer = httpx.get(
        f"{url}/v1/chats",
        params={"name": "x"},
        headers={"Authorization": f"Bearer {key}"},
        trust_env=False,
    )

    assert (refused.status_code, answer.status_code) == (401, 200)


async def test_a_friend_writes_and_exactly_one_bubble_answers(up: RunningUp) -> None:
    await asyncio.to_thread(up.say, "小王", "/echo 你好 🐦")
    texts = await asyncio.to_thread(up.wait_sent, "小王", 1)

    async def ended() -> list[str]:
        receipts = await up.records("bot.receipts.v1")
        return [r["state"] for r in receipts if r.get("state") in {"sent", "failed", "unknown"}]

    async def some() -> bool:
        return bool(await ended())

    await until(some, limit_s=20, every_s=0.1)
    assert texts == ["你好 🐦"]
    assert set(await ended()) == {"sent"}
    assert up.sent_texts("小王") == ["你好 🐦"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_killed_process_is_back_within_three_seconds(up: RunningUp, name: str) -> None:
    chat = f"杀{name}"
    old = up.kill(name)

    seconds = up.wait_restarted(name, old)

    assert seconds < 3
    up.wait_serving()
    wait_for(lambda: _can_say(up, chat))
    assert up.wait_sent(chat, 1) == [name]


def _can_say(up: RunningUp, chat: str) -> bool:
    """Whether the phone took the message: its simulator may be on its way back."""
    try:
        up.say(chat, f"/echo {chat.removeprefix('杀')}")
    except httpx.TransportError:
        return False
    return True


def test_a_stopped_process_is_left_alone(up: RunningUp) -> None:
    pid = up.kill("relay", signal.SIGSTOP)
    other = up.kill("api")
    up.wait_restarted("api", other)  # the supervisor has looked round meanwhile

    assert up.pids["relay"] == pid
    os.kill(pid, signal.SIGCONT)
    assert alive(pid)


def test_a_second_up_on_the_same_folder_is_refused_naming_the_first(up: RunningUp) -> None:
    second = RunningUp(up.folder)
    second.output = up.folder.parent / "second.out"
    second.ready_file = up.folder.parent / "second.json"

    with pytest.raises(AssertionError):
        second.start()

    process = up.process
    assert process is not None
    assert second.process is not None
    assert second.process.returncode == 1
    assert f"pid {process.pid}" in second.output.read_text()
    assert "Traceback" not in second.output.read_text()


def test_the_machines_view_tells_traffic(up: RunningUp) -> None:
    up.say("小绿", "/echo 绿")
    up.wait_sent("小绿", 1)

    def told() -> bool:
        lines = [e["line"] for e in up.events() if e["event"] == "traffic"]
        return "小绿 → /echo 绿" in lines and any("小绿 绿 ✓ sent" in line for line in lines)

    wait_for(told, 10, "no line of traffic")


def test_logs_are_json_lines_of_each_process(up: RunningUp) -> None:
    for name in ("agent", "worker"):
        first = (up.folder / "logs" / f"{name}.log").read_text().splitlines()[0]
        assert isinstance(json.loads(first), dict)

"""The simulated phone: how fast it answers, how much ten phones hold, how fast a world loads.

    python bench/sim.py [--rounds 300] [--save bench/results/NAME.json]

The phone has no delay of its own (`rpc_delay_ms` 0), connections have TCP_NODELAY. "Kept" is one
connection through adb's tunnel that carries all calls: the simulator's own time. "Fresh" opens the
tunnel anew for each call. "connect()" is uiautomator2 as `Simulator.connect` hands it over. "Plain"
is uiautomator2 as it comes, without TCP_NODELAY: it loses 40 ms to Nagle, and 10 ms in a sleep.
"""

import argparse
import json
import os
import platform
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import adbutils
import httpx
import psutil
import uiautomator2

from device_agent.sim import Handle, Simulator

MOST_RPC_MS, MOST_MB, MOST_LOAD_S = 5.0, 400.0, 3.0
LIMITED = (
    "deviceInfo, kept",
    "deviceInfo, fresh",
    "deviceInfo, connect()",
    "exist, kept",
    "dump of a chat, kept",
)
# A call for each message, each told only when it is kept: no world is loaded so.
ONE_BY_ONE = ("Python, kept on disk", "POST /messages, one by one")
PHONES, CHATS, MESSAGES = 10, 200, 10_000
TEXTS = (
    "好的",
    "在吗",
    "收到",
    "明天上午九点开会，别忘了带上周的报表 📎",
    "哈哈哈",
    "https://example.org",
)


class Tunnel:
    """One connection through adb to the uiautomator2 server in the phone."""

    def __init__(self, phone: Handle) -> None:
        host, _, port = phone.adb.partition(":")
        self._line = socket.create_connection((host, int(port)))
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line.settimeout(10)
        self._file = self._line.makefile("rb")
        self._ask(f"host:transport:{phone.serial}")
        self._ask("tcp:9008")

    def _ask(self, request: str) -> None:
        self._line.sendall(f"{len(request):04x}{request}".encode())
        assert self._file.read(4) == b"OKAY"

    def call(self, method: str, *params: object) -> Any:
        """One JSON-RPC call: a POST and its answer."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        head = f"POST /jsonrpc/0 HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        self._line.sendall(head + body)
        length = 0
        while line := self._file.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return json.loads(self._file.read(length))["result"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._line.close()


def median_ms(do: Callable[[], object], rounds: int) -> float:
    do()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        do()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def calls(rounds: int) -> dict[str, float]:
    """Medians in ms, on a phone that shows a chat with 200 messages of seven others' chats."""
    with Simulator() as phone:
        chance = random.Random(1)
        for number in range(200):
            phone.receive("小王", f"{chance.choice(TEXTS)} {number}")
        for number in range(7):
            phone.receive(f"友{number}", "在吗")
        device = phone.connect()
        device.app_start("com.tencent.mm")
        device(text="小王").click()
        host, _, port = phone.adb.partition(":")
        plain = uiautomator2.connect(adbutils.AdbClient(host, int(port)).device(phone.serial))
        wanted = device(className="android.widget.EditText").selector

        def fresh() -> None:
            with Tunnel(phone) as tunnel:
                tunnel.call("deviceInfo")

        with Tunnel(phone) as tunnel:
            return {
                "deviceInfo, kept": median_ms(lambda: tunnel.call("deviceInfo"), rounds),
                "deviceInfo, fresh": median_ms(fresh, rounds),
                "deviceInfo, connect()": median_ms(lambda: device.info, rounds),
                "deviceInfo, plain uiautomator2": median_ms(lambda: plain.info, rounds // 5),
                "exist, kept": median_ms(lambda: tunnel.call("exist", wanted), rounds),
                "dump of a chat, kept": median_ms(
                    lambda: tunnel.call("dumpWindowHierarchy", False, 50, True), rounds
                ),
                "dump of a chat, connect()": median_ms(
                    lambda: device.dump_hierarchy(root_in_active=True), rounds
                ),
                "dump of a chat, kB": len(device.dump_hierarchy(root_in_active=True)) / 1000,
            }


def ten_phones(folder: Path) -> float:
    """RSS in MB of one `hongyan sim` with ten phones of 200 chats each, all of them looked at."""
    ready = folder / "ready.json"
    command = [Path(sys.executable).with_name("hongyan"), "sim", "--ready-file", ready]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not ready.exists():
            assert process.poll() is None, "hongyan sim ended"
            threading.Event().wait(0.02)
        fill(json.loads(ready.read_text()))
        return psutil.Process(process.pid).memory_info().rss / 1e6
    finally:
        process.terminate()
        process.wait(15)


def fill(address: dict[str, str]) -> None:
    """Ten phones, over the control API; each shows its list, is drawn and dumped once."""
    host, _, port = address["adb"].partition(":")
    with httpx.Client(base_url=address["control"]) as api:
        for number in range(PHONES):
            serial = address["serial"] if number == 0 else f"PHONE{number}"
            if number:
                api.post("/phones", json={"serial": serial}).raise_for_status()
            for chat in range(CHATS):
                for text in TEXTS:
                    message = {"chat": f"朋友{chat}", "text": text}
                    api.post(f"/phones/{serial}/messages", json=message).raise_for_status()
            shell(host, int(port), serial, "am start -n com.tencent.mm/.ui.LauncherUI")
            assert shell(host, int(port), serial, "uiautomator dump /dev/tty").count("朋友") > 5
            api.get(f"/phones/{serial}/screen.png").raise_for_status()


def shell(host: str, port: int, serial: str, line: str) -> str:
    return str(adbutils.AdbClient(host, port).device(serial).shell(line))


def loads(folder: Path) -> dict[str, float]:
    """Seconds until 10,000 messages in 100 chats are there, by each way in."""
    chance = random.Random(2)
    rows = [(f"朋友{number % 100}", chance.choice(TEXTS)) for number in range(MESSAGES)]
    seconds = {}
    for name, data in (("Python, in memory", None), (ONE_BY_ONE[0], folder / "kept")):
        with Simulator(data=data) as phone:
            begun = time.perf_counter()
            for chat, text in rows:
                phone.receive(chat, text)
            seconds[name] = time.perf_counter() - begun
    world = folder / "world.yml"
    world.write_text(world_file(), "utf-8")
    for name, data in (("YAML, in memory", None), ("YAML, kept on disk", folder / "read")):
        with Simulator(data=data) as phone:
            begun = time.perf_counter()
            phone.world(world)
            seconds[name] = time.perf_counter() - begun
            assert phone.on_phone(lambda _, inner: len(inner.world.messages)) == MESSAGES
    with Simulator() as phone, httpx.Client(base_url=phone.control) as api:
        begun = time.perf_counter()
        for chat, text in rows:
            api.post("/messages", json={"chat": chat, "text": text})
        seconds[ONE_BY_ONE[1]] = time.perf_counter() - begun
    return seconds


def world_file() -> str:
    """A world of 10,000 messages in 100 chats, over ten days."""
    chance = random.Random(3)
    lines = ["clock: {start: 2026-11-25T09:30:00+08:00}", "contacts:"]
    lines += [f"  - 朋友{chat}" for chat in range(100)]
    lines.append("chats:")
    for chat in range(100):
        lines += [f"  - chat: 朋友{chat}", "    messages:"]
        for number in range(MESSAGES // 100):
            sender = chance.choice((f"朋友{chat}", "me"))
            at = f"-{10 - number // 10}d 1{number % 10}:30"
            lines.append(f'      - {at} {sender}: "{chance.choice(TEXTS)}"')
    return "\n".join(lines) + "\n"


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="calls of each kind")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", type=Path, help="also write the figures here, as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hongyan-bench-") as scratch:
        figures: dict[str, Any] = {
            "machine": machine(),
            "rounds": options.rounds,
            "median_ms": calls(options.rounds),
            "ten_phones_mb": ten_phones(Path(scratch)),
            "load_s": loads(Path(scratch)),
        }
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        report(figures)
    if options.save:
        options.save.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    sys.exit(0 if held(figures) else 1)


def held(figures: dict[str, Any]) -> bool:
    """Whether every measure that has a limit keeps to it."""
    rpc = figures["median_ms"]
    return (
        all(rpc[name] < MOST_RPC_MS for name in LIMITED)
        and figures["ten_phones_mb"] < MOST_MB
        and all(
            taken < MOST_LOAD_S
            for name, taken in figures["load_s"].items()
            if name not in ONE_BY_ONE
        )
    )


def report(figures: dict[str, Any]) -> None:
    for name, value in figures["median_ms"].items():
        unit = "" if name.endswith("kB") else "ms"
        limit = f"  (under {MOST_RPC_MS:.0f})" if name in LIMITED else ""
        print(f"{name:<44}{value:8.2f} {unit}{limit}")
    name = f"{PHONES} phones with {CHATS} chats each"
    print(f"{name:<44}{figures['ten_phones_mb']:8.1f} MB  (under {MOST_MB:.0f})")
    for name, taken in figures["load_s"].items():
        limit = "" if name in ONE_BY_ONE else f"  (under {MOST_LOAD_S:.0f})"
        print(f"{f'{MESSAGES:,} messages, {name}':<44}{taken:8.2f} s{limit}")


if __name__ == "__main__":
    main()

"""The guardian ends all children when its owner is gone, however that ended."""

import subprocess
import sys

from tests.fakes.running_up import alive, wait_for

OWNER = """
import subprocess, sys, time
from hongyan.guardian import Guardian
guardian = Guardian()
deaf = "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True); signal.pause()"
sons = [
    subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True, stdout=subprocess.PIPE)
    for _ in range(3)
]
guardian.watch(son.pid for son in sons)
for son in sons:
    son.stdout.readline()
print(*(son.pid for son in sons), flush=True)
sys.stdin.read()
guardian.dismiss()
"""


def owner() -> tuple[subprocess.Popen[str], list[int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, [int(word) for word in process.stdout.readline().split()]


def test_all_children_end_when_their_owner_is_killed() -> None:
    process, sons = owner()
    with process:
        process.kill()

        wait_for(lambda: not any(alive(pid) for pid in sons), 5, "a child outlived its owner")


def test_a_dismissed_guardian_kills_nobody() -> None:
    process, sons = owner()
    with process:
        process.communicate()

        assert all(alive(pid) for pid in sons)
        for pid in sons:
            subprocess.run(["kill", "-KILL", str(pid)], check=True)

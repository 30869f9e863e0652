"""Output that nobody reads never holds up the supervisor."""

import subprocess
import sys

CHATTER = """
import sys, time
from hongyan.outlet import Outlet
outlet = Outlet()
began = time.monotonic()
for _ in range(100_000):
    outlet.line("x" * 100)
outlet.close()
print(time.monotonic() - began, file=sys.stderr)
"""


def chatter(stdout: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-P", "-c", CHATTER]
    return subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, text=True)


def test_a_reader_that_stopped_reading_holds_nobody_up() -> None:
    with chatter(subprocess.PIPE) as process:
        assert process.stderr is not None
        seconds = float(process.stderr.readline())
        process.kill()

    assert seconds < 5


def test_a_reader_that_has_gone_is_no_fault() -> None:
    with chatter(subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        words = process.stderr.read()

    assert float(words) < 5
    assert process.returncode == 0

"""The newcomer's page on debugging: its blocks, run as they stand, lead to what it says."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.fakes.running_up import wait_for
from tests.fixtures.live_server import on_starter, scratch_folder

PAGE = (Path(__file__).parents[2] / "docs" / "debug-a-plugin.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
_READING = re.compile(r"\.venv/bin/hongyan (why|dlq (list|show)|replay run)")
_UP = ".venv/bin/hongyan up"


@dataclass
class Reader:
    """Somebody who does what the page says, in a folder of their own."""

    folder: Path
    up: "subprocess.Popen[bytes] | None" = None
    said: str = ""

    def follow(self) -> None:
        blocks = [(kind, text, *self._answers(place)) for place, (kind, text) in enumerate(BLOCKS)]
        for kind, text, typed, expected in blocks:
            if kind in {"toml", "python"}:
                self._write(text)
            elif text.startswith(_UP):
                self._start(text)
            elif kind == "bash":
                for line in text.splitlines():
                    self._run(line, typed, expected)

    @staticmethod
    def _answers(place: int) -> tuple[str, str]:
        """What is typed at the prompt of the block at `place`, and what its output must hold."""
        if BLOCKS[place][0] != "bash" or BLOCKS[place + 1][0] not in {"pdb", "text"}:
            return "", ""
        kind, following = BLOCKS[place + 1]
        return (following, BLOCKS[place + 2][1]) if kind == "pdb" else ("", following)

    def _write(self, text: str) -> None:
        file = self.folder / text.splitlines()[0].removeprefix("# ")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def _start(self, text: str) -> None:
        self.stop()
        ready = self.folder / "data" / "ready.json"
        ready.unlink(missing_ok=True)

        def spawn() -> None:
            with (self.folder / "up.out").open("wb") as out:
                self.up = subprocess.Popen(
                    ["bash", "-c", f"exec {text}"], cwd=self.folder, stdout=out, stderr=out
                )

        on_starter(spawn)
        wait_for(ready.exists, 90, "`hongyan up` is not ready")

    def _run(self, line: str, typed: str, expected: str) -> None:
        """Run one line; one that only looks is run until it sees what the page shows."""

        def seen() -> bool:
            ran = subprocess.run(
                ["bash", "-c", line],
                cwd=self.folder,
                input=typed,
                capture_output=True,
                text=True,
                check=False,
                env={**_ENVIRONMENT, "HONGYAN_LANGUAGE": "en"},
            )
            self.said = ran.stdout + ran.stderr
            assert "Usage:" not in self.said, self.said
            return not _READING.match(line) or not expected or _missing(expected, self.said) == []

        wait_for(seen, 60, f"{line}: {_missing(expected, self.said)}")

    def stop(self) -> None:
        if self.up is not None and self.up.poll() is None:
            self.up.send_signal(signal.SIGINT)
            self.up.wait(20)


_ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}  # noqa: TID251  # for bash


def _alike(text: str) -> str:
    """Without what differs from run to run: ids, times, durations."""
    text = re.sub(r"\b[0-9a-f]{8,}\b", "ID", text)
    return " ".join(re.sub(r"\d+ ms", "N ms", text).split())


def _missing(expected: str, said: str) -> list[str]:
    lines = [_alike(line) for line in said.splitlines()]
    return [
        line
        for line in map(_alike, expected.splitlines())
        if not any(line in other for other in lines)
    ]


@pytest.fixture
def reader() -> Iterator[Reader]:
    with scratch_folder() as folder:
        (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
        made = Reader(folder)
        try:
            yield made
        finally:
            made.stop()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_following_the_page_ends_with_the_answer_on_the_phone(reader: Reader) -> None:
    reader.follow()

    said = reader.said
    assert _missing(BLOCKS[-1][1], said) == [], said
    ready = (reader.folder / "data" / "ready.json").read_text()
    sim = re.search(r'"sim": ?"([^"]+)"', ready)
    assert sim is not None
    truth = httpx.get(f"{sim[1]}/truth", timeout=10, trust_env=False).json()
    assert [(one["chat"], one["text"]) for one in truth["sent"]] == [("小王", "每人 33.33 元")]

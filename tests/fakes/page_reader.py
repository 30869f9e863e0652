"""Somebody who does what a page of the documentation says, in a folder of their own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.running_up import wait_for
from tests.fixtures.live_server import on_starter, scratch_folder

_LOOKS = re.compile(r"\.venv/bin/hongyan (why|dlq (list|show)|replay run|plugin list)")
_UP = ".venv/bin/hongyan up"
_ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}  # noqa: TID251  # for bash


@dataclass
class PageReader:
    """`blocks` are the page's, by language; a file's first line names it. `strict`: each command
    must end well.
    """

    folder: Path
    blocks: list[tuple[str, str]]
    strict: bool = False
    up: "subprocess.Popen[bytes] | None" = None
    said: str = ""
    steps: int = 0

    def follow(self) -> None:
        """Write each file and run each line, in order."""
        for place, (kind, text) in enumerate(self.blocks):
            if kind in {"toml", "python"}:
                self._write(text)
            elif text.startswith(_UP):
                self._start(text)
            elif kind == "bash":
                typed, expected = self._answers(place)
                *lines, last = text.splitlines()
                for line in lines:
                    self._run(line, "", "")
                self._run(last, typed, expected)

    def _answers(self, place: int) -> tuple[str, str]:
        """What is typed at the prompt of the block at `place`, and what its output must hold."""
        following = [*self.blocks[place + 1 :], ("", ""), ("", "")]
        (kind, text), (_, after) = following[:2]
        if kind == "pdb":
            return text, after
        return "", text if kind == "text" else ""

    def _write(self, text: str) -> None:
        self.steps += 1
        file = self.folder / text.splitlines()[0].removeprefix("# ")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def _start(self, text: str) -> None:
        self.steps += 1
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
        self.steps += 1

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
            assert ran.returncode == 0 or not self.strict or _LOOKS.match(line), self.said
            return not _LOOKS.match(line) or not expected or missing(expected, self.said) == []

        wait_for(seen, 60, f"{line}: {missing(expected, self.said)}")

    def stop(self) -> None:
        if self.up is not None and self.up.poll() is None:
            self.up.send_signal(signal.SIGINT)
            self.up.wait(20)


@contextmanager
def reading(page: Path, *, strict: bool = False) -> Iterator[PageReader]:
    """A reader of this page in an empty folder, but for the installed `.venv`."""
    blocks = re.findall(r"```(\w+)\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    with scratch_folder() as folder:
        (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
        made = PageReader(folder, blocks, strict)
        try:
            yield made
        finally:
            made.stop()


def _alike(text: str) -> str:
    """Without what differs from run to run: ids, times, durations."""
    text = re.sub(r"\b[0-9a-f]{8,}\b", "ID", text)
    return " ".join(re.sub(r"\d+ ms", "N ms", text).split())


def missing(expected: str, said: str) -> list[str]:
    """The lines of what is expected that were not said."""
    lines = [_alike(line) for line in said.splitlines()]
    return [
        line
        for line in map(_alike, expected.splitlines())
        if not any(line in other for other in lines)
    ]

"""What `hongyan up` shows: a table and lines for people, or one JSON object a line."""

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from hongyan.outlet import Outlet
from hongyan.stack_plan import NAMES
from hongyan.supervision import Change
from hongyan.wording import parted, sentence

_SLOW_S: Final = 2.0


class PeopleView:
    """Lines for people; colour only on a terminal (click sees to it)."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._was_ready: set[str] = set()
        self._began = time.monotonic()
        self.settled = False

    def _line(self, text: str, **style: Any) -> None:
        at = datetime.now().astimezone().strftime("%H:%M:%S")
        self._outlet.line(f"{click.style(at, dim=True)}  {click.style(text, **style)}")

    def progress(self, line: str) -> None:
        """Something slow goes on."""
        self._line(parted(line)[0], dim=True)

    def changed(self, change: Change) -> None:
        """Say what died and what is back; at the start, what took its time."""
        if change.what == "died":
            self._say_death(change)
        elif change.what == "ready":
            back = change.name in self._was_ready
            self._was_ready.add(change.name)
            if back:
                self._line(sentence("ready", name=change.name), fg="green")
            elif time.monotonic() - self._began > _SLOW_S and not self.settled:
                self._line(sentence("ready", name=change.name), dim=True)
        elif self.settled:
            self._line(sentence("started", name=change.name, pid=change.pid))

    def _say_death(self, change: Change) -> None:
        if change.times < 2:
            self._line(sentence("died", name=change.name, how=change.how), fg="yellow")
        elif change.times < 5 or change.times % 15 == 0:
            fields = {"name": change.name, "times": change.times, "how": change.how}
            self._line(sentence("keeps_failing", last=change.last, **fields), fg="red")

    def note(self, what: str, /, **fields: object) -> None:
        """A sentence of the catalogue."""
        self._line(sentence(what, **fields), fg="yellow" if what in _WARNINGS else None)

    def traffic(self, line: str) -> None:
        """A message in or out."""
        self._line(line, fg="green" if "✓" in line else "red" if "✗" in line else None)

    def ready(self, content: dict[str, Any], seconds: float, folder: Path) -> None:
        """The table of what runs where, and what to try next."""
        done = click.style(sentence("all_ready", seconds=seconds), fg="green", bold=True)
        rows = ["", *table(content), "", done, *next_steps(content, folder), ""]
        self._outlet.line("\n".join(f"  {row}".rstrip() for row in rows))
        self.settled = True


class MachineView:
    """One JSON object a line, each with `event` and `at`."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    def _write(self, event: str, **fields: object) -> None:
        at = datetime.now().astimezone().isoformat(timespec="milliseconds")
        self._outlet.line(json.dumps({"event": event, "at": at, **fields}, ensure_ascii=False))

    def progress(self, line: str) -> None:
        """Something slow goes on."""
        self._write("progress", line=line)

    def changed(self, change: Change) -> None:
        """A process started, became ready or died."""
        fields = {"process": change.name, "pid": change.pid}
        if change.what == "died":
            fields |= {"how": change.how, "last": change.last, "times": change.times}
        self._write(change.what, **fields)

    def note(self, what: str, /, **fields: object) -> None:
        """A sentence of the catalogue, by its name."""
        self._write("note", what=what, **{key: str(value) for key, value in fields.items()})

    def traffic(self, line: str) -> None:
        """A message in or out."""
        self._write("traffic", line=line)

    def ready(self, content: dict[str, Any], seconds: float, folder: Path) -> None:
        """Everything is ready; the fields of the ready file without secrets."""
        public = {
            name: value for name, value in content.items() if name not in {"api_key", "postgres"}
        }
        self._write("all-ready", seconds=round(seconds, 2), data=str(folder), **public)


_WARNINGS: Final = {"port_moved", "slow", "pace_danger", "killed", "kafka_waited", "topics_waited"}


def table(content: dict[str, Any]) -> list[str]:
    """What runs where. Pure."""
    pids = content["pids"]
    where = {
        "broker": f"Kafka {content['kafka']}",
        "postgres": f"PostgreSQL {_address_of(content['postgres'])}",
        "sim": content["sim"],
        "agent": f"{content['serial']} @ adb {content['adb']}",
        "worker": "",
        "relay": "",
        "api": content["api"],
    }
    rows = [(name, pids.get(name), where[name]) for name in NAMES if where[name] is not None]
    return [f"{name:<9}{pid or '—'!s:>8}  {place}".rstrip() for name, pid, place in rows]


def _address_of(dsn: str) -> str:
    """Host, port and database, without user and password."""
    return dsn.rpartition("@")[2] if "@" in dsn else dsn


def next_steps(content: dict[str, Any], folder: Path) -> list[str]:
    """What to try now. Pure but for the language."""
    data = "" if folder == Path("data").absolute() else f" --data {folder}"
    steps = []
    if content["sim"]:
        steps += [
            (f'hongyan say 小王 "/echo 你好 🐦"{data}', "next_say"),
            (f"{content['sim']}/truth", "next_truth"),
            (f"{content['sim']}/", "next_screen"),
        ]
    steps.append((f"hongyan tail{data}", "next_tail"))
    width = max(_width(command) for command, _ in steps)
    lines = [
        f"{command}{' ' * (width - _width(command))}   {sentence(what)}" for command, what in steps
    ]
    return [
        f"{sentence('next')}:",
        *(f"  {line}" for line in lines),
        sentence("next_stop", folder=folder),
    ]


def _width(text: str) -> int:
    """Columns on a terminal: Chinese and emoji take two."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)

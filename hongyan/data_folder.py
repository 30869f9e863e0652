"""The folder `hongyan up` keeps everything in: one owner at a time, ports and keys that stay."""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hongyan.program import CannotStart, folder_unwritable


@dataclass
class Kept:
    """What a restart on the same folder finds again."""

    ports: dict[str, int] = field(default_factory=dict)
    api_key: str = field(default_factory=lambda: f"hy_{secrets.token_urlsafe(32)}")


@dataclass(frozen=True)
class DataFolder:
    """The folder's parts. `kept` is written back by `keep`."""

    path: Path
    kept: Kept

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.path / "logs" / f"{name}.log"

    def marker(self, name: str) -> Path:
        """The file a process touches when it is ready."""
        return self.path / "run" / f"{name}.ready"

    @property
    def ready_file(self) -> Path:
        """Where `hongyan say` and `hongyan tail` find the running stack."""
        return self.path / "ready.json"

    def keep(self) -> None:
        """Write what must be found again; for this user's eyes alone."""
        text = json.dumps({"ports": self.kept.ports, "api_key": self.kept.api_key})
        write_private(self.path / "up.json", text)


def write_private(path: Path, text: str) -> None:
    """Write a file only this user may read, whole or not at all."""
    scratch = path.with_name(f".{path.name}.new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    scratch.replace(path)


@contextlib.contextmanager
def held(path: Path) -> Iterator[DataFolder]:
    """The folder, made if need be and held by this process alone.

    Raises CannotStart: it cannot be written, or another `up` runs on it.
    """
    path = path.absolute()
    try:
        for part in (path, path / "logs", path / "run"):
            part.mkdir(parents=True, exist_ok=True)
        probe = path / "run" / ".writable"
        probe.touch()
        probe.unlink()
        lock = (path / "up.lock").open("a+")
    except OSError as error:
        raise folder_unwritable("hongyan up", path) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise _in_use(path, lock.read().strip()) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield DataFolder(path, _kept(path / "up.json"))


def _in_use(path: Path, pid: str) -> CannotStart:
    return CannotStart(
        f"hongyan up already runs on {path} (pid {pid})；"
        f"hongyan up 已在 {path} 上运行（pid {pid}）。",
        f"Stop it with Ctrl-C or kill {pid}, or give another folder with --data；"
        f"请先停止它（Ctrl-C 或 kill {pid}），或用 --data 指定其他目录。",
    )


def _kept(file: Path) -> Kept:
    try:
        content = json.loads(file.read_text())
        return Kept(
            {name: int(port) for name, port in content["ports"].items()}, content["api_key"]
        )
    except FileNotFoundError:
        return Kept()
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise CannotStart(
            f"{file} cannot be read: {error!r}；无法读取 {file}。",
            "Delete it: new ports and a new API key are made；可以删除它，将生成新的端口和密钥。",
        ) from error

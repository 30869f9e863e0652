"""What `hongyan up` runs: the options, and each process as a `Program` with its settings."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hongyan import apache_kafka, embedded_broker, embedded_postgres
from hongyan.data_folder import DataFolder
from hongyan.program import Program, Progress, require_free_port
from hongyan.python_program import python_program

SERIAL = "SIM0001"
ACCOUNT = "default"
NAMES = ("broker", "postgres", "sim", "agent", "worker", "relay", "api")
"""The ready file's names of the processes, in the order they start."""

_MACHINE_ADB = "127.0.0.1:5037"


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    data: Path
    ready_file: Path | None = None
    port_base: int | None = None
    kafka: str | None = None
    apache_kafka: bool = False
    postgres: str | None = None
    phone: str | None = None
    plugins: tuple[Path, ...] = ()
    pace: Literal["fast", "human"] | None = None

    @property
    def effective_pace(self) -> Literal["fast", "human"]:
        """Fast on the simulator, like a hand on a real phone, unless it was said."""
        return self.pace or ("human" if self.phone else "fast")

    def ours(self, name: str) -> bool:
        """Whether we run this process, or somebody else does."""
        elsewhere = {"broker": self.kafka, "postgres": self.postgres, "sim": self.phone}
        return elsewhere.get(name) is None


@dataclass(frozen=True)
class Addresses:
    """Where everything is."""

    kafka: str
    postgres: str
    adb: str
    serial: str
    api: str
    sim: str | None


class Plan:
    """The programs of one stack on one folder."""

    def __init__(self, options: Options, folder: DataFolder, ports: dict[str, int]) -> None:
        self._options = options
        self._folder = folder
        self._ports = ports

    def broker(self, progress: Progress) -> Program:
        """The embedded broker, or a real Kafka. May build or fetch. Raises CannotStart."""
        port = self._ports["kafka"]
        if self._options.apache_kafka:
            installed = apache_kafka.ensure_installed(progress, java_home=_java_home())
            return apache_kafka.program(installed, self._folder.path / "kafka", port)
        executable = embedded_broker.ensure_built(progress)
        return embedded_broker.program(executable, self._folder.path / "broker", port)

    def postgres(self, progress: Progress) -> tuple[Program, str]:
        """The embedded PostgreSQL and its DSN. May initialise it. Raises CannotStart."""
        cluster = embedded_postgres.prepare(
            self._folder.path, progress, binaries=_postgres_binaries()
        )
        port = self._ports["postgres"]
        return embedded_postgres.program(cluster, port), cluster.dsn(port)

    def addresses(self, dsn: str) -> Addresses:
        """Where the parts are, `dsn` being the database's."""
        phone = self._options.phone
        return Addresses(
            kafka=self._options.kafka or f"127.0.0.1:{self._ports['kafka']}",
            postgres=dsn,
            adb=_MACHINE_ADB if phone else f"127.0.0.1:{self._ports['adb']}",
            serial=phone or SERIAL,
            api=f"http://127.0.0.1:{self._ports['api']}",
            sim=None if phone else f"http://127.0.0.1:{self._ports['sim']}",
        )

    def sim(self) -> Program:
        """The simulated phone: no transition time, its world kept in the folder."""
        adb, control = self._ports["adb"], self._ports["sim"]

        def check() -> None:
            require_free_port("sim", adb)
            require_free_port("sim", control)

        return python_program(
            "sim",
            self._folder.marker("sim"),
            {},
            *("--adb-port", str(adb), "--control-port", str(control), "--serial", SERIAL),
            *("--data", str(self._folder.path / "sim")),
            check=check,
        )

    def agent(self, addresses: Addresses) -> Program:
        """The device agent."""
        return self._process(
            "agent",
            addresses,
            HONGYAN_ADB=addresses.adb,
            HONGYAN_SERIAL=addresses.serial,
            HONGYAN_ACCOUNT=ACCOUNT,
            HONGYAN_DATA=str(self._folder.path / "agent"),
            HONGYAN_PACE=self._options.effective_pace,
        )

    def worker(self, addresses: Addresses) -> Program:
        """The Faust worker."""
        return self._process(
            "worker",
            addresses,
            HONGYAN_PLUGINS=":".join(str(path) for path in self._options.plugins),
            HONGYAN_HOT_RELOAD="true",
        )

    def relay(self, addresses: Addresses) -> Program:
        """The relay."""
        return self._process("relay", addresses)

    def api(self, addresses: Addresses) -> Program:
        """The HTTP API on its port."""
        port = self._ports["api"]
        return self._process(
            "api",
            addresses,
            check_port=port,
            HONGYAN_API_HOST="127.0.0.1",
            HONGYAN_API_PORT=str(port),
            HONGYAN_API_KEY=self._folder.kept.api_key,
        )

    def _process(
        self, name: str, addresses: Addresses, *, check_port: int | None = None, **settings: str
    ) -> Program:
        environment = {
            "HONGYAN_KAFKA": addresses.kafka,
            "HONGYAN_ACCOUNTS": ACCOUNT,
            "HONGYAN_MEDIA": str(self._folder.path / "media"),
            **settings,
        }
        if name != "agent":
            environment["HONGYAN_POSTGRES"] = addresses.postgres

        def check() -> None:
            if check_port is not None:
                require_free_port(name, check_port)

        return python_program(name, self._folder.marker(name), environment, check=check)


def surroundings() -> dict[str, str]:
    """The environment that our processes inherit; theirs is added to it."""
    return dict(os.environ)  # noqa: TID251  # `up` is the one place that starts processes


def _java_home() -> Path | None:
    home = os.environ.get("JAVA_HOME")  # noqa: TID251  # Java's own setting, read at this edge
    return Path(home) if home else None


def _postgres_binaries() -> Path | None:
    folder = os.environ.get("HONGYAN_PG_BIN")  # noqa: TID251  # read at this edge, once
    return Path(folder) if folder else None

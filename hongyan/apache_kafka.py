"""A real one-node Apache Kafka (KRaft) from its Maven jars: fetch once, and say how to run it."""

import base64
import hashlib
import re
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
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

NAME = "apache-kafka"
POM = Path(__file__).parent / "kafka" / "pom.xml"
STOP_LIMIT_S = 20.0

_JAVA_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m", "-Dlog4j2.level=WARN")
_SMALL_MACHINE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    # As the embedded broker: a dead member is gone sooner than Kafka's 6 s would let it.
    "group.min.session.timeout.ms": "1000",
    # Offsets outlive a holiday: a consumer away for long must not start anew.
    "offsets.retention.minutes": str(365 * 24 * 60),
    # A killed node waits for its own old session before it serves again: 9 s by default.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "num.network.threads": "1",
    "num.io.threads": "2",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": str(4 << 20),
}


@dataclass(frozen=True)
class Installation:
    """What runs Kafka: a Java and the folder of jars."""

    java: str
    jars: Path

    def command(self, main: str, *arguments: str) -> list[str]:
        """A command line for one of Kafka's main classes."""
        return [self.java, *_JAVA_OPTIONS, "-cp", f"{self.jars}/*", main, *arguments]


def ensure_installed(
    progress: Progress, *, cache: Path | None = None, java_home: Path | None = None
) -> Installation:
    """Kafka's jars (43 MB), fetched with Maven if they are not in the cache yet.

    Several processes may call it at once: one fetches, the others wait. `java_home` is JAVA_HOME
    where it is set. Raises CannotStart when Java or Maven is missing or the fetch fails.
    """
    java = find_java(java_home)
    key = hashlib.sha256(POM.read_bytes()).hexdigest()[:16]
    jars = (cache or cache_folder()) / "kafka" / key
    if not jars.exists():
        with only_maker(jars.with_suffix(".lock")):
            if not jars.exists():
                _fetch(jars, progress)
    return Installation(java, jars)


def find_java(java_home: Path | None = None) -> str:
    """The Java of `java_home`, else the one on PATH. Raises CannotStart."""
    if java_home is not None and (java_home / "bin" / "java").exists():
        return str(java_home / "bin" / "java")
    return _on_path("java", "Java 17", "apt install openjdk-17-jre-headless / brew install openjdk")


def _on_path(command: str, name: str, install: str) -> str:
    found = shutil.which(command)
    if found is None:
        raise CannotStart(
            f"Apache Kafka needs {name}, and there is no {command} on PATH；"
            f"Apache Kafka 需要 {name}，但 PATH 中没有 {command}。",
            f"Install it ({install}), or use the embedded broker；"
            f"请安装（{install}），或使用内置消息代理。",
        )
    return found


def _fetch(jars: Path, progress: Progress) -> None:
    maven = _on_path("mvn", "Maven", "apt install maven / brew install maven")
    progress("Fetching Apache Kafka (43 MB), once；首次下载 Apache Kafka…")
    with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
        fresh = Path(scratch) / "jars"
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={fresh}"]
        command = [maven, "-B", "-q", "-f", str(POM), *goal, "-DincludeScope=runtime"]
        said = run_told(command, progress)
        if said is not None:
            raise CannotStart(
                f"Apache Kafka could not be fetched: {said}；Apache Kafka 下载失败。",
                "Check the network and Maven's settings (~/.m2/settings.xml)；"
                "请检查网络和 Maven 配置（~/.m2/settings.xml）。",
            )
        fresh.rename(jars)


def program(
    installation: Installation, data: Path, port: int, *, clean_every_s: float = 15
) -> Program:
    """The broker on 127.0.0.1:`port`, keeping everything in `data`, formatted if it is new.

    Ready 2 s after a clean stop and 4 s after a kill. Compaction and retention are looked at
    every `clean_every_s` seconds. Raises CannotStart.
    """
    properties = data / "server.properties"
    try:
        data.mkdir(parents=True, exist_ok=True)
        properties.write_text(_properties(data / "log", port, clean_every_s))
    except OSError as error:
        raise folder_unwritable(NAME, data) from error
    if not (data / "log" / "meta.properties").exists():
        _format(installation, properties)
    return Program(
        name=NAME,
        argv=tuple(installation.command("kafka.Kafka", str(properties))),
        check=lambda: require_free_port(NAME, port),
        ready=lambda: broker_answers("127.0.0.1", port),
        explain=lambda log: explain(log, data, port),
    )


def _properties(log: Path, port: int, clean_every_s: float) -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        controller = probe.getsockname()[1]
    listener = f"PLAINTEXT://127.0.0.1:{port}"
    every = str(round(clean_every_s * 1000))
    settings = _SMALL_MACHINE | {
        "log.dirs": str(log),
        "listeners": f"{listener},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": listener,
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "log.cleaner.backoff.ms": every,
        "log.retention.check.interval.ms": every,
        "log.initial.task.delay.ms": every,  # else nothing expires in the first 30 s
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def new_cluster_id(chance: Callable[[], uuid.UUID] = uuid.uuid4) -> str:
    """A random id as Kafka writes them; one that starts with a dash would be read as an option."""
    cluster = base64.urlsafe_b64encode(chance().bytes).decode().rstrip("=")
    return cluster if cluster[0] != "-" else f"A{cluster[1:]}"


def _format(installation: Installation, properties: Path) -> None:
    options = ["format", "-t", new_cluster_id(), "-c", str(properties), "--ignore-formatted"]
    command = installation.command("kafka.tools.StorageTool", *options)
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise CannotStart(
            f"Apache Kafka could not format its folder: {result.stderr.strip()[-600:]}；"
            "Apache Kafka 初始化数据目录失败。",
            "Check that Java is 17 or newer and the folder is writable；"
            "请检查 Java 版本不低于 17，且数据目录可写。",
        )


def explain(log: str, data: Path, port: int) -> CannotStart | None:
    """What the broker's last words mean, where they are about its port or its data."""
    if "Address already in use" in log:
        return port_taken(NAME, port)
    if re.search(r"Failed to acquire lock on file", log):
        return data_in_use(NAME, data)
    if "AccessDeniedException" in log or "Permission denied" in log:
        return folder_unwritable(NAME, data)
    return None

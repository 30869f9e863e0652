"""Writes docs/reference/metrics.md from the registry; run by `python -m docs.metrics`."""  # noqa: INP001

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from prometheus_client import REGISTRY

PAGE = Path(__file__).parent / "reference" / "metrics.md"
_PROCESSES: Final = {
    "worker": ("streams.worker",),
    "relay": (
        "connectors.relay",
        "connectors.timers",
        "connectors.scheduler",
        "connectors.webhooks.sender",
        "streams.retry_scheduler",
    ),
    "api": ("connectors.api.app",),
    "agent": ("device_agent.main", "device_agent.agent"),
}
_HEAD = """# Metrics

*Written by `make docs` from the registry.*

Each process answers `GET /metrics` in Prometheus' format, on the port that `HONGYAN_METRICS_PORT`
names; the API on its own port. Beside these figures stand those of Python and of the process
(`process_cpu_seconds_total`, `process_resident_memory_bytes` …). `GET /healthz` on the same port is
503 when only a new process helps: for the worker, when records wait, nothing moves and no plugin
runs for half the time after which it ends itself, or when its watchdog has not looked for 30 s.

A replay is a command, not a process to be scraped: `hongyan replay run --format json` gives each
run's `ms`, `--format junit` the same for build servers. What was sent back, edited and discarded,
by whom and how many, stands in `bot.redrive`.
"""


class _Metric(NamedTuple):
    name: str
    kind: str
    labels: tuple[str, ...]
    about: str
    module: str


def page() -> str:
    """The page as the registry is now."""
    for modules in _PROCESSES.values():
        for module in modules:
            importlib.import_module(module)
    found = sorted(_metrics())
    parts = [_HEAD]
    for process in _PROCESSES:
        rows = [_row(one) for one in found if _process(one.module) == process]
        parts += [
            f"\n## {process}\n\n| metric | kind | labels | what | measured in |",
            "|---|---|---|---|---|",
            *rows,
        ]
    return "\n".join(parts) + "\n"


def _metrics() -> Iterator[_Metric]:
    places = {
        id(value): name
        for name, module in sorted(sys.modules.items())
        if name.split(".")[0] in {"streams", "connectors", "device_agent"}
        for attribute, value in vars(module).items()
        if _defines(module, attribute, value)
    }
    for collector in set(REGISTRY._collector_to_names):  # noqa: SLF001  # it has no public list
        for family in collector.collect() if id(collector) in places else ():
            labels: tuple[str, ...] = collector._labelnames  # type: ignore[attr-defined]  # noqa: SLF001  # as above
            name = family.name + ("_total" if family.type == "counter" else "")
            yield _Metric(name, family.type, labels, family.documentation, places[id(collector)])


def _defines(module: Any, attribute: str, value: object) -> bool:
    name = getattr(value, "_name", None)
    if not isinstance(name, str) or not name.startswith("hongyan_"):
        return False
    return f"\n{attribute} = " in "\n" + inspect.getsource(module)


def _process(module: str) -> str:
    room = module.split(".")
    if room[0] == "device_agent":
        return "agent"
    if module.startswith("connectors.api"):
        return "api"
    if room[0] == "connectors" or module in _PROCESSES["relay"]:
        return "relay"
    return "worker"


def _row(one: _Metric) -> str:
    file = one.module.replace(".", "/") + ".py"
    labels = ", ".join(f"`{label}`" for label in one.labels)
    cells = [f"`{one.name}`", one.kind, labels, one.about, f"[{file}](../../{file})"]
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")

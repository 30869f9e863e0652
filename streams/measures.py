"""What the worker counts of its runs, turns, dead letters and lag."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from schemas.envelope import Record, header
from schemas.run import Outcome
from streams.acks import Partition

RUN_SECONDS = Histogram(
    "hongyan_run_seconds",
    "Seconds from the start of a plugin's run to its turn, stored and produced, or to its failure",
    ["instance", "outcome"],
    buckets=(0.005, 0.025, 0.1, 0.5, 2, 10, 60, 120),
)
TURNS = Counter(
    "hongyan_turns", "Turns that ended produced: pure, or committed to PostgreSQL first", ["kind"]
)
DEAD = Counter(
    "hongyan_dead_letters",
    "Dead letters by the fingerprint of their fault; `other` beyond 200 fingerprints",
    ["instance", "kind", "fingerprint"],
)
DENIED = Counter(
    "hongyan_denied",
    "What plugins tried and their owner had not granted: chats, http, database, llm, …",
    ["instance", "capability"],
)
POISON = Counter("hongyan_poison", "Records that could not be read")
LANES_BUSY = Gauge("hongyan_lanes_busy", "Chats that are being worked on")
RECORDS_WAITING = Gauge("hongyan_records_waiting", "Records taken and not done, of all lanes")
UNACKED = Gauge(
    "hongyan_unacked_records",
    "Records between the committable offset and the last one taken",
    ["topic", "partition"],
)
HELD = Gauge("hongyan_partitions_held", "Partitions that are not fetched: too much is unfinished")
LAG = Gauge(
    "hongyan_lag_records",
    "Records between the committable offset and the end",
    ["topic", "partition"],
)
STILL = Gauge(
    "hongyan_still_seconds", "For how long records have waited while nothing moved and nobody ran"
)
OLDEST_GATE = Gauge(
    "hongyan_gate_oldest_seconds", "For how long the longest closed gate has been closed"
)

_MOST_FINGERPRINTS: Final = 200
_fingerprints: set[str] = set()


@lru_cache(maxsize=1024)
def _seconds(instance: str, outcome: Outcome) -> Histogram:
    return RUN_SECONDS.labels(instance, outcome)  # the look-up costs more than the observation


_PURE: Final = TURNS.labels("pure")
_COMMITTED: Final = TURNS.labels("committed")


def ran(instance: str, outcome: Outcome, seconds: float, *, committed: bool) -> None:
    """A run ended; one that failed has no turn."""
    _seconds(instance, outcome).observe(seconds)
    if outcome != "failed":
        (_COMMITTED if committed else _PURE).inc()


def denied(instance: str, sought: Iterable[str]) -> None:
    """A run tried what it was not granted."""
    for what in sought:
        DENIED.labels(instance, what.partition(" ")[0]).inc()


def died(letter: Record) -> None:
    """A dead letter was written."""
    fingerprint = header(letter.headers, "x-error-fingerprint") or ""
    if fingerprint not in _fingerprints:
        if len(_fingerprints) >= _MOST_FINGERPRINTS:
            fingerprint = "other"
        else:
            _fingerprints.add(fingerprint)
    instance = header(letter.headers, "x-instance") or ""
    DEAD.labels(instance, header(letter.headers, "x-error-kind") or "", fingerprint).inc()


def lags(
    ends: Mapping[Partition, int],
    committed: Mapping[Partition, int],
    unacked: Mapping[Partition, int],
) -> int:
    """How far behind each owned partition is, and all together, which it returns; what is owned no
    more is forgotten.
    """
    total = 0
    LAG.clear()
    UNACKED.clear()
    for (topic, partition), end in ends.items():
        place = topic, partition
        lag = max(0, end - committed.get(place, 0))
        total += lag
        LAG.labels(topic, partition).set(lag)
        UNACKED.labels(topic, partition).set(unacked.get(place, 0))
    return total

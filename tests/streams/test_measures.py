"""What the worker counts."""

from prometheus_client import REGISTRY

from schemas.envelope import Record
from streams import measures


def _letter(fingerprint: str) -> Record:
    named = {"x-instance": "shop", "x-error-kind": "bug", "x-error-fingerprint": fingerprint}
    return Record(b"k", b"v", [(name, text.encode()) for name, text in named.items()])


def _dead(fingerprint: str) -> float:
    labels = {"instance": "shop", "kind": "bug", "fingerprint": fingerprint}
    return REGISTRY.get_sample_value("hongyan_dead_letters_total", labels) or 0.0


def test_dead_letters_count_by_fault_and_no_number_of_faults_fills_the_memory() -> None:
    for number in range(300):
        measures.died(_letter(f"fault-{number}"))
    measures.died(_letter("fault-0"))

    assert _dead("fault-0") == 2
    assert _dead("fault-299") == 0
    assert _dead("other") >= 100


def test_lag_is_told_for_owned_partitions_alone() -> None:
    one, other = ("bot.inbound.v1", 1), ("bot.inbound.v1", 2)
    measures.lags({one: 10, other: 5}, {one: 4, other: 5}, {})

    total = measures.lags({one: 10}, {one: 7}, {one: 2})

    def lag(partition: str) -> float | None:
        labels = {"topic": "bot.inbound.v1", "partition": partition}
        return REGISTRY.get_sample_value("hongyan_lag_records", labels)

    assert total == 3
    assert (lag("1"), lag("2")) == (3, None)

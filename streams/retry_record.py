"""The record that waits in a retry topic: the event's own bytes, and what is known of its failures.

Pure.
"""

from collections.abc import Mapping
from datetime import datetime

from connectors.gates import Gate
from schemas.envelope import Record, header
from streams.dead_letter import WAITING, origin
from streams.delivery import Delivery


def retry_record(delivery: Delivery, gate: Gate, now: datetime) -> Record:
    """What a gate's head waits as; `x-wait` tells the waits of one gate apart, `x-hop`
    those of an event behind which nothing waits.
    """
    latest = {
        **gate.error,
        "x-instance": gate.instance,
        "x-event-id": gate.head,
        "x-attempt": str(gate.attempt),
        "x-first-failed-ms": _ms(gate.first_failed_at),
        "x-last-failed-ms": _ms(now),
    }
    if gate.wait:
        latest["x-wait"] = str(gate.wait)
    else:
        latest["x-hop"] = str((number(delivery, "x-hop") or 0) + 1)
    if gate.not_before is not None:
        latest["x-not-before-ms"] = _ms(gate.not_before)
    return Record(delivery.key, delivery.value, _merged(delivery, latest))


def _merged(delivery: Delivery, latest: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """The headers as they came, `x-origin-…` once and for all, and the latest of the others."""
    before = {name for name, _ in delivery.headers}
    replaced = {*latest, *WAITING, "x-redrive-id"}
    merged = [pair for pair in delivery.headers if pair[0] not in replaced]
    merged += [(n, text.encode()) for n, text in origin(delivery).items() if n not in before]
    merged += [(name, text.encode(errors="replace")) for name, text in latest.items()]
    return merged


def number(delivery: Delivery, name: str) -> int | None:
    """A header that is a whole number; None where it is missing or none."""
    text = header(delivery.headers, name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _ms(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))

"""The headers of records that need a person: where they came from and what went wrong. Pure."""

import base64
import traceback
from hashlib import sha256
from typing import Final

from plugins.manifest import Manifest
from schemas.envelope import Headers, Record
from schemas.failure import Failure
from streams.delivery import Delivery

MOST_MESSAGE: Final = 1024  # bytes
MOST_STACK: Final = 8 * 1024  # bytes; the tail is kept, where the fault is


def dead_letter(
    delivery: Delivery,
    event_id: str,
    instance: str,
    manifest: Manifest | None,
    failure: Failure,
    *,
    now_ms: int,
) -> Record:
    """The event's record, its bytes copied, with the history of its failure.

    What a former life wrote (`x-attempt`, `x-first-failed-ms`, `x-origin-…`) stands; the latest
    error replaces an older one. `ce_id` is the event's own: with `x-instance` it names this death.
    """
    before = {name for name, _ in delivery.headers}
    error = failure.__cause__ or failure
    stack = "".join(traceback.format_exception(error))
    latest = {
        "x-error-type": type(error).__name__,
        "x-error-kind": failure.kind,
        "x-error-message": _head(str(error), MOST_MESSAGE),
        "x-error-stack": _tail(stack, MOST_STACK),
        "x-error-fingerprint": fingerprint(error),
        "x-instance": instance,
        "x-event-id": event_id,
    }
    if manifest is not None:  # else the instance whose turn it was is gone
        latest |= {"x-plugin": manifest.name, "x-plugin-version": manifest.version}
    first = {**_origin(delivery), "x-attempt": "1", "x-first-failed-ms": str(now_ms)}
    headers: Headers = [pair for pair in delivery.headers if pair[0] not in latest]
    headers += [(name, text.encode()) for name, text in first.items() if name not in before]
    headers += [(name, text.encode(errors="replace")) for name, text in latest.items()]
    return Record(delivery.key, delivery.value, headers)


def poisoned(delivery: Delivery, failure: Failure) -> Record:
    """An undecodable record, key, value and headers untouched, and where it came from."""
    before = {name for name, _ in delivery.headers}
    added = {
        **_origin(delivery),
        "x-error-type": type(failure).__name__,
        "x-error-message": _head(str(failure), MOST_MESSAGE),
    }
    headers: Headers = list(delivery.headers)
    headers += [
        (name, text.encode(errors="replace")) for name, text in added.items() if name not in before
    ]
    return Record(delivery.key, delivery.value, headers)


def fingerprint(error: BaseException) -> str:
    """The same for faults of one kind at one place, whatever their message says."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = "|".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.name}" for frame in frames)
    return sha256(f"{type(error).__qualname__}|{where}".encode()).hexdigest()[:16]


def _origin(delivery: Delivery) -> dict[str, str]:
    origin = {
        "x-origin-topic": delivery.topic,
        "x-origin-partition": str(delivery.partition),
        "x-origin-offset": str(delivery.offset),
        "x-origin-timestamp": str(delivery.timestamp),
    }
    if delivery.key is not None:
        origin["x-origin-key-b64"] = base64.b64encode(delivery.key).decode()
    return origin


def _head(text: str, most: int) -> str:
    return text.encode(errors="replace")[:most].decode(errors="ignore")


def _tail(text: str, most: int) -> str:
    return text.encode(errors="replace")[-most:].decode(errors="ignore")

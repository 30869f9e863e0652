"""The headers of records that need a person: where they came from and what went wrong. Pure."""

import base64
import traceback
from hashlib import sha256
from typing import Final

from plugins.manifest import Manifest
from schemas.envelope import Headers, Record
from schemas.failure import Failure
from streams.afar import Afar
from streams.delivery import Delivery

MOST_MESSAGE: Final = 1024  # bytes
WAITING: Final = frozenset({"x-wait", "x-hop", "x-not-before-ms"})
MOST_STACK: Final = 8 * 1024  # bytes; the tail is kept, where the fault is


def dead_letter(
    delivery: Delivery,
    event_id: str,
    instance: str,
    manifest: Manifest | None,
    failure: Failure,
    *,
    now_ms: int,
    attempt: int = 1,
    group: tuple[str, int] | None = None,
) -> Record:
    """The event's record, its bytes copied, with the history of its failure: it failed `attempt`
    times; `group` names a gate that was given up and the event's place in its line.

    What a former life wrote (`x-first-failed-ms`, `x-origin-…`) stands; the latest error replaces
    an older one, and what was of its waiting is left out. `ce_id` is the event's own: with
    `x-instance` it names this death.
    """
    before = {name for name, _ in delivery.headers}
    error = failure.__cause__ or failure
    stack = error.stack if isinstance(error, Afar) else _stack(error)
    latest = {
        **described(failure),
        "x-error-stack": _tail(stack, MOST_STACK),
        "x-instance": instance,
        "x-event-id": event_id,
        "x-attempt": str(attempt),
        "x-last-failed-ms": str(now_ms),
    }
    if group is not None:
        latest |= {"x-group-id": group[0], "x-group-index": str(group[1])}
    if manifest is not None:  # else the instance whose turn it was is gone
        latest |= {"x-plugin": manifest.name, "x-plugin-version": manifest.version}
    first = {**origin(delivery), "x-first-failed-ms": str(now_ms)}
    left_out = {*latest, *WAITING}
    headers: Headers = [pair for pair in delivery.headers if pair[0] not in left_out]
    headers += [(name, text.encode()) for name, text in first.items() if name not in before]
    headers += [(name, text.encode(errors="replace")) for name, text in latest.items()]
    return Record(delivery.key, delivery.value, headers)


def described(failure: Failure) -> dict[str, str]:
    """A failure as headers tell it, without its stack."""
    error = failure.__cause__ or failure
    away = getattr(failure, "dependency", None)
    named = {"x-error-dependency": head_of(away, MOST_MESSAGE)} if away else {}
    return {
        **named,
        "x-error-type": error.name if isinstance(error, Afar) else type(error).__name__,
        "x-error-kind": failure.kind,
        "x-error-message": head_of(_said(error) or str(failure), MOST_MESSAGE),
        "x-error-fingerprint": fingerprint(error),
    }


def _stack(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # a plugin's exception, whose text may raise anything
        return ""


def poisoned(delivery: Delivery, failure: Failure) -> Record:
    """An undecodable record, key, value and headers untouched, and where it came from."""
    before = {name for name, _ in delivery.headers}
    added = {
        **origin(delivery),
        "x-error-type": type(failure).__name__,
        "x-error-message": head_of(str(failure), MOST_MESSAGE),
    }
    headers: Headers = list(delivery.headers)
    headers += [
        (name, text.encode(errors="replace")) for name, text in added.items() if name not in before
    ]
    return Record(delivery.key, delivery.value, headers)


def fingerprint(error: BaseException) -> str:
    """The same for faults of one kind at one place, whatever their message says."""
    if isinstance(error, Afar):
        return error.fingerprint
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = "|".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.name}" for frame in frames)
    return sha256(f"{type(error).__qualname__}|{where}".encode()).hexdigest()[:16]


def origin(delivery: Delivery) -> dict[str, str]:
    """Where a record stood first; written once and never again."""
    origin = {
        "x-origin-topic": delivery.topic,
        "x-origin-partition": str(delivery.partition),
        "x-origin-offset": str(delivery.offset),
        "x-origin-timestamp": str(delivery.timestamp),
    }
    if delivery.key is not None:
        origin["x-origin-key-b64"] = base64.b64encode(delivery.key).decode()
    return origin


def head_of(text: str, most: int) -> str:
    """The first `most` bytes, whole characters."""
    return text.encode(errors="replace")[:most].decode(errors="ignore")


def _tail(text: str, most: int) -> str:
    return text.encode(errors="replace")[-most:].decode(errors="ignore")

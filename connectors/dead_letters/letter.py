"""What a dead letter's headers tell, ours and those that others write. Pure."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from aiokafka.structs import ConsumerRecord

from schemas.envelope import Headers

_FOREIGN: Final[dict[str, tuple[str, ...]]] = {
    # Spring Kafka's DeadLetterPublishingRecoverer (KafkaHeaders.java), Kafka Connect's KIP-298.
    "x-origin-topic": ("kafka_dlt-original-topic", "__connect.errors.topic"),
    "x-origin-partition": ("kafka_dlt-original-partition", "__connect.errors.partition"),
    "x-origin-offset": ("kafka_dlt-original-offset", "__connect.errors.offset"),
    "x-error-type": (
        "kafka_dlt-exception-cause-fqcn",
        "kafka_dlt-exception-fqcn",
        "__connect.errors.exception.class.name",
    ),
    "x-error-message": ("kafka_dlt-exception-message", "__connect.errors.exception.message"),
    "x-error-stack": ("kafka_dlt-exception-stacktrace", "__connect.errors.exception.stacktrace"),
    "x-instance": ("__connect.errors.connector.name", "kafka_dlt-original-consumer-group"),
}
_BINARY: Final = {"kafka_dlt-original-partition": 4, "kafka_dlt-original-offset": 8}
"""Spring writes these as big-endian numbers, Connect as text."""


@dataclass(frozen=True)
class Letter:
    """One dead letter as it is stored; `letter_id` names it for people."""

    letter_id: str
    partition: int
    offset: int
    died_at: datetime
    type: str
    event_id: str
    instance: str
    plugin: str
    lane: str
    error_type: str
    error_kind: str
    error_message: str
    error_stack: str
    fingerprint: str
    attempt: int
    redriven: int
    group_id: str
    group_index: int
    origin: str
    headers: Headers
    key: bytes | None
    value: bytes | None


def read_letter(record: ConsumerRecord) -> Letter:
    """A record of a dead letter topic; what its headers do not tell is empty."""
    headers = tuple((name, value) for name, value in record.headers if value is not None)
    told = _told(headers)
    message = told.get("x-error-message", "")
    kind = told.get("x-error-type", "")
    place = (told.get(f"x-origin-{part}", "") for part in ("topic", "partition", "offset"))
    return Letter(
        letter_id=letter_id(record),
        partition=record.partition,
        offset=record.offset,
        died_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        type=told.get("ce_type", ""),
        event_id=told.get("x-event-id") or told.get("ce_id", ""),
        instance=told.get("x-instance", ""),
        plugin=told.get("x-plugin", ""),
        lane=(record.key or b"").decode(errors="replace"),
        error_type=kind,
        error_kind=told.get("x-error-kind", ""),
        error_message=message,
        error_stack=told.get("x-error-stack", ""),
        fingerprint=told.get("x-error-fingerprint") or _print_of(kind, told),
        attempt=_number(told.get("x-attempt"), 1),
        redriven=_number(told.get("x-redrive-count"), 0),
        group_id=told.get("x-group-id", ""),
        group_index=_number(told.get("x-group-index"), 0),
        origin="/".join(place).strip("/"),
        headers=list(headers),
        key=record.key,
        value=record.value,
    )


def letter_id(record: ConsumerRecord) -> str:
    """Short, and another one on another broker, where the same offset comes again."""
    place = f"{record.topic}/{record.partition}/{record.offset}/{record.timestamp}"
    return sha256(place.encode()).hexdigest()[:10]


def row(letter: Letter) -> dict[str, Any]:
    """The letter for its table."""
    fields = {name: getattr(letter, name) for name in letter.__dataclass_fields__}
    return {**fields, "headers": packed(letter.headers)}


def packed(headers: Sequence[tuple[str, bytes]]) -> list[list[str]]:
    """Headers as JSON holds them."""
    return [[name, base64.b64encode(value).decode()] for name, value in headers]


def unpacked(headers: Sequence[Sequence[str]]) -> Headers:
    """Headers as Kafka holds them."""
    return [(name, base64.b64decode(value)) for name, value in headers]


def _told(headers: Sequence[tuple[str, bytes]]) -> Mapping[str, str]:
    """Headers as text under our names; where one comes twice, the last is the latest."""
    raw = dict(headers)
    told = {name: value.decode(errors="replace") for name, value in raw.items()}
    for ours, theirs in _FOREIGN.items():
        name = next((name for name in theirs if name in raw), None)
        if ours not in told and name is not None:
            size = _BINARY.get(name)
            binary = size is not None and len(raw[name]) == size
            told[ours] = str(int.from_bytes(raw[name], "big")) if binary else told[name]
    return told


def _print_of(kind: str, told: Mapping[str, str]) -> str:
    """For letters of others: the error's type and the first frame of its stack."""
    frames = [line.strip() for line in told.get("x-error-stack", "").splitlines()]
    where = next((line for line in frames if line.startswith("at ")), "")
    return sha256(f"{kind}|{where}".encode()).hexdigest()[:16]


def _number(text: str | None, otherwise: int) -> int:
    fits = text is not None and text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if fits and text is not None else otherwise

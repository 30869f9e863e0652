"""Models to Kafka records and back: CloudEvents 1.0, Kafka binding, binary mode.

The attributes travel as `ce_…` headers, the value is the model's JSON
(https://github.com/cloudevents/spec, Kafka protocol binding 3.2). Our own headers start with `x-`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from schemas.failure import Permanent, Poison
from schemas.model import Model
from schemas.topics import ALL

SPEC_VERSION: Final = b"1.0"
CONTENT_TYPE: Final = b"application/json"
MOST_BYTES: Final = 512 * 1024
"""The largest value; media and larger journals go to the media store."""

Headers = list[tuple[str, bytes]]

TYPES: dict[str, type[Model]] = {model.TYPE: model for topic in ALL for model in topic.models}


@dataclass(frozen=True)
class Record:
    """What a producer sends."""

    key: bytes | None
    value: bytes | None
    headers: Headers


def encode(
    model: Model,
    *,
    id: str,  # noqa: A002  # the attribute's own name in CloudEvents
    source: str,
    time: datetime,
    subject: str | None = None,
    key: bytes | None = None,
    traceparent: str | None = None,
    extra: Mapping[str, str] | None = None,
) -> Record:
    """The record of `model`.

    Raises:
        Permanent: the value is over 512 KiB.

    """
    value = model.__pydantic_serializer__.to_json(model)
    if len(value) > MOST_BYTES:
        raise Permanent(
            f"{model.TYPE} {id} is {len(value)} bytes, over {MOST_BYTES}: "
            "put large content in the media store"
        )
    headers: Headers = [
        ("ce_specversion", SPEC_VERSION),
        ("ce_id", id.encode()),
        ("ce_type", model.TYPE.encode()),
        ("ce_source", source.encode()),
        ("ce_time", time.isoformat().encode()),
        ("content-type", CONTENT_TYPE),
    ]
    if subject is not None:
        headers.append(("ce_subject", subject.encode()))
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    headers.extend((name, text.encode()) for name, text in (extra or {}).items())
    return Record(key if key is not None else getattr(model, "key", None), value, headers)


def header(headers: Iterable[tuple[str, bytes]], name: str) -> str | None:
    """The first header of that name as text; None where it is missing or no UTF-8."""
    for key, value in headers:
        if key == name and value is not None:
            try:
                return value.decode()
            except UnicodeDecodeError:
                return None
    return None


def decode(headers: Iterable[tuple[str, bytes]], value: bytes | None) -> Model:
    """The model a record holds.

    Raises:
        Poison: no `ce_type`, an unknown one, or a value that is not that type's.

    """
    name = header(headers, "ce_type")
    if name is None:
        raise Poison("the record has no ce_type header")
    model = TYPES.get(name)
    if model is None:
        raise Poison(f"the record's type {name!r} is unknown here")
    if value is None:
        raise Poison(f"the {name} record has no value")
    try:
        decoded: Model = model.__pydantic_validator__.validate_json(value)
    except ValidationError as error:
        raise Poison(f"the value is no {name}: {_first(error)}") from error
    return decoded


def _first(error: ValidationError) -> str:
    """What is wrong, without the input: it may hold what people wrote."""
    detail = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in detail["loc"]) or "value"
    return f"{where}: {detail['msg']}"

"""Records as bytes for the spool, with the topic they are meant for."""

import orjson

from schemas.envelope import Record


def pack(topic: str, record: Record) -> bytes:
    """A record and its topic; our own records are UTF-8 throughout."""
    return orjson.dumps(
        {
            "topic": topic,
            "key": None if record.key is None else record.key.decode(),
            "value": None if record.value is None else record.value.decode(),
            "headers": [(name, value.decode()) for name, value in record.headers],
        }
    )


def unpack(packed: bytes) -> tuple[str, Record]:
    """The inverse of `pack`."""
    body = orjson.loads(packed)
    key, value = body["key"], body["value"]
    return body["topic"], Record(
        key=None if key is None else key.encode(),
        value=None if value is None else value.encode(),
        headers=[(name, text.encode()) for name, text in body["headers"]],
    )

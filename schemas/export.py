"""The formats as published: a JSON Schema for each record type, and one AsyncAPI 3 document.

The files are committed beside this module; `stale` says which of them no longer fit the models.
"""

from pathlib import Path
from typing import Any

import orjson

from schemas.envelope import MOST_BYTES, TYPES
from schemas.evolution import incompatible
from schemas.topics import ALL, CHAT_PARTITIONS, DEFAULT_PREFIX, Topic

FOLDER = Path(__file__).parent
RELEASED = FOLDER / "released"
"""`<version>.json` holds every type's schema as of that release; never edited."""

_CLOUD_EVENT_HEADERS = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type"],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "description": "Equal for equal events: dedupe by it."},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string", "format": "uri-reference"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string"},
        "content-type": {"type": "string", "const": "application/json"},
        "traceparent": {"type": "string", "description": "W3C Trace Context"},
    },
}


def json_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each record type, by `ce_type`."""
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **model.model_json_schema(mode="serialization"),
        }
        for name, model in sorted(TYPES.items())
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document of the topic table."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Hongyan topics",
            "version": "1",
            "description": (
                "CloudEvents 1.0 in the Kafka binding's binary mode. Delivery is at least once "
                f"with equal ce_id. A value is at most {MOST_BYTES} bytes. The first part of a "
                "topic's name is a setting."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_slug(topic): _channel(topic) for topic in ALL},
        "operations": {
            f"read-{_slug(topic)}": {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{_slug(topic)}"},
            }
            for topic in ALL
        },
        "components": {
            "messages": {
                name: {
                    "name": name,
                    "contentType": "application/json",
                    "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
                    "payload": {
                        "schemaFormat": "application/schema+json;version=draft-07",
                        "schema": {"$ref": f"./json/{name}.json"},
                    },
                }
                for name in sorted(TYPES)
            },
            "schemas": {"CloudEventHeaders": _CLOUD_EVENT_HEADERS},
        },
    }


def _slug(topic: Topic) -> str:
    """The channel's id in the document: its name without the prefix and the braces."""
    return topic.pattern.removeprefix("{prefix}.").replace("{", "").replace("}", "")


def _channel(topic: Topic) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": topic.pattern.replace("{prefix}", DEFAULT_PREFIX),
        "description": topic.about,
        "messages": {
            model.TYPE: {"$ref": f"#/components/messages/{model.TYPE}"} for model in topic.models
        },
        "bindings": {
            "kafka": {
                "partitions": topic.partitions(CHAT_PARTITIONS),
                "topicConfiguration": _binding(topic),
                "bindingVersion": "0.5.0",
            }
        },
    }
    if topic.per_account:
        channel["parameters"] = {
            "channel": {"description": "wechat, feishu, dingtalk, wecom or webhook"},
            "account": {"description": "the account's slug"},
        }
    return channel


def _binding(topic: Topic) -> dict[str, Any]:
    binding: dict[str, Any] = {"cleanup.policy": topic.cleanup.split(",")}
    if topic.retention is not None:
        binding["retention.ms"] = int(topic.retention.total_seconds() * 1000)
    return binding


def documents() -> dict[str, bytes]:
    """Every committed file's content, by its path below `FOLDER`."""
    files = {f"json/{name}.json": schema for name, schema in json_schemas().items()}
    return {
        path: _pretty(content) for path, content in {**files, "asyncapi.json": asyncapi()}.items()
    }


def _pretty(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def write(folder: Path = FOLDER) -> list[str]:
    """Write what differs and remove what is no longer there; the paths touched."""
    touched = stale(folder)
    current = documents()
    for path in touched:
        file = folder / path
        if path in current:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(current[path])
        else:
            file.unlink()
    return touched


def stale(folder: Path = FOLDER) -> list[str]:
    """Paths of committed files that differ from the models, are missing, or should be gone."""
    current = documents()
    known = {f"json/{file.name}" for file in (folder / "json").glob("*.json")}
    return sorted(
        path
        for path in current.keys() | known
        if path not in current
        or not (folder / path).is_file()
        or (folder / path).read_bytes() != current[path]
    )


def broken_promises(released: Path = RELEASED) -> list[str]:
    """How the models break what any release published; empty where they keep it."""
    current = json_schemas()
    found = []
    for file in sorted(released.glob("*.json")):
        for name, schema in orjson.loads(file.read_bytes()).items():
            if name not in current:
                found.append(f"{name} of {file.stem} is gone")
                continue
            found += [
                f"{name} ({file.stem}): {sentence}"
                for sentence in incompatible(schema, current[name])
            ]
    return found


def release(version: str, released: Path = RELEASED) -> Path:
    """Freeze today's schemas as those of a release.

    Raises:
        FileExistsError: that release has its schemas already.

    """
    released.mkdir(parents=True, exist_ok=True)
    file = released / f"{version}.json"
    with file.open("xb") as stream:
        stream.write(_pretty(json_schemas()))
    return file

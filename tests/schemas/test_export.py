"""The published formats fit the models and keep what was promised."""

from pathlib import Path

import orjson
import pytest

from schemas.evolution import Schema, incompatible
from schemas.export import asyncapi, broken_promises, json_schemas, release, stale, write
from schemas.topics import ALL

OLD: Schema = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "part": {"$ref": "#/$defs/Part"}},
    "$defs": {"Part": {"type": "object", "properties": {"size": {"type": "integer"}}}},
}


def changed(**properties: Schema) -> Schema:
    return {**OLD, "properties": {**OLD["properties"], **properties}}


def test_the_committed_files_fit_the_models() -> None:
    assert stale() == [], "run `hongyan schemas export`"


def test_the_models_keep_what_every_release_published() -> None:
    assert broken_promises() == []


def test_a_new_optional_field_is_allowed() -> None:
    assert incompatible(OLD, changed(mood={"type": "string"})) == []


def test_words_for_people_may_change() -> None:
    assert incompatible(OLD, changed(id={"type": "string", "description": "better"})) == []


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (changed(id={"type": "integer"}), "record.id type was 'string' and is now 'integer'"),
        ({**OLD, "required": ["id", "part"]}, "record.part is required now"),
        ({**OLD, "required": []}, "record.id is no longer required"),
        ({**OLD, "properties": {"id": {"type": "string"}}}, "record.part is gone"),
        (
            {**OLD, "$defs": {"Part": {"type": "object", "properties": {}}}},
            "record.part.size is gone",
        ),
        (changed(id={"type": "string", "enum": ["a"]}), "record.id enum was None"),
    ],
)
def test_any_other_change_is_named(new: Schema, sentence: str) -> None:
    assert any(found.startswith(sentence) for found in incompatible(OLD, new))


def test_a_field_called_title_is_compared_like_any_other() -> None:
    old = {"type": "object", "properties": {"title": {"type": "string"}}}

    assert incompatible(old, {"type": "object", "properties": {}}) == ["record.title is gone"]


def test_a_release_breaks_when_a_published_type_changes(tmp_path: Path) -> None:
    file = release("1.0.0", tmp_path)
    published = orjson.loads(file.read_bytes())
    published["hongyan.plugin.ran.v1"]["properties"]["mood"] = {"type": "string"}
    published["hongyan.gone.v1"] = {"type": "object"}
    file.write_bytes(orjson.dumps(published))

    assert sorted(broken_promises(tmp_path)) == [
        "hongyan.gone.v1 of 1.0.0 is gone",
        "hongyan.plugin.ran.v1 (1.0.0): record.mood is gone",
    ]


def test_a_stale_file_is_named_and_export_mends_it(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "asyncapi.json").write_text("{}")
    (tmp_path / "json" / "hongyan.old.v1.json").write_text("{}")

    assert stale(tmp_path) == ["asyncapi.json", "json/hongyan.old.v1.json"]
    assert write(tmp_path) == ["asyncapi.json", "json/hongyan.old.v1.json"]
    assert stale(tmp_path) == []


def test_the_asyncapi_document_has_every_topic_and_every_type() -> None:
    document = asyncapi()

    assert len(document["channels"]) == len(ALL)
    assert document["components"]["messages"].keys() == json_schemas().keys()
    assert document["channels"]["inbound.v1"]["address"] == "bot.inbound.v1"

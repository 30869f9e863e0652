"""Says in one sentence what is wrong with a description, and on which path of it."""

from pydantic import ValidationError

from device_agent.sim.yaml_places import Path

_WORDS = {
    "string_type": "must be a text",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "missing": "is missing",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "literal_error": "must be one of {expected}",
}


def first_error(invalid: ValidationError) -> tuple[Path, str]:
    """The path of the first error, and what is wrong there."""
    error = invalid.errors()[0]
    path: Path = error["loc"]
    context = error.get("ctx", {})
    if context.get("key"):
        path = (*path, context["key"])
    words = _WORDS.get(error["type"])
    if words is None:
        return path, error["msg"]
    given = error["input"]
    said = f", not `{given}`" if isinstance(given, str | int | float) and str(given) else ""
    return path, words.format(**context) + said

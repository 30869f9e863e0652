"""The JSON object that a request to the control API carries."""

import json
from typing import Any

from starlette.requests import Request

from device_agent.sim.failure import Refusal


async def json_body(request: Request, *, optional: bool = False) -> dict[str, Any]:
    """The body as an object; an `optional` one may be missing. Raises Refusal 400 or 422."""
    raw = await request.body()
    if not raw and optional:
        return {}
    try:
        body = json.loads(raw, parse_constant=_refuse_constant)
    except ValueError as wrong:
        raise Refusal(400, f"the body is not JSON: {wrong}") from wrong
    except RecursionError as wrong:
        raise Refusal(400, "the body is nested too deeply") from wrong
    if not isinstance(body, dict):
        raise Refusal(422, "the body must be a JSON object")
    _check_characters(raw, body)
    return body


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _check_characters(raw: bytes, body: dict[str, Any]) -> None:
    """Refuse half surrogate pairs: Python takes them from JSON, but no answer could hold them."""
    if b"\\ud" not in raw.lower():
        return
    try:
        json.dumps(body, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as wrong:
        raise Refusal(422, "half of a surrogate pair is no character") from wrong


def only(body: dict[str, Any], *known: str) -> None:
    """Refuse fields that nobody reads. Raises Refusal 422 naming the first one."""
    for key in body:
        if key not in known:
            raise Refusal(422, f"unknown field `{key}`; known: {', '.join(known)}")

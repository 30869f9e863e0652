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
        body = json.loads(raw)
    except ValueError as wrong:
        raise Refusal(400, f"the body is not JSON: {wrong}") from wrong
    if not isinstance(body, dict):
        raise Refusal(422, "the body must be a JSON object")
    return body


def only(body: dict[str, Any], *known: str) -> None:
    """Refuse fields that nobody reads. Raises Refusal 422 naming the first one."""
    for key in body:
        if key not in known:
            raise Refusal(422, f"unknown field `{key}`; known: {', '.join(known)}")

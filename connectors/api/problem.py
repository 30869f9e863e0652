"""Errors as RFC 9457 problems: what is wrong, where, and what to do; never what was sent."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from loguru import logger
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from schemas.failure import DependencyDown, Retryable

_TAGGED = "content"
MEDIA_TYPE = "application/problem+json"


class Problem(HTTPException):
    """An answer that says no. Extra members (`candidates`, `errors`) stand beside the detail."""

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        """`detail` is a sentence for people: what is wrong and what to do."""
        super().__init__(status, detail, headers)
        self.members = members

    def response(self) -> Response:
        """The answer itself."""
        return problem_response(self.status_code, self.detail, self.headers, self.members)


class ProblemShape(BaseModel):
    """What every error looks like, for the OpenAPI document (RFC 9457 section 3)."""

    type: str = "about:blank"
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(description="what is wrong and what to do")


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"content": {MEDIA_TYPE: {"schema": ProblemShape.model_json_schema()}}},
    "5XX": {"content": {MEDIA_TYPE: {"schema": ProblemShape.model_json_schema()}}},
}
"""For `responses=` of a route."""


def problem_response(
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """A problem as a response."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Response(
        orjson.dumps({**body, **(members or {})}),
        status,
        {**(headers or {})},
        media_type=MEDIA_TYPE,
    )


def away(detail: str, seconds: int = 2) -> Problem:
    """Something we stand on is away; the caller comes again."""
    return Problem(503, detail, headers={"Retry-After": str(seconds)})


def answer_with_problems(app: FastAPI) -> None:
    """Every error of the app is a problem, those of the framework too."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Retryable, _retryable)
    app.add_exception_handler(Exception, _broken)


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return error.response()
    if not isinstance(error, HTTPException):
        raise error
    path = request.url.path
    details = {
        404: f"There is nothing at {path}; /openapi.json lists what there is.",
        405: f"{path} does not take {request.method}; the Allow header says what it does.",
    }
    detail = details.get(error.status_code, str(error.detail))
    return problem_response(error.status_code, detail, error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [{"field": field_name(e["loc"]), "message": _message(e)} for e in error.errors()]
    first = errors[0]
    detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    return problem_response(422, f"{detail}. Correct the request.", members={"errors": errors})


async def _retryable(request: Request, error: Exception) -> Response:
    logger.warning("{} {} answered 503: {}", request.method, request.url.path, error)
    what = "The database or the broker is away" if isinstance(error, DependencyDown) else "Busy"
    return away(f"{what}; try again shortly. /readyz says what is missing.").response()


async def _broken(request: Request, error: Exception) -> Response:
    return problem_response(500, "The fault is ours, and it is in the log; trying again may help.")


def field_name(location: Sequence[int | str]) -> str:
    """`to.chat_id` for ("body", "to", "chat_id"), `content.text` for ("body", "content", "text",
    "text"): behind a content its kind is named, which is no field.
    """
    inner = (
        location[1:]
        if location and location[0] in {"body", "query", "path", "header"}
        else location
    )
    if inner[:1] == (_TAGGED,):
        inner = (_TAGGED, *inner[2:])
    return ".".join(str(part) for part in inner)


def _message(error: Mapping[str, Any]) -> str:
    """Pydantic's sentence without its prefix; it never holds the input itself for our models."""
    if error["type"] == "json_invalid":
        return "the body is no valid JSON"
    return str(error["msg"]).removeprefix("Value error, ")

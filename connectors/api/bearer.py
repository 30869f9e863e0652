"""Who calls: the API key in `Authorization: Bearer …`."""

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from connectors.api.footing import OnFooting
from connectors.api.key import find_key
from connectors.api.problem import Problem

_bearer = HTTPBearer(auto_error=False, description="An API key, `hy_…`")


async def _caller(
    footing: OnFooting,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    if credentials is None:
        raise _unauthorized("Send an API key: Authorization: Bearer hy_…")
    await footing.until_prepared()
    found = await find_key(footing.engine, credentials.credentials)
    if found is None:
        raise _unauthorized("The API key is unknown or revoked.")
    return found


def _unauthorized(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


Caller = Annotated[str, Depends(_caller)]
"""The id of the caller's API key; 401 without a valid one."""

"""A limit on the size of request bodies, kept before they are in memory."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.api.problem import Problem

MOST_BYTES = 1024 * 1024


class BodyLimit:
    """ASGI middleware: over the limit the answer is 413, whether or not a length was announced."""

    def __init__(
        self, app: ASGIApp, most: int = MOST_BYTES, wide: Mapping[str, int] | None = None
    ) -> None:
        """`most` is in bytes; `wide`: other limits, by path."""
        self._app = app
        self._most = most
        self._wide = dict(wide or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._wide.get(scope["path"], self._most)
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > most:
            await _too_large(most).response()(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise _too_large(most)
            return message

        await self._app(scope, counted, send)


def _too_large(most: int) -> Problem:
    return Problem(413, f"The body is over {most} bytes; send less.")

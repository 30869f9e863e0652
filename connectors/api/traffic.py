"""Counts and times of requests, by route and status, for Prometheus."""

import time

from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = Histogram("hongyan_http_seconds", "Seconds to answer", ["method", "route", "status"])


class Traffic:
    """ASGI middleware: measures from the request's head to the answer's end."""

    def __init__(self, app: ASGIApp) -> None:
        """Outermost but for the framework's own."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and measure it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            # The route's pattern, never the path: paths would make a time series each.
            route = getattr(scope.get("route"), "path", "none")
            SECONDS.labels(scope["method"], route, status).observe(time.perf_counter() - began)

"""`/metrics` and `/healthz` of a process, on a port of its own where the settings name one."""

import json
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from connectors.liveness import Liveness
from connectors.settings import CommonSettings


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each connection: one that says nothing must not make the process look dead."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = 30  # seconds that a connection may say nothing

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
        """Nothing: a scrape every few seconds is no news."""


def serve_metrics(settings: CommonSettings, liveness: Liveness | None = None) -> None:
    """Answer `GET /metrics` and `GET /healthz` from a thread, for as long as the process lives.

    `/healthz` is 503 when `liveness` says that only a new process helps; without one it is 200 for
    as long as the process can answer.

    Raises:
        OSError: the port is taken.

    """
    if settings.metrics_port is None:
        return
    # On all addresses, as Prometheus expects of a pod.
    server = make_server(
        "",
        settings.metrics_port,
        _app(liveness),
        server_class=_Server,
        handler_class=_Quiet,
    )
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def _app(liveness: Liveness | None) -> Callable[[Any, Any], Iterable[bytes]]:
    metrics: Callable[[Any, Any], Iterable[bytes]] = make_wsgi_app()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != "/healthz":
            return metrics(environ, start_response)
        lives, told = liveness.answer() if liveness is not None else (True, {"status": "ok"})
        status = "200 OK" if lives else "503 Service Unavailable"
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(told).encode()]

    return app

"""Prometheus metrics of a process, on a port of its own where the settings name one."""

from prometheus_client import start_http_server

from connectors.settings import CommonSettings


def serve_metrics(settings: CommonSettings) -> None:
    """Answer `GET /metrics` from a thread, for as long as the process lives.

    Raises:
        OSError: the port is taken.

    """
    if settings.metrics_port is not None:
        start_http_server(settings.metrics_port)

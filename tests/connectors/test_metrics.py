"""A process's metrics, where its settings ask for them."""

import httpx

from connectors.metrics import serve_metrics
from connectors.settings import CommonSettings
from tests.fixtures.live_server import free_port


def test_metrics_are_served_on_the_port_that_was_named() -> None:
    port = free_port()

    serve_metrics(CommonSettings(metrics_port=port))

    answer = httpx.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.status_code == 200
    assert "process_cpu_seconds_total" in answer.text


def test_without_a_port_nothing_is_served() -> None:
    serve_metrics(CommonSettings())

"""A process's metrics, where its settings ask for them."""

import socket

import httpx

from connectors.liveness import STALE_S, Liveness, Look
from connectors.metrics import serve_metrics
from connectors.settings import CommonSettings
from tests.fixtures.live_server import free_port


def test_metrics_are_served_on_the_port_that_was_named() -> None:
    port = free_port()

    serve_metrics(CommonSettings(metrics_port=port))

    answer = httpx.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.status_code == 200
    assert "process_cpu_seconds_total" in answer.text


def test_health_is_what_the_watchdog_saw() -> None:
    port, liveness = free_port(), Liveness(lambda: 0.0)
    serve_metrics(CommonSettings(metrics_port=port), liveness)
    url = f"http://127.0.0.1:{port}/healthz"

    assert httpx.get(url).json() == {"status": "starting"}
    liveness.note(Look(None, lag=3))
    well = httpx.get(url)
    liveness.note(Look("nothing has moved for 40 s", lag=3, still_s=40))
    ill = httpx.get(url)

    assert (well.status_code, well.json()["lag"]) == (200, 3)
    assert (ill.status_code, ill.json()["trouble"]) == (503, "nothing has moved for 40 s")


def test_a_connection_that_says_nothing_does_not_make_the_process_look_dead() -> None:
    port = free_port()
    serve_metrics(CommonSettings(metrics_port=port))

    with socket.create_connection(("127.0.0.1", port)):
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200


def test_a_watchdog_that_looks_no_more_is_a_process_that_hangs() -> None:
    now = 0.0
    liveness = Liveness(lambda: now)
    liveness.note(Look(None))

    now = STALE_S
    assert liveness.answer()[0]
    now = STALE_S + 1
    assert not liveness.answer()[0]


def test_without_a_port_nothing_is_served() -> None:
    serve_metrics(CommonSettings())

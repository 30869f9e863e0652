"""The documentation's table of metrics is the registry's."""

from docs.metrics import PAGE, page


def test_the_table_of_metrics_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make docs`"


def test_every_figure_that_is_promised_is_measured() -> None:
    told = PAGE.read_text("utf-8")
    promised = [
        *("lanes_busy", "records_waiting", "lag_records", "events_parked_total", "gates_closed"),
        *("retries_total", "retry_lateness_seconds", "dead_letters_total", "turns_total"),
    ]

    assert [name for name in promised if f"`hongyan_{name}`" not in told] == []

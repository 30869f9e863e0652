"""The documentation's table of fault knobs is the registry's."""

from device_agent.sim.faults import KNOBS
from docs.knobs import PAGE, page


def test_the_table_of_knobs_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make docs`"


def test_every_knob_has_its_row() -> None:
    told = PAGE.read_text("utf-8")

    assert [knob.name for knob in KNOBS if f"\n| `{knob.name}` |" not in told] == []

"""The documentation's table of fault knobs is the registry's."""

import re

import pytest

from device_agent.sim.faults import KNOBS
from docs.knobs import PAGE, page


def test_the_table_of_knobs_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make docs`"


@pytest.mark.parametrize(
    "name",
    ["README.md", "README.zh-CN.md", "docs/simulated-phone.md", "docs/simulated-phone.zh-CN.md"],
)
def test_pages_that_count_the_knobs_count_right(name: str) -> None:
    told = (PAGE.parents[1] / name).read_text("utf-8")

    counts = re.findall(r"(\d+) (?:(?:fault )?knobs|个(?:故障)?旋钮)", told)
    assert set(counts) == {str(len(KNOBS))}


def test_every_knob_has_its_row() -> None:
    told = PAGE.read_text("utf-8")

    assert [knob.name for knob in KNOBS if f"\n| `{knob.name}` |" not in told] == []

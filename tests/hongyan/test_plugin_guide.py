"""The guide for a stranger: its blocks, run as they stand, lead to replies on the phone."""

from pathlib import Path

import httpx
import pytest

from hongyan.running_stack import find_running
from tests.fakes.page_reader import reading

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_stranger_gets_from_nothing_to_replies_in_at_most_twelve_steps() -> None:
    with reading(DOCS / "plugin-guide.md", strict=True) as reader:
        reader.follow()
        assert reader.steps <= 12
        sim = find_running(reader.folder / "data", "").sim
        truth = httpx.get(f"{sim}/truth", timeout=10, trust_env=False).json()
    sent = [(one["chat"], one["text"]) for one in truth["sent"]]
    assert sent == [("周末爬山", "已报名 1: 小王"), ("周末爬山", "已满 full: 1")]

"""The newcomer's page on debugging: its blocks, run as they stand, lead to what it says."""

from pathlib import Path

import httpx
import pytest

from hongyan.running_stack import find_running
from tests.fakes.page_reader import missing, reading

PAGE = Path(__file__).parents[2] / "docs" / "debug-a-plugin.md"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_following_the_page_ends_with_the_answer_on_the_phone() -> None:
    with reading(PAGE) as reader:
        reader.follow()

        said, expected = reader.said, reader.blocks[-1][1]
        assert missing(expected, said) == [], said
        sim = find_running(reader.folder / "data", "").sim
        truth = httpx.get(f"{sim}/truth", timeout=10, trust_env=False).json()
    assert [(one["chat"], one["text"]) for one in truth["sent"]] == [("小王", "每人 33.33 元")]

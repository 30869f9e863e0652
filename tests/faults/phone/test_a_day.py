"""A simulated day: budgets, quiet hours, deferral, approvals, a warning, and its report."""

import pytest

from tests.agent.conftest import rig as rig  # noqa: PLC0414  # the fixture
from tests.fakes.phone_rig import Rig
from tests.faults.phone.day import a_day

pytestmark = pytest.mark.slow  # a day


async def test_a_day_ends_with_everything_sent_refused_or_expired_and_says_why(rig: Rig) -> None:
    report = await a_day(rig)

    assert report.wrong == [], report.page
    assert report.outcomes.keys() == {"sent", "failed", "cancelled", "expired"}, report.page
    assert report.reasons.keys() >= {
        "quiet_hours", "budget_device_hour", "budget_chat_hour", "behind", "stopped",
        "too_frequent", "approval_new_chat", "approval_words", "approval_everybody",
        "approval_bulk", "approval_loop",
    }, report.page  # fmt: skip
    assert "## What was held, and why" in report.page

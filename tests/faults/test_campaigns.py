"""The whole of Hongyan under kill -9, judged by the phone's truth."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.campaign import (
    FAILPOINTS,
    Outcome,
    compare,
    fresh,
    make_plan,
    new_mac,
    one_failpoint,
    run,
)
from tests.fixtures.live_server import scratch_folder

pytestmark = pytest.mark.slow

GROUPS = [FAILPOINTS[start : start + 4] for start in range(0, len(FAILPOINTS), 4)]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with scratch_folder() as place:
        yield place


def clean(outcome: Outcome) -> None:
    assert outcome.lost == []
    assert outcome.surplus == []
    assert outcome.disordered == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_process_killed_once_costs_no_reply_and_doubles_none(folder: Path, seed: int) -> None:
    stack = fresh(folder, f"seed-{seed}")
    stack.start()
    try:
        clean(run(stack, make_plan(seed), patience=120))
    finally:
        stack.stop()


@pytest.mark.kafka
@pytest.mark.timeout(300)
def test_the_same_holds_on_apache_kafka(folder: Path) -> None:
    stack = fresh(folder, "apache", arguments=("--apache-kafka",))
    stack.start()
    try:
        clean(run(stack, make_plan(3, messages=100, chats=10, seconds=15), patience=200))
    finally:
        stack.stop()


@pytest.mark.timeout(240)
def test_a_new_mac_goes_on_where_the_old_one_stopped(folder: Path) -> None:
    stack = fresh(folder, "new-mac")
    stack.start()
    try:
        plan = make_plan(50, messages=100, seconds=12, kills=False)
        clean(run(stack, plan, patience=120, midway=lambda: new_mac(stack)))
    finally:
        stack.stop()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("points", GROUPS, ids=" ".join)
def test_a_death_at_one_step_costs_no_reply_and_doubles_none(
    folder: Path, points: tuple[str, ...]
) -> None:
    """Each on a stack of its own, a few stacks at once."""
    with ThreadPoolExecutor(len(points)) as at_once:
        outcomes = dict(
            zip(
                points, at_once.map(lambda point: one_failpoint(folder, point), points), strict=True
            )
        )

    assert {point: outcome for point, outcome in outcomes.items() if not outcome.clean} == {}


def test_a_campaign_would_see_what_is_lost_doubled_or_out_of_order() -> None:
    """A judge that cannot condemn proves nothing."""
    wanted = {"a": ["1", "2", "2"]}

    assert compare(wanted, {"a": ["1", "2", "2"]}, 0).clean
    assert compare(wanted, {"a": ["1", "2"]}, 0).lost == ["a: 2"]
    assert compare(wanted, {"a": ["1", "2", "2", "2"]}, 0).surplus == ["a: 2"]
    assert compare(wanted, {"a": ["2", "1", "2"]}, 0).disordered
    assert compare(wanted, {"a": ["1", "2", "2"], "b": ["1"]}, 0).surplus == ["b: 1"]

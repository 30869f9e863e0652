"""A chaos plan comes from its seed alone, and holds what it says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from device_agent.sim.faults import KNOBS
from tests.faults.chaos.cast import CAST, shared
from tests.faults.chaos.plan import Break, Kill, Move, Write, make_plan

SEEDS = st.integers(0, 2**32)


@given(seed=SEEDS, messages=st.integers(1, 300))
@settings(max_examples=40, deadline=None)
def test_a_seed_always_gives_the_same_steps_in_order_of_time(seed: int, messages: int) -> None:
    plan = make_plan(seed, messages=messages)

    assert plan == make_plan(seed, messages=messages)
    assert [step.at for step in plan] == sorted(step.at for step in plan)
    assert sum(isinstance(step, Write) for step in plan) == messages


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_equal_texts_stand_only_in_chats_whose_name_tells_them(seed: int) -> None:
    writes = [step for step in make_plan(seed, messages=200) if isinstance(step, Write)]
    unique = [step.text for step in writes if step.text != "/echo 好"]

    assert len(set(unique)) == len(unique)
    assert not any(shared(CAST[step.part]) for step in writes if step.text == "/echo 好")


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_every_fault_can_be_armed_and_ends_by_itself(seed: int) -> None:
    knobs = {knob.name: knob for knob in KNOBS}
    for step in make_plan(seed, messages=100):
        if isinstance(step, Break):
            knob = knobs[step.name]
            assert step.values.get("on", "any") in knob.classes
            if "for_s" in knob.parameters or knob.lasting:
                assert step.values["for_s"] > 0


def test_each_plan_kills_and_moves() -> None:
    kinds = {type(step) for step in make_plan(1, messages=60)}

    assert {Write, Break, Kill, Move} <= kinds


def test_the_cast_has_thirty_chats_lookalikes_and_clashes() -> None:
    assert len(CAST) == 30
    assert {"1#", "01#", "001#"} <= {part.title for part in CAST}
    assert sum(shared(part) for part in CAST) == 7

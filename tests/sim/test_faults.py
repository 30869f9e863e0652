"""The registry of fault knobs: which there are, what they take, when each strikes and ends."""

import http.client
import importlib
import time
from collections import Counter

import pytest
import uiautomator2 as u2

from device_agent.sim.failure import Refusal
from device_agent.sim.faults import KNOBS, Faults
from device_agent.sim.harness import Simulator
from tests.fakes.fault_watch import ID, Observations, left, open_chat, struck

# As the issue names them.
_ISSUE = """
rpc_500_before rpc_500_after reply_lost rpc_hang rpc_garbage server_dies foreign_uiautomation
uiautomation_lost adb_offline adb_unauthorized adb_server_down usb_unplug shell_slow dump_slow
dump_empty dump_single_node dump_stale dump_mid_animation tree_hidden windows_shuffled
reorder_before_tap tap_ignored tap_late tap_doubled input_truncated input_refused paste_twice
ime_missing send_slow send_failed_mark send_never_settles too_frequent_dialog account_restricted
logged_out incoming_call permission_dialog update_dialog screen_off locked app_crash anr
inject_events_denied notifications_off notifications_redacted
"""
NAMES = _ISSUE.split()
TABLES = ("cable", "server", "tree", "touch", "notices", "overlays")
_CUT = (http.client.RemoteDisconnected, ConnectionError)


def test_every_knob_of_the_issue_is_listed_with_a_sentence_and_its_parameters(
    simulator: Simulator,
) -> None:
    listed = simulator.faults()

    assert sorted(listed) == sorted(NAMES)
    for entry in listed.values():
        assert entry["about"].endswith("."), entry
        assert {"times", "after", "on"} <= set(entry["parameters"])
        assert all(entry["parameters"].values())
        assert (entry["left"], entry["struck"]) == (0, 0)


def test_every_knob_is_observed_from_outside_in_one_table() -> None:
    observed: Counter[str] = Counter()
    for table in TABLES:
        observations = importlib.import_module(f"tests.sim.test_faults_{table}").OBSERVATIONS
        assert isinstance(observations, Observations)
        observed.update(list(observations))

    assert observed == Counter(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_knob_can_be_armed_with_its_least_and_most_values(name: str) -> None:
    faults = Faults(KNOBS)
    knob = next(one for one in KNOBS if one.name == name)
    for parameter, limits in knob.parameters.items():
        for value in (limits.least, limits.most, limits.default):
            faults.arm({"name": name, parameter: value})
        for value in (limits.least - 1, limits.most + 1, "1", None, True, float("nan")):
            with pytest.raises(Refusal, match=f"`{parameter}`") as refused:
                faults.arm({"name": name, parameter: value})
            assert refused.value.status == 422
    for on in knob.classes:
        assert faults.arm({"name": name, "on": on, "times": 2, "after": 1}).left == 2


def test_after_and_times_choose_the_operations(device: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", "在吗")
    device.app_start("com.tencent.mm")
    simulator.arm("reply_lost", on="dump", after=1, times=2)
    assert (struck(simulator, "reply_lost"), left(simulator, "reply_lost")) == (0, 2)

    device.dump_hierarchy()
    for number in range(2):
        with pytest.raises(_CUT):
            device.dump_hierarchy()
        assert (struck(simulator, "reply_lost"), left(simulator, "reply_lost")) == (
            number + 1,
            1 - number,
        )
    device.dump_hierarchy()

    assert struck(simulator, "reply_lost") == 2


def test_what_can_strike_at_once_waits_if_it_is_told_to(
    device: u2.Device, simulator: Simulator
) -> None:
    open_chat(device, simulator)
    simulator.arm("screen_off", after=1)
    assert struck(simulator, "screen_off") == 0

    assert device.info["screenOn"] is True
    assert left(simulator, "screen_off") == 1
    assert device.info["screenOn"] is False

    assert (struck(simulator, "screen_off"), left(simulator, "screen_off")) == (1, 0)


def test_a_lasting_fault_holds_from_its_first_strike_on() -> None:
    now = [100.0]
    faults = Faults(KNOBS, lambda: now[0])
    faults.arm({"name": "dump_single_node", "for_s": 5, "after": 1})

    def falls() -> bool:
        return faults.strike("dump").has("dump_single_node")

    now[0] = 200.0
    assert [falls(), falls(), falls()] == [False, True, True]
    now[0] = 204.9
    assert falls()
    now[0] = 205.0
    assert not falls()
    (entry,) = [one for one in faults.listing() if one["name"] == "dump_single_node"]
    assert (entry["left"], entry["struck"]) == (0, 3)


def test_several_faults_befall_one_operation(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    simulator.arm("dump_single_node")
    simulator.arm("dump_slow", ms=100)
    start = time.monotonic()

    assert device.dump_hierarchy(root_in_active=True).count("<node") == 1

    assert time.monotonic() - start >= 0.1
    assert struck(simulator, "dump_single_node") == struck(simulator, "dump_slow") == 1


def test_the_same_fault_twice_strikes_the_same_operation_once_each() -> None:
    faults = Faults(KNOBS)
    faults.arm({"name": "tap_ignored"})
    faults.arm({"name": "tap_ignored", "times": 2})

    strikes = [faults.strike("tap").has("tap_ignored") for _ in range(3)]

    assert strikes == [True, True, False]
    (entry,) = [one for one in faults.listing() if one["name"] == "tap_ignored"]
    assert (entry["left"], entry["struck"]) == (0, 3)


@pytest.mark.parametrize("kind", ["set_text", "row_tap"])
def test_the_class_of_an_operation_is_what_it_does(
    device: u2.Device, simulator: Simulator, kind: str
) -> None:
    simulator.receive("小王", "在吗")
    device.app_start("com.tencent.mm")
    simulator.arm("reply_lost", on=kind)
    device.click(500, 1500)
    device.dump_hierarchy()

    with pytest.raises(_CUT):
        _open_and_type(device)

    assert simulator.truth()["drafts"] == ({"c1": "x"} if kind == "set_text" else {})
    assert [one["chat_id"] for one in simulator.truth()["opened"]] == ["c1"]


def _open_and_type(device: u2.Device) -> None:
    device(resourceId=f"{ID}kbq").click()
    device(resourceId=f"{ID}bkk").set_text("x")


def test_a_bad_order_is_refused_by_name(simulator: Simulator) -> None:
    with pytest.raises(Refusal, match=r"known: .*rpc_500_after") as unknown:
        simulator.arm("nonsense")
    assert unknown.value.status == 404
    for options in ({"on": "moon"}, {"times": 0}, {"after": -1}, {"for_s": 3}, {"speed": 1}):
        with pytest.raises(Refusal) as refused:
            simulator.arm("reply_lost", **options)
        assert refused.value.status == 422
    with pytest.raises(Refusal, match="row_tap"):
        simulator.arm("tap_ignored", on="dump")
    simulator.arm("reply_lost", times=3)
    assert left(simulator, "reply_lost") == 3
    simulator.disarm()
    assert left(simulator, "reply_lost") == 0

"""Knobs of the accessibility tree, seen through the library's dumps and selectors."""

import time
from typing import Any

import pytest
import uiautomator2 as u2
from lxml import etree

from device_agent.sim.harness import Simulator
from tests.fakes.fault_watch import ID, Observations, left, open_chat, struck, wait_until

OBSERVATIONS = Observations()


def _dump(device: u2.Device, *, active: bool = True) -> Any:
    text = device.dump_hierarchy(root_in_active=True) if active else device.dump_hierarchy()
    return etree.fromstring(text.encode())


def _texts(root: Any) -> list[str]:
    return [node.get("text") for node in root.iter("node") if node.get("text")]


@OBSERVATIONS.of("dump_empty")
def the_library_asks_three_times_and_gives_an_empty_tree(
    device: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("dump_empty", times=3)

    start = time.monotonic()
    root = _dump(device)

    assert len(root) == 0
    assert 1.9 < time.monotonic() - start < 4
    assert struck(simulator, "dump_empty") == 3
    assert len(_dump(device)) == 1


@OBSERVATIONS.of("dump_single_node")
def one_bare_node_stands_for_the_screen(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    simulator.arm("dump_single_node")

    (node,) = _dump(device).iter("node")

    assert (node.get("text"), node.get("bounds")) == ("", "[0,0][1080,2400]")
    assert "在吗" in _texts(_dump(device))


@OBSERVATIONS.of("dump_stale")
def a_stale_dump_shows_what_stood_before(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    assert "在吗" in _texts(_dump(device))
    simulator.receive("小王", "新的")
    simulator.arm("dump_stale", ms=50)

    assert "新的" not in _texts(_dump(device))
    assert "新的" in _texts(_dump(device))
    since = time.monotonic()
    wait_until(lambda: time.monotonic() - since > 0.1)
    simulator.arm("dump_stale", ms=50)
    assert "新的" in _texts(_dump(device))


@OBSERVATIONS.of("dump_mid_animation")
def two_pages_stand_side_by_side_and_clipped(device: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", "在吗")
    device.app_start("com.tencent.mm")
    _dump(device)
    device(text="小王").click()
    simulator.arm("dump_mid_animation")

    root = _dump(device)

    ids = {node.get("resource-id") for node in root.iter("node")}
    assert {f"{ID}ht5", f"{ID}bkl"} <= ids
    for node in root.iter("node"):
        left_edge, right_edge = (
            int(part.split(",")[0]) for part in node.get("bounds").strip("[]").split("][")
        )
        assert 0 <= left_edge < right_edge <= 1080
    after = {node.get("resource-id") for node in _dump(device).iter("node")}
    assert f"{ID}ht5" not in after


@OBSERVATIONS.of("tree_hidden")
def wechat_hides_all_but_one_node_without_a_place(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    simulator.arm("tree_hidden", times=4)

    (node,) = _dump(device).iter("node")
    assert (node.get("package"), node.get("bounds")) == ("com.tencent.mm", "[0,0][0,0]")
    assert not device(text="在吗").exists
    with pytest.raises(u2.UiObjectNotFoundError):
        _ = device(resourceId=f"{ID}bkk").info
    with pytest.raises(u2.UiObjectNotFoundError):
        device.jsonrpc.setText(device(resourceId=f"{ID}bkk").selector, "不")
    assert struck(simulator, "tree_hidden") == 4
    assert device(text="在吗").exists


@OBSERVATIONS.of("windows_shuffled")
def windows_come_in_any_order_but_the_active_one_stays_right(
    device: u2.Device, simulator: Simulator
) -> None:
    open_chat(device, simulator)
    simulator.arm("windows_shuffled", times=9)

    orders = [
        tuple(window.get("package") for window in _dump(device, active=False)) for _ in range(8)
    ]

    assert len(set(orders)) > 2
    assert all(len(order) == 4 for order in orders)
    assert "在吗" in _texts(_dump(device))
    assert len(_dump(device, active=False)) == 2


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_a_knob_of_the_tree_is_seen_from_outside(
    device: u2.Device, simulator: Simulator, name: str
) -> None:
    OBSERVATIONS[name](device, simulator)

    assert struck(simulator, name) >= 1
    assert left(simulator, name) == 0


def test_a_hidden_tree_stays_hidden_for_its_time(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    simulator.arm("tree_hidden", for_s=0.5)
    since = time.monotonic()

    seen = 0
    while not device(text="在吗").exists:
        seen += 1

    assert time.monotonic() - since >= 0.5
    assert seen > 1
    assert struck(simulator, "tree_hidden") == seen
    assert left(simulator, "tree_hidden") == 0


def test_deleting_the_faults_shows_the_tree_again(device: u2.Device, simulator: Simulator) -> None:
    open_chat(device, simulator)
    simulator.arm("tree_hidden", for_s=600)
    assert not device(text="在吗").exists

    simulator.disarm()

    assert device(text="在吗").exists
    assert struck(simulator, "tree_hidden") == 1


def test_a_hidden_tree_hides_nothing_of_the_launcher(
    device: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("tree_hidden", for_s=600)

    assert len(list(_dump(device).iter("node"))) > 1

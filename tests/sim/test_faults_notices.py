"""Knobs of notifications, seen by `dumpsys notification`."""

import pytest
import uiautomator2 as u2

from device_agent.sim.harness import Simulator
from tests.fakes.fault_watch import Observations, left, struck

OBSERVATIONS = Observations()
_READ = "dumpsys notification --noredact"


@OBSERVATIONS.of("notifications_off")
def nothing_is_listed(device: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", "在吗")
    simulator.arm("notifications_off")

    assert "NotificationRecord" not in device.shell(_READ).output
    assert "在吗" in device.shell(_READ).output


@OBSERVATIONS.of("notifications_redacted")
def lengths_stand_for_texts(device: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", "在吗")
    simulator.arm("notifications_redacted")

    said = device.shell(_READ).output

    assert "android.text=String [length=2]" in said
    assert "android.title=String [length=2]" in said
    assert "小王" not in said
    assert "android.text=String (在吗)" in device.shell(_READ).output


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_a_knob_of_notifications_is_seen_from_outside(
    device: u2.Device, simulator: Simulator, name: str
) -> None:
    OBSERVATIONS[name](device, simulator)

    assert struck(simulator, name) == 1
    assert left(simulator, name) == 0


def test_notifications_stay_off_until_the_faults_are_deleted(
    device: u2.Device, simulator: Simulator
) -> None:
    simulator.receive("小王", "在吗")
    simulator.arm("notifications_off", for_s=600)
    for _ in range(3):
        assert "在吗" not in device.shell(_READ).output
    device.open_notification()
    assert not device(text="在吗").exists

    simulator.disarm()

    assert device(text="在吗").exists
    assert "在吗" in device.shell(_READ).output
    assert struck(simulator, "notifications_off") == 3

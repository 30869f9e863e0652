"""Each fault knob, seen from outside through the real library."""

import http.client
import threading
import time
from collections.abc import Callable

import adbutils
import pytest
import uiautomator2 as u2

from device_agent.sim.failure import Refusal
from device_agent.sim.harness import Simulator

ID = "com.tencent.mm:id/"
SEND = (960, 2310)


@pytest.fixture
def typed(device: u2.Device, simulator: Simulator) -> u2.Device:
    """小王's chat is open and its field holds 你好."""
    simulator.receive("小王", "在吗")
    device.app_start("com.tencent.mm")
    device(text="小王").click()
    device(resourceId=f"{ID}bkk").set_text("你好")
    return device


def sent(simulator: Simulator) -> list[str]:
    return [one["text"] for one in simulator.truth()["sent"]]


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        threading.Event().wait(0.02)


def test_a_500_after_the_tap_makes_the_library_tap_twice(
    typed: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("rpc_500_after", on="send_tap")

    typed.click(*SEND)

    assert sent(simulator) == ["你好"]
    assert [tap["node"]["role"] for tap in simulator.truth()["taps"]] == ["row", "send", "more"]
    assert simulator.faults()["rpc_500_after"]["struck"] == 1
    assert simulator.faults()["rpc_500_after"]["left"] == 0


def test_a_lost_reply_follows_a_tap_that_was_done(typed: u2.Device, simulator: Simulator) -> None:
    simulator.arm("reply_lost", on="send_tap")

    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        typed.click(*SEND)

    assert sent(simulator) == ["你好"]


def test_a_hanging_call_whose_client_leaves_is_never_done(
    typed: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("rpc_hang", on="send_tap", for_s=0.5)
    connection = typed.adb_device.create_connection(adbutils.Network.TCP, 9008)
    body = b'{"jsonrpc":"2.0","id":1,"method":"click","params":[960,2310]}'
    connection.sendall(b"POST /jsonrpc/0 HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    wait_until(lambda: simulator.faults()["rpc_hang"]["struck"] == 1)
    connection.close()

    simulator.arm("rpc_hang", on="dump", for_s=0.6)
    typed.dump_hierarchy()

    assert sent(simulator) == []


def test_a_hanging_call_is_done_once_it_wakes(typed: u2.Device, simulator: Simulator) -> None:
    simulator.arm("rpc_hang", on="send_tap", for_s=0.2)
    start = time.monotonic()

    typed.click(*SEND)

    assert time.monotonic() - start >= 0.2
    assert sent(simulator) == ["你好"]


def test_a_call_that_hangs_in_a_server_that_ends_is_never_done(
    typed: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("rpc_hang", on="send_tap", for_s=0.3)
    broken: list[Exception] = []

    def tap() -> None:
        try:
            typed.jsonrpc.click(*SEND)
        except (http.client.HTTPException, OSError) as error:
            broken.append(error)

    slow = threading.Thread(target=tap)
    slow.start()
    wait_until(lambda: simulator.faults()["rpc_hang"]["struck"] == 1)
    typed.shell("pkill -f com.wetest.uia2")
    slow.join()

    assert len(broken) == 1
    assert sent(simulator) == []


def test_an_ignored_tap_leaves_the_draft(typed: u2.Device, simulator: Simulator) -> None:
    simulator.arm("tap_ignored", on="send_tap", times=2)

    typed.click(*SEND)
    typed.shell("input tap 960 2310")

    assert sent(simulator) == []
    assert typed(resourceId=f"{ID}bkk").get_text() == "你好"
    assert [tap.get("ignored") for tap in simulator.truth()["taps"]] == [None, True, True]
    typed.click(*SEND)
    assert sent(simulator) == ["你好"]


def test_an_unplugged_phone_is_absent_for_its_time(device: u2.Device, simulator: Simulator) -> None:
    client = device.adb_device._client
    simulator.arm("usb_unplug", for_s=0.4)

    assert simulator.serial not in [one.serial for one in client.device_list()]
    with pytest.raises(adbutils.AdbError, match="not found"):
        device.adb_device.shell("true")
    client.wait_for(simulator.serial, timeout=5)
    assert simulator.serial in [one.serial for one in client.device_list()]
    assert not device._check_alive()
    device.start_uiautomator()
    assert device.info["screenOn"] is True


def test_unplugged_before_the_tap_nothing_is_sent(typed: u2.Device, simulator: Simulator) -> None:
    simulator.arm("usb_unplug", on="send_tap", for_s=0.2)

    with pytest.raises((adbutils.AdbError, u2.exceptions.AdbShellError, ConnectionError)):
        typed.shell("input tap 960 2310")

    wait_until(lambda: bool(typed.adb_device._client.device_list()))
    assert sent(simulator) == []
    assert simulator.truth()["drafts"] == {"c1": "你好"}


def test_who_watches_devices_hears_of_the_cable(device: u2.Device, simulator: Simulator) -> None:
    events = device.adb_device._client.track_devices()
    heard = [next(events)]
    while heard[-1].serial != simulator.serial:
        heard.append(next(events))
    simulator.arm("usb_unplug", for_s=0.1)

    heard = [next(events), next(events)]

    assert [event.present for event in heard] == [False, True]
    events.close()


def test_a_shell_tap_whose_reply_is_lost_was_done(typed: u2.Device, simulator: Simulator) -> None:
    simulator.arm("reply_lost", on="send_tap")

    with pytest.raises((u2.exceptions.AdbShellError, ConnectionError)):
        typed.shell("input tap 960 2310 && echo tapped || echo refused")

    assert sent(simulator) == ["你好"]


def test_a_shell_tap_with_500_ends_with_status_1_and_no_word(
    typed: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("rpc_500_after", on="send_tap")

    result = typed.shell("[ a = a ] && input tap 960 2310 && echo tapped || echo refused")

    assert (result.output, result.exit_code) == ("", 1)
    assert sent(simulator) == ["你好"]


def test_a_lease_lost_during_a_hang_refuses_the_tap(typed: u2.Device, simulator: Simulator) -> None:
    typed.shell("echo MINE > /data/local/tmp/lease")
    simulator.arm("rpc_hang", on="send_tap", for_s=0.4)
    said: list[str] = []
    line = (
        '[ "$(cat /data/local/tmp/lease)" = MINE ] && input tap 960 2310 && echo tapped || echo no'
    )
    slow = threading.Thread(target=lambda: said.append(typed.adb_device.shell(line)))
    slow.start()
    wait_until(lambda: simulator.faults()["rpc_hang"]["struck"] == 1)
    typed.shell("echo THEIRS > /data/local/tmp/lease")
    slow.join()

    assert said == ["no"]
    assert sent(simulator) == []


def test_after_and_times_choose_the_operations(device: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", "在吗")
    device.app_start("com.tencent.mm")
    simulator.arm("reply_lost", on="dump", after=1, times=2)

    device.dump_hierarchy()
    for _ in range(2):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            device.dump_hierarchy()
    device.dump_hierarchy()

    assert simulator.faults()["reply_lost"]["struck"] == 2


def _open_and_type(device: u2.Device) -> None:
    device(resourceId=f"{ID}kbq").click()
    device(resourceId=f"{ID}bkk").set_text("x")


@pytest.mark.parametrize("kind", ["set_text", "row_tap"])
def test_the_class_of_an_operation_is_what_it_does(
    device: u2.Device, simulator: Simulator, kind: str
) -> None:
    simulator.receive("小王", "在吗")
    device.app_start("com.tencent.mm")
    simulator.arm("reply_lost", on=kind)
    device.click(500, 1500)
    device.dump_hierarchy()

    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        _open_and_type(device)

    assert simulator.truth()["drafts"] == ({"c1": "x"} if kind == "set_text" else {})
    assert [one["chat_id"] for one in simulator.truth()["opened"]] == ["c1"]


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
    assert simulator.faults()["reply_lost"]["left"] == 3
    simulator.disarm()
    assert simulator.faults()["reply_lost"]["left"] == 0

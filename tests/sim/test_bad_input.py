"""What no client should send: the phone says what is wrong with it, and goes on."""

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import adbutils
import pytest
import uiautomator2 as u2
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from device_agent.sim.harness import Simulator
from tests.fakes.fault_watch import open_chat, sent, wait_until

_PORT = 9008
_DONE = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@contextmanager
def _line(simulator: Simulator) -> Iterator[socket.socket]:
    host, _, port = simulator.adb.partition(":")
    with socket.create_connection((host, int(port)), 10) as line:
        yield line


def _all(line: socket.socket) -> bytes:
    said = bytearray()
    try:
        while taken := line.recv(65536):
            said += taken
    except ConnectionError:
        pass
    return bytes(said)


def _adb(text: bytes) -> bytes:
    return b"%04x" % len(text) + text


def _raw(simulator: Simulator, data: bytes, service: bytes | None = None) -> bytes:
    """What comes back for bytes sent to adb, or to a service of the phone; the client hangs up."""
    with _line(simulator) as line:
        if service is not None:
            line.sendall(_adb(b"host:transport:" + simulator.serial.encode()))
            assert line.recv(4) == b"OKAY"
            line.sendall(_adb(service))
            assert line.recv(4) == b"OKAY"
        try:
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
        except ConnectionError:
            return b""
        return _all(line)


def _http(simulator: Simulator, data: bytes) -> tuple[int, bytes]:
    head, _, body = _raw(simulator, data, b"tcp:9008").partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body


def _post(body: bytes) -> bytes:
    return b"POST /jsonrpc/0 HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def _rpc(simulator: Simulator, body: bytes) -> dict[str, Any]:
    status, said = _http(simulator, _post(body))
    assert status == 200
    return dict(json.loads(said))


@pytest.mark.parametrize(
    ("sent_bytes", "reason"),
    [
        (b"zzzzhost:version", "four hex digits, not with b'zzzz'"),
        (b"-001h", "four hex digits"),
        (b"GET / HTTP/1.1\r\n\r\n", "not with b'GET '"),
        (b"\x00\x00\x00\x00", "four hex digits"),
        (_adb(b""), "unknown host service ''"),
        (_adb(b"nonsense"), "unknown host service 'nonsense'"),
        (_adb(b"host:nonsense"), "unknown host service 'nonsense'"),
        (_adb(b"host:transport:NOBODY"), "device 'NOBODY' not found"),
        (_adb(b"host:transport-id:moon"), "no device with transport id 'moon'"),
        (_adb(b"host-serial:NOBODY:get-state"), "device 'NOBODY' not found"),
        (_adb(b"host:wait-for-any-moonrise"), "unknown state 'moonrise'"),
        (_adb(b"\xff\xfe"), "unknown host service"),
    ],
)
def test_an_adb_request_that_is_none_fails_with_its_reason(
    simulator: Simulator, sent_bytes: bytes, reason: str
) -> None:
    said = _raw(simulator, sent_bytes + b"x" * 100_000)

    assert said[:4] == b"FAIL"
    assert int(said[4:8], 16) == len(said[8:])
    assert reason in said[8:].decode()


@pytest.mark.parametrize("sent_bytes", [b"", b"00", b"ffff", b"ffffhost:", b"000chost:vers"])
def test_a_client_that_hangs_up_half_way_is_forgotten(
    device: u2.Device, simulator: Simulator, sent_bytes: bytes
) -> None:
    assert _raw(simulator, sent_bytes) == b""
    assert device.shell("echo on").output == "on\n"


def test_a_service_that_the_phone_lacks_is_named(simulator: Simulator) -> None:
    for service, reason in ((b"moon:", b"unknown service 'moon:'"), (b"tcp:80", b"closed")):
        with _line(simulator) as line:
            line.sendall(_adb(b"host:transport:" + simulator.serial.encode()) + _adb(service))
            assert line.recv(4) == b"OKAY"
            assert reason in _all(line)


def _path(verb: bytes, path: bytes) -> bytes:
    return verb + struct.pack("<I", len(path)) + path


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_path(b"MOON", b"/sdcard/x"), "unknown sync request b'MOON'"),
        (b"STAT" + struct.pack("<I", 2**31), "a path of 2147483648 bytes is longer than 4096"),
        (_path(b"SEND", b"/sdcard/x,33188") + b"MOON\x00\x00\x00\x00", "DATA or DONE must follow"),
        (
            _path(b"SEND", b"/sdcard/x,33188") + b"DATA" + struct.pack("<I", 2**32 - 1),
            "536870912 bytes at most",
        ),
        (_path(b"RECV", b"/sdcard/none"), "No such file or directory"),
        (_path(b"SEND", b"/sdcard,33188") + b"DONE\x00\x00\x00\x00", "Is a directory"),
    ],
)
def test_a_sync_request_that_cannot_be_fails_with_its_reason(
    simulator: Simulator, data: bytes, reason: str
) -> None:
    said = _raw(simulator, data, b"sync:")

    assert said[:4] == b"FAIL"
    assert int.from_bytes(said[4:8], "little") == len(said[8:])
    assert reason in said[8:].decode()


@pytest.mark.parametrize("kept", [4, 20, 30, 40])
def test_a_file_whose_sender_hangs_up_half_way_is_not_there(
    device: u2.Device, simulator: Simulator, kept: int
) -> None:
    whole = _path(b"SEND", b"/sdcard/half.txt,33188") + _path(b"DATA", b"abc")

    _raw(simulator, whole[:kept], b"sync:")

    assert device.shell("ls /sdcard/half.txt").exit_code == 1
    device.push(__file__, "/sdcard/half.txt")
    assert device.shell("ls /sdcard/half.txt").exit_code == 0


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (b"GET /moon?x=1 HTTP/1.1\r\n\r\n", 404, "GET /moon is not here; known: GET /ping"),
        (b"GET /jsonrpc/0 HTTP/1.1\r\n\r\n", 404, "POST /jsonrpc/0"),
        (b"moon\r\n\r\n", 400, "not a request line of HTTP/1.1: 'moon'"),
        (b"\x00\xff\r\n\r\n", 400, "not a request line"),
        (b"POST /jsonrpc/0 HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400, "'many'"),
        (b"POST /jsonrpc/0 HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, "'-1'"),
        (b"POST /jsonrpc/0 HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413, "99999999999"),
        (b"POST /jsonrpc/0 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411, "Content-Length"),
        (b"GET /ping HTTP/1.1\r\nX: " + b"x" * 2**21 + b"\r\n\r\n", 431, "too long"),
    ],
)
def test_an_http_request_that_the_server_lacks_is_told(
    device: u2.Device, simulator: Simulator, data: bytes, status: int, reason: str
) -> None:
    answered, body = _http(simulator, data)

    assert answered == status
    assert reason in body.decode()
    assert device.info["screenOn"] is True


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        (b"", -32700, "Expecting value"),
        (b"{'a': 1}", -32700, "line 1 column 2"),
        (b"\xff\xff", -32700, "codec"),
        (b"[" * 100_000, -32700, "recursion"),
        (b"[]", -32600, "`method`"),
        (b'{"method": 5}', -32600, "`method`"),
        (b'{"method": "click", "params": 5}', -32600, "`params`"),
        (b'{"method": "moon"}', -32601, "moon"),
        (b'{"method": "click", "params": [1]}', -32602, "click"),
        (b'{"method": "click", "params": [NaN, 1]}', -32602, "click"),
        (b'{"method": "click", "params": [1e999, 1]}', -32602, "click"),
        (b'{"method": "objInfo", "params": [5]}', -32602, "not 5"),
        (b'{"method": "objInfo", "params": [{"instance": "x"}]}', -32602, "objInfo"),
        (b'{"method": "exist", "params": [{"textMatches": "("}]}', -32602, "'('"),
        (b'{"method": "exist", "params": [{"textMatches": 5}]}', -32602, "exist"),
        (b'{"method": "waitForExists", "params": [{}, "long"]}', -32602, "'long'"),
        (b'{"method": "waitForExists"}', -32602, "no selector"),
        (b'{"method": "swipe", "params": [{}, "moonwards", 5]}', -32602, "moonwards"),
        (b'{"method": "dumpWindowHierarchy", "params": [false, "deep"]}', -32602, "'deep'"),
        (b'{"method": "setConfigurator", "params": [5]}', -32602, "setConfigurator"),
    ],
)
def test_a_call_that_cannot_be_is_an_error_naming_the_place(
    device: u2.Device, simulator: Simulator, body: bytes, code: int, reason: str
) -> None:
    error = _rpc(simulator, body)["error"]

    assert error["code"] == code
    assert reason in error["data"]
    assert device.info["screenOn"] is True


def test_an_endless_expression_ends(device: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", "a" * 40 + "!")
    device.app_start("com.tencent.mm")

    with pytest.raises(u2.RPCUnknownError):
        device.jsonrpc.exist({"textMatches": "(a|aa)+[b!]{2}"})
    slow = device.shell(f"echo {'a' * 40}! | grep -c '^(a|aa)+[b!]{{2}}$'; echo on")

    assert "takes too long" in slow.output
    assert slow.output.endswith("on\n")


def test_half_a_character_is_shown_as_one_that_is_unknown(
    device: u2.Device, simulator: Simulator
) -> None:
    open_chat(device, simulator)
    body = (
        b'{"method": "setText", "params": [{"className": "android.widget.EditText"}, "x\\ud800y"]}'
    )

    assert _rpc(simulator, body)["result"] is True
    device(text="发送").click()

    assert sent(simulator) == ["x\ufffdy"]
    assert "x\ufffdy" in device.dump_hierarchy()


def test_a_stream_of_rubbish_ends_no_other(device: u2.Device, simulator: Simulator) -> None:
    with _line(simulator) as idle:
        idle.sendall(b"00")
        for _ in range(50):
            _raw(simulator, b"\xff" * 5000)
        assert device.shell("echo on").output == "on\n"
        assert device._check_alive()
    assert simulator.truth()["sent"] == []


@_DONE
@given(st.binary(max_size=300))
@example(b"0000")
@example(b"000chost:version")
def test_no_bytes_stop_the_adb_server(simulator: Simulator, data: bytes) -> None:
    _raw(simulator, data)

    assert _raw(simulator, _adb(b"host:version")) == b"OKAY00040029"


@_DONE
@given(st.binary(max_size=300))
def test_no_bytes_stop_the_server_in_the_phone(
    device: u2.Device, simulator: Simulator, data: bytes
) -> None:
    _raw(simulator, data, b"tcp:9008")
    _raw(simulator, _post(data), b"tcp:9008")

    assert _http(simulator, b"GET /ping HTTP/1.1\r\n\r\n") == (200, b"pong")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(("text", "textMatches", "instance", "childOrSibling", "index"))
            | st.sampled_from(("childOrSiblingSelector", "className", "x")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@_DONE
@given(data=st.data())
def test_no_parameters_stop_the_server_in_the_phone(
    device: u2.Device, simulator: Simulator, data: st.DataObject
) -> None:
    methods = simulator.on_phone(lambda fleet, phone: _methods(phone))
    method = data.draw(st.sampled_from(methods))
    params = data.draw(st.lists(_VALUES, max_size=5))

    answer = _rpc(simulator, json.dumps({"method": method, "params": params}).encode())

    assert ("result" in answer) != ("error" in answer)


def _methods(phone: Any) -> list[str]:
    from device_agent.sim.automator import Automator

    return sorted(Automator(phone).names - {"waitForExists", "waitUntilGone"})


_SHELL = """
input tap swipe text keyevent am start broadcast force-stop monkey pm path install wm size getprop
settings get put ime list set ps pidof pkill screencap uiautomator dump echo printf cat rm mv cp
mkdir touch ls stat date test [ ] md5sum grep head tail wc toybox id exit cd pwd dumpsys export
notification window exec $( ) ` ' " | || && ; & > >> < 2>&1 ! $x ${ } -n -c -1 -9 -a -e * ( \\ #
99999999999999999999 /sdcard / . .. é 你好
"""
_WORDS = st.sampled_from([*_SHELL.split(), "\n"])


@settings(_DONE, max_examples=150)
@given(st.lists(_WORDS, max_size=8).map(" ".join) | st.text(max_size=60))
def test_no_line_stops_the_shell(simulator: Simulator, line: str) -> None:
    said = _raw(simulator, b"", f"shell,v2:{line}".encode())

    frames = []
    while said:
        kind, length = said[0], int.from_bytes(said[1:5], "little")
        frames.append((kind, said[5 : 5 + length]))
        said = said[5 + length :]
    assert frames[-1][0] == 3
    assert len(frames[-1][1]) == 1


def test_a_client_that_leaves_a_slow_line_frees_the_phone(
    device: u2.Device, simulator: Simulator
) -> None:
    transport = device.adb_device.open_transport()
    transport.send_command("shell:sleep 0.2; touch /sdcard/late")
    transport.check_okay()
    transport.close()

    assert isinstance(transport, adbutils.AdbConnection)
    assert device.shell("echo on").output == "on\n"
    wait_until(lambda: device.shell("ls /sdcard/late").exit_code == 0)

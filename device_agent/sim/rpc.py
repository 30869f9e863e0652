"""The HTTP side of the uiautomator2 server: requests on a stream that adb tunnels to port 9008."""

import asyncio
import json
import math
from asyncio import StreamReader, StreamWriter
from typing import Any

from device_agent.sim.automator import Automator, RpcFailure
from device_agent.sim.automator.failure import invalid
from device_agent.sim.befalling import befall
from device_agent.sim.failure import StreamBroken
from device_agent.sim.faults import Strike
from device_agent.sim.http_request import BadRequest, Request, read_request
from device_agent.sim.linger import linger
from device_agent.sim.phone import Phone
from device_agent.sim.shell.runner import run

_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    411: "Length Required",
    413: "Content Too Large",
    431: "Request Header Fields Too Large",
    500: "Internal Error",
}
_KNOWN = "GET /ping, GET /stop, GET /screenshot/0, POST /jsonrpc/0"
_POLL_S = 0.02
_GARBAGE = b'{"jsonrpc":"2.0","id":1,"res\x00\xff<<'
_NOT_CONNECTED = "java.lang.IllegalStateException: UiAutomation not connected!"
Answer = tuple[int, str, bytes]


class RpcServer:
    """Answers /ping, /stop, /screenshot and /jsonrpc/0 for one phone."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._automator = Automator(phone)

    async def converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Answer requests until the client hangs up. Raises StreamBroken to cut the connection."""
        while True:
            try:
                request = await read_request(reader)
            except BadRequest as wrong:
                writer.write(_encode((wrong.status, "text/plain", wrong.detail.encode())))
                await linger(reader, writer)
                return
            writer.write(_encode(await self._answer(request, reader)))
            await writer.drain()

    async def _answer(self, request: Request, reader: StreamReader) -> Answer:
        path = request.path
        if path == "/ping":
            return 200, "text/plain", b"pong"
        if path == "/stop":
            self._phone.automation.end()
            return 200, "text/plain", b"Server stopped!!!"
        if path.startswith("/screenshot"):
            from device_agent.sim.picture import png

            return 200, "image/png", png(self._phone)
        if request.method == "POST" and path == "/jsonrpc/0":
            try:
                number, method, params = _call_of(request.body)
            except RpcFailure as failure:
                return _reply(None, error=_error(failure))
            return await self._rpc(number, method, params, reader)
        said = f"{request.method} {path[:80]} is not here; known: {_KNOWN}"
        return 404, "text/plain", said.encode()

    async def _rpc(
        self, number: object, method: str, values: list[Any], reader: StreamReader
    ) -> Answer:
        self._phone.truth.rpc[method if self._automator.knows(method) else "?"] += 1
        kind = self._automator.kind_of(method, values)
        strike = await self._admit(kind, reader)
        if strike.has("rpc_500_before"):
            return 500, "text/plain", b"SERVER INTERNAL ERROR"
        script = self._phone.script
        chat_id = script.before(kind, _point_of(method, values))
        try:
            result = await self._do(method, values, strike, reader)
            outcome: dict[str, object] = {"result": result}
        except RpcFailure as failure:
            outcome = {"error": _error(failure)}
        finally:
            script.after(kind, chat_id)
            self._phone.keep()
        if strike.has("reply_lost"):
            raise StreamBroken
        if strike.has("rpc_500_after"):
            return 500, "text/plain", b"SERVER INTERNAL ERROR"
        if strike.has("rpc_garbage"):
            return 200, "application/json", _GARBAGE
        return _reply(number, **outcome)

    async def _admit(self, kind: str, reader: StreamReader) -> Strike:
        """Delay and faults before a call is done. Raises StreamBroken if it never will be."""
        server = self._phone.automation.server
        if self._phone.device.rpc_delay_ms:
            await asyncio.sleep(self._phone.device.rpc_delay_ms / 1000)
        strike = self._phone.faults.strike(kind)
        await befall(self._phone, strike, reader)
        if server is None or self._phone.automation.server is not server:
            # The server that took the call has ended; it can neither do it nor answer.
            raise StreamBroken
        return strike

    async def _do(
        self, method: str, params: list[Any], strike: Strike, reader: StreamReader
    ) -> Any:
        server = self._phone.automation.server
        if server is not None and server.lost:
            raise RpcFailure(-32001, "java.lang.IllegalStateException", _NOT_CONNECTED)
        if method in {"waitForExists", "waitUntilGone"}:
            return await self._wait(method, params, strike)
        if method == "executeShellCommand" and params:
            done = await run(self._phone, str(params[0]), reader)
            out, err = (text.decode("utf-8", "replace") for text in (done.out, done.err))
            return {"stdout": out, "stderr": err, "returnCode": done.status}
        return self._automator.call(method, params, strike)

    async def _wait(self, method: str, params: list[Any], strike: Strike) -> bool:
        if not params:
            raise invalid(f"{method}: no selector")
        milliseconds = params[1] if len(params) > 1 else 0
        if not isinstance(milliseconds, int | float):
            raise invalid(f"{method}: the time is in milliseconds, not {milliseconds!r}")
        wanted = method == "waitForExists"
        deadline = self._phone.monotonic() + milliseconds / 1000
        while self._automator.call("exist", params[:1], strike) is not wanted:
            if self._phone.monotonic() >= deadline:
                return False
            await asyncio.sleep(_POLL_S)
        return True


def _point_of(method: str, values: list[Any]) -> tuple[int, int] | None:
    """Where a call touches the screen, if it names a point."""
    place = values[1:3] if method == "injectInputEvent" else values[:2]
    if len(place) != 2 or not all(
        isinstance(one, int | float) and math.isfinite(one) for one in place
    ):
        return None
    return int(place[0]), int(place[1])


def _call_of(body: bytes) -> tuple[object, str, list[Any]]:
    """A call's number, method and parameters. Raises RpcFailure naming what is wrong."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as cause:
        raise RpcFailure(-32700, "JSON parse error", str(cause)) from cause
    if b"\\u" in body:
        request = _whole(request)
    if not isinstance(request, dict) or not isinstance(request.get("method"), str):
        raise RpcFailure(-32600, "invalid request", "a call is an object with a `method`")
    params = request.get("params")
    if not isinstance(params, list | dict | None):
        raise RpcFailure(-32600, "invalid request", "`params` must be an array or an object")
    values = list(params.values()) if isinstance(params, dict) else list(params or [])
    return request.get("id"), request["method"], values


def _whole(value: Any) -> Any:
    """The same without halves of characters, which no screen can show."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(one) for key, one in value.items()}
    return value


def _error(failure: RpcFailure) -> dict[str, object]:
    return {"code": failure.code, "message": failure.message, "data": failure.data}


def _reply(number: object, **outcome: object) -> Answer:
    answer = {"jsonrpc": "2.0", "id": number} | outcome
    return 200, "application/json", json.dumps(answer, ensure_ascii=False).encode()


def _encode(answer: Answer) -> bytes:
    status, kind, body = answer
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: keep-alive\r\n\r\n"
    )
    return head.encode() + body

"""A server that speaks the OpenAI chat completions API over real HTTP, and says what it is told."""

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Decide = Callable[[dict[str, Any]], Any]
"""From a request's body to what is answered: a text, or what `calls` and `fails` give."""


@dataclass(frozen=True)
class Refused:
    """An answer that is none."""

    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


def fails(status: int, message: str = "no", **headers: str) -> Refused:
    """A failure; `retry_after="3"` is a header."""
    return Refused(
        status, message, {name.replace("_", "-"): text for name, text in headers.items()}
    )


def calls(name: str, **arguments: Any) -> dict[str, Any]:
    """The model asks for a tool."""
    asked = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    return {
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": asked}],
    }


class LlmServer:
    """`says` scripts what comes next; the last word stays. `asked` holds the requests' bodies and
    `keys` the keys they came with.
    """

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.url = ""
        self._script: deque[Any] = deque()
        self._last: Any = "好的"
        self._hold: threading.Event | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def says(self, *answers: Any) -> None:
        """Texts, `calls(…)`, `fails(…)`, or functions of the request's body."""
        self._script.extend(answers)

    def forget(self) -> None:
        """Nothing is scripted or asked any more."""
        self._script.clear()
        self._last = "好的"
        self.asked.clear()
        self.keys.clear()

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/v1"

    async def _complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("authorization"))
        if self._script:
            self._last = self._script.popleft()
        said = self._last(body) if callable(self._last) else self._last
        if isinstance(said, Refused):
            error = {"error": {"message": said.message, "type": "made_up", "code": None}}
            return web.json_response(error, status=said.status, headers=dict(said.headers))
        message = {"content": said} if isinstance(said, str) else said
        return web.json_response(_completion(body, message))


def _completion(body: dict[str, Any], message: Mapping[str, Any]) -> dict[str, Any]:
    words = sum(len(str(one.get("content") or "")) for one in body["messages"])
    answered = len(json.dumps(message, ensure_ascii=False))
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls" if message.get("tool_calls") else "stop",
                "message": {"role": "assistant", **message},
            }
        ],
        "usage": {
            "prompt_tokens": words,
            "completion_tokens": answered,
            "total_tokens": words + answered,
        },
    }


@contextmanager
def llm_server() -> Iterator[LlmServer]:
    """A running one."""
    server = LlmServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()

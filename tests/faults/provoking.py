"""Leads a running stack to the steps of a send that an ordinary conversation does not come by."""

import threading
import time
from typing import Any, Protocol

import httpx

from device_agent.splitting import Limits, split

_LONG = "长话短说。" * 450
_PATIENCE = 60.0


class Stack(Protocol):
    """What is needed of it: its addresses, and a way for friends to write."""

    @property
    def ready(self) -> dict[str, Any]:
        """The ready file."""

    def write(self, chat: str, text: str) -> None:
        """A friend writes."""


def provoke(stack: Stack, point: str) -> dict[str, list[str]]:
    """Do what leads to the point; what must be sent because of it, by chat. Nothing for others."""
    step = point.removeprefix("agent.")
    if step in {"part_sent", "part_acked"}:
        stack.write("长谈", f"/echo {_LONG}")
        return {"长谈": list(split(_LONG, Limits(2000, 4000)))}
    if step == "draft_kept":
        chat = _sim(stack, "POST", "/chats", {"chat": "草稿", "kind": "private"})["chat_id"]
        _sim(stack, "PATCH", f"/chats/{chat}", {"draft": "没写完"})
        stack.write("草稿", "/echo 写完了")
        return {"草稿": ["写完了"]}
    if step in {"pushed", "asked"}:
        stack.write("画友", "/echo 看画")
        media = _api(stack, "POST", "/v1/media", content=b"\x89PNG", mime="image/png")
        _send(stack, "画友", {"kind": "image", "media": media})
        return {"画友": ["看画", ""]}
    if step == "called":
        group = {"chat": "点名", "kind": "group", "members": ["王芳", "李雷"]}
        _sim(stack, "POST", "/chats", group)
        _sim(stack, "POST", "/messages", {"chat": "点名", "sender": "王芳", "text": "/echo 到"})
        _send(stack, "点名", {"kind": "text", "text": "@王芳 好"}, mentions=["王芳"])
        return {"点名": ["到", "@王芳\u2005好"]}
    return {}


def _send(stack: Stack, name: str, content: dict[str, Any], **more: Any) -> None:
    """Send once the chat is known, after what was said in it before is answered."""
    deadline = time.monotonic() + _PATIENCE
    to = {"channel": "wechat", "account": "default", "name": name}
    pause = threading.Event()
    while not any(one["chat"] == name for one in _sim(stack, "GET", "/truth")["sent"]):
        assert time.monotonic() < deadline, f"nobody in {name} was answered"
        pause.wait(0.2)
    _api(stack, "POST", "/v1/messages", json={"to": to, "content": content, **more})


def _sim(stack: Stack, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = httpx.request(method, f"{stack.ready['sim']}{path}", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json()


def _api(stack: Stack, method: str, path: str, *, mime: str = "", **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {stack.ready['api_key']}"}
    if mime:
        headers["Content-Type"] = mime
    address = stack.ready["api"]
    answer = httpx.request(method, f"{address}{path}", headers=headers, timeout=30, **body)
    assert answer.is_success, answer.text
    return answer.json()

"""`bridge` between a group on the phone and a signed webhook, whose receiver is the test's own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from tests.fakes.bundled_phone import BundledPhone
from tests.fakes.running_up import wait_for
from tests.fakes.webhook_receiver import SECRET, Receiver, receiving

INSTANCES = """
[bridged]
plugin = "bridge"
chats = ["group:桥头", "bridgehead"]

[[bridged.config.rooms]]
name = "head"
members = [
  { chat_id = "group:桥头" },
  { channel = "webhook", account = "far-side", chat_id = "bridgehead" },
]

[bridged.grants]
chats = ["*:*:*"]
"""

RECEIVERS: list[Receiver] = []


@contextmanager
def before() -> Iterator[dict[str, str]]:
    with receiving() as receiver, pytest.MonkeyPatch.context() as environment:
        environment.setenv("HONGYAN_WEBHOOK_NETWORKS", "127.0.0.0/8")
        RECEIVERS.append(receiver)
        yield {}
        RECEIVERS.remove(receiver)


class FarSide:
    """Another system: it is posted to, and posts."""

    def __init__(self, phone: BundledPhone) -> None:
        self.receiver = RECEIVERS[0]
        self._api = phone.up.ready["api"]
        self._key = phone.up.ready["api_key"]
        account = {"account": "far-side", "url": self.receiver.url, "secret": SECRET}
        made = self._call("/v1/webhooks", json=account)
        self._hook_secret = made["hook_secret"]
        self._posted = 0

    def _call(self, path: str, **body: Any) -> dict[str, Any]:
        url, headers = self._api + path, {"Authorization": f"Bearer {self._key}"}
        answer = httpx.post(url, **body, headers=headers, timeout=20, trust_env=False)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made

    def uploads(self, content: bytes, name: str) -> dict[str, Any]:
        return self._call(f"/v1/media?name={name}", content=content)

    def posts(self, **data: Any) -> None:
        self._posted += 1
        body = json.dumps({"chat_id": "bridgehead", **data}, ensure_ascii=False)
        now, name = datetime.now(UTC), f"far-{self._posted}"
        signature = Webhook(self._hook_secret).sign(name, now, body)
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        url = f"{self._api}/hooks/generic/far-side"
        for _ in range(2):  # a sender that heard no answer posts again
            httpx.post(
                url, content=body.encode(), headers=headers, timeout=20, trust_env=False
            ).raise_for_status()

    def hears(self, text: str) -> dict[str, Any]:
        """The action that came with this text."""
        wait_for(lambda: text in self.receiver.texts, 20, f"no webhook says {text}")
        assert all(one.genuine for one in self.receiver.taken)
        came = (one.data for one in self.receiver.taken)
        return next(data for data in came if data["content"].get("text") == text)


def _kinds(phone: BundledPhone, chat: str) -> list[str]:
    return [one["kind"] for one in phone.up.truth()["sent"] if one["chat"] == chat]


def test_a_group_and_a_webhook_are_joined_without_a_loop(phone: BundledPhone) -> None:
    far = FarSide(phone)
    phone.says("桥头", "几点开会？", sender="小王")
    asked = far.hears("几点开会？")
    assert asked["author"] == "小王"

    far.posts(author="Alice", text="九点", id="crm/1")
    assert phone.shows("桥头") == "Alice：九点"

    far.posts(author="小王", text="几点开会？", origin=asked["origin"])
    far.posts(author="Alice", text="或者十点")
    assert phone.shows("桥头") == "Alice：或者十点"

    file = far.uploads(b"%PDF-1.4 minutes", "minutes.pdf")
    far.posts(author="Alice", content={"kind": "file", "name": "minutes.pdf", "media": file})
    assert phone.shows("桥头") == "Alice："
    assert not phone.shows("桥头")
    assert _kinds(phone, "桥头")[-1] == "file"

    phone.says("桥头", "/echo 好的", sender="老李")
    assert phone.shows("桥头") == "好的"
    assert far.hears("好的")["author"] == "bot"
    said = [text for text in far.receiver.texts if text != "你好"]  # from before the test
    assert said == ["几点开会？", "/echo 好的", "好的"]

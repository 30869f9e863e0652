"""What a plugin with the grant `operate` sees and decides, on a real broker and database."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectors.database import open_engine
from connectors.kafka import Broker, Producer
from schemas.envelope import decode, encode
from schemas.failure import BadRequest
from schemas.phone import DeviceState
from schemas.phone_order import PhoneOrder
from schemas.receipt import Receipt, State
from schemas.resolution import Resolution
from schemas.topics import DEVICES, RECEIPTS, REDRIVE
from streams.operating import Operating
from streams.respond import utc_now
from tests.fakes.failing_plugin import FailingPlugin
from tests.fakes.stack import Stack
from tests.fakes.wechat import AT
from tests.streams.test_parking import _say, working
from tests.streams.test_redrive import letters_of

BY = {"by": "店主", "reason": "test"}


@pytest.fixture
async def operating(stack: Stack) -> AsyncIterator[Operating]:
    engine = open_engine(stack.dsn, size=2)
    producer = Producer(Broker(stack.bootstrap))
    yield Operating(engine, producer, stack.prefix, utc_now)
    await producer.stop()
    await engine.dispose()


async def _until(operating: Operating, name: str, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 15
    while len(found := await operating.operate(name, {"limit": 10})) < count:
        assert time.monotonic() < deadline, f"only {found}"
        await asyncio.sleep(0.1)
    return list(found)


async def test_letters_are_settled_and_messages_decided_as_by_the_commands(
    stack: Stack, operating: Operating
) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(one="never", two="never")
    async with letters_of(stack), working(stack):
        await _say(stack, "c1", "/work good", "/work one", "/work two")
        (action,) = await stack.wait_for_actions(lambda found: len(found) >= 1)
        letters = await _until(operating, "letters", 2)
        assert {one["instance"] for one in letters} == {"work"}
        assert "no such thing" in letters[0]["error"]
        plugin.wrong()
        again, gone = (one["letter_id"] for one in letters)
        await operating.operate("settle", {"letter": again[:9], "what": "redrive", **BY})
        await stack.wait_for_actions(lambda found: len(found) >= 2)
        await operating.operate("settle", {"letter": gone, "what": "discard", **BY})
        with pytest.raises(BadRequest, match="does not wait any more"):
            await operating.operate("settle", {"letter": gone, "what": "discard", **BY})
        unknown = Receipt(
            action_id=action.action_id,
            channel="wechat",
            account="default",
            chat_id="c1",
            state=State.UNKNOWN,
            at=AT.replace(year=2027),
        )
        told = encode(unknown, id="r1", source="test", time=unknown.at)
        await stack.produce([told], RECEIPTS.name(stack.prefix))
        phone = DeviceState(account="default", serial="x", health="ready", at=AT)
        await stack.produce(
            [encode(phone, id="d1", source="test", time=AT)], DEVICES.name(stack.prefix)
        )
        await _decided(operating, action.action_id)
    audited = [decode(r.headers, r.value) for r in await stack.read(REDRIVE.name(stack.prefix))]
    assert [one.verdict for one in audited if isinstance(one, Resolution)] == ["sent"]
    orders = [one for one in audited if isinstance(one, PhoneOrder)]
    assert [(one.order, one.at) for one in orders] == [("stop", AT)] * 2
    assert len({one.order_id for one in orders}) == 1


async def _decided(operating: Operating, action_id: str) -> None:
    deadline = time.monotonic() + 15
    while True:
        status = await operating.operate("status", {})
        if status["actions"].get("unknown") and status["phones"]:
            break
        assert time.monotonic() < deadline, status
        await asyncio.sleep(0.1)
    with pytest.raises(BadRequest, match="approve cannot be said of it"):
        await operating.operate("decide", {"action": action_id, "verdict": "approve", **BY})
    with pytest.raises(BadRequest, match="is none of"):
        await operating.operate("decide", {"action": action_id, "verdict": "dance", **BY})
    row = await operating.operate("decide", {"action": action_id, "verdict": "sent", **BY})
    assert row["state"] == "unknown"
    stop = {"account": "default", "order": "stop", "at": AT.isoformat(), **BY}
    for _ in range(2):  # as after a crash right behind it
        await operating.operate("order", stop)
    for wrong in ({"account": "nobody"}, {"order": "jump"}):
        with pytest.raises(BadRequest):
            await operating.operate("order", stop | wrong)
    with pytest.raises(BadRequest, match="no instance 'nobody'"):
        await operating.operate("switch", {"instance": "nobody", "on": True, "by": "x"})
    with pytest.raises(BadRequest, match="does not know"):
        await operating.operate("format-disk", {})

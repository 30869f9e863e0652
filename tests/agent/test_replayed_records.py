"""The second barrier: what a replay wrote is for nobody's eyes, wherever it ends up."""

from datetime import UTC, datetime

from schemas.action import Action
from schemas.content import Text
from schemas.envelope import encode
from schemas.receipt import State
from schemas.sandbox import SESSION_HEADER
from tests.fakes.phone_rig import Rig


async def test_an_action_that_bears_a_replays_mark_is_never_sent(rig: Rig) -> None:
    await rig.started()
    rig.sim.receive("张三", "在吗")
    chat = await rig.chat_id("张三")
    action = Action(
        action_id="replayed",
        channel="wechat",
        account="default",
        chat_id=chat,
        content=Text(text="昨天说过的话"),
        requested_at=datetime.now(UTC),
    )
    marked = encode(
        action,
        id=action.action_id,
        source="/test",
        time=action.requested_at,
        extra={SESSION_HEADER: "monday"},
    )
    await rig.producer.send(rig.outbox, marked)

    end = await rig.end(await rig.ask(chat, "今天说的话"))

    assert end.state is State.SENT
    assert rig.sent() == ["今天说的话"]
    assert "replayed" not in {receipt.action_id for receipt in await rig.receipts()}

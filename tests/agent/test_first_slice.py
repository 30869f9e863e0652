"""A friend writes; an answer goes out."""

from tests.fakes.phone_rig import rigged, until
from tests.fixtures.live_server import LiveBroker
from pathlib import Path
from schemas.receipt import State
import time


async def test_a_friends_message_becomes_one_inbound_record_and_an_action_one_bubble(
    broker: LiveBroker, topic_prefix: str, tmp_path: Path
) -> None:
    async with rigged(broker.bootstrap, topic_prefix, tmp_path) as rig:
        await rig.started()
        rig.sim.receive("张三", "你好")
        t = time.monotonic()

        async def said():
            return await rig.texts()

        assert await until(said, "the message") == [("张三", "你好")]

        chat = await rig.chat_id("张三")
        t = time.monotonic()
        end = await rig.end(await rig.ask(chat, "收到"))

        assert end.state is State.SENT, end
        assert rig.sent() == ["收到"]

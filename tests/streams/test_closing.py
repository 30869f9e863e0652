"""A handler that blocks by what its chat remembers closes that chat, through kills."""

from pathlib import Path

import pytest

from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message, record

DOOR = """
from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command, on_message


@on_command("shut", block=True)
async def shut(ctx: Context) -> AsyncIterator[Draft]:
    ctx.state["shut"] = True
    yield ctx.reply("shut")


@on_command("open", block=True)
async def open_(ctx: Context) -> AsyncIterator[Draft]:
    ctx.state["shut"] = False
    yield ctx.reply("open")


@on_message(when=lambda config, event, state: bool(state.get("shut")), block=True)
async def keep(ctx: Context) -> AsyncIterator[Draft]:
    ctx.state["kept"] = ctx.state.get("kept", 0) + 1
    for nothing in ():
        yield nothing
"""


@pytest.mark.parametrize("place", ["worker.ran", "worker.committed", "worker.produced"])
async def test_a_closed_chat_stays_closed_until_it_is_opened(
    stack: Stack, tmp_path: Path, place: str
) -> None:
    write_plugin(tmp_path / "plugins", "door", DOOR, priority=1)
    worker = stack.worker(plugins=str(tmp_path / "plugins"))
    said = ["/shut", "/echo unheard", "/open", "/echo heard"]
    await stack.produce(record(message(text, seq=seq)) for seq, text in enumerate(said))
    await stack.produce([record(message("/echo elsewhere", chat="c2"))])

    worker.start(HONGYAN_FAILPOINT=place, HONGYAN_FAILPOINT_FLAG=str(tmp_path / "struck"))
    await worker.ended(20)
    worker.start()

    actions = await stack.wait_for_actions(lambda found: len(set(texts(found))) >= 4)
    assert [text for text in texts(actions) if text != "elsewhere"] == ["shut", "open", "heard"]

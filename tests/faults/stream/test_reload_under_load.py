"""A plugin's files change ten times while five hundred messages come: one right reply each."""

import asyncio
from pathlib import Path

import pytest

from schemas.action import Action
from schemas.content import Text
from tests.fakes.stack import Stack
from tests.fakes.wechat import message, record
from tests.fixtures.waiting import until

CHATS, CHANGES, BATCH = 10, 10, 50
BROKEN = (4, 8)
"""These changes cannot be loaded: what was there goes on."""

SOURCE = """
import asyncio
from plugins import on_command
from .version import VERSION

async def ghost():
    await asyncio.get_running_loop().create_future()

@on_command("say")
async def say(ctx, text: str):
    asyncio.create_task(ghost(), name=f"ghost of {VERSION}")
    ctx.state["last"] = VERSION
    await asyncio.sleep(0.02)
    from .version import VERSION as again
    assert again == VERSION
    yield ctx.reply(f"{text}:{VERSION}")
"""


def _change(home: Path, number: int) -> None:
    """The manifest last: once its version is told, all of the change is there."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "version.py").write_text(f"VERSION = {number}\n" + "(" * (number in BROKEN))
    (home / "__init__.py").write_text(SOURCE)
    manifest = f'name = "say"\nversion = "1.0.{number}"\napi = ">=1,<2"\n'
    (home / "plugin.toml").write_text(manifest)


def _versions(actions: list[Action]) -> dict[str, list[int]]:
    """By chat, in the order of their first delivery; each text is checked to be answered once."""
    first: dict[str, Action] = {}
    for action in actions:
        first.setdefault(action.action_id, action)
    found: dict[str, list[int]] = {}
    said: list[str] = []
    for action in first.values():
        assert isinstance(action.content, Text)
        text, version = action.content.text.split(":")
        said.append(text)
        found.setdefault(action.chat_id, []).append(int(version))
    assert sorted(said) == sorted(f"m{n}" for n in range(CHANGES * BATCH))
    return found


@pytest.mark.slow
async def test_ten_changes_under_five_hundred_messages_leave_one_right_reply_each(
    stack: Stack,
) -> None:
    home = stack.folder / "plugins" / "say"
    _change(home, 0)
    worker = stack.worker(plugins=str(stack.folder / "plugins"), hot_reload="true")
    worker.start()
    await until(lambda: "the worker consumes" in worker.log.read_text())
    for number in range(1, CHANGES + 1):
        batch = [
            record(message(f"/say m{n}", chat=f"c{n % CHATS}", seq=n))
            for n in range((number - 1) * BATCH, number * BATCH)
        ]
        producing = asyncio.create_task(stack.produce(batch))
        await asyncio.to_thread(_change, home, number)
        told = "version.py" if number in BROKEN else f"say 1.0.{number}"
        count = BROKEN.index(number) + 1 if number in BROKEN else 1
        await until(lambda t=told, c=count: worker.log.read_text().count(t) >= c)
        await producing
    actions = await stack.wait_for_actions(lambda a: len(a) >= CHANGES * BATCH, within=25)
    versions = _versions(actions)
    assert all(one == sorted(one) for one in versions.values())
    assert not {version for one in versions.values() for version in one} & set(BROKEN)
    assert len({version for one in versions.values() for version in one}) > CHANGES / 2
    assert await stack.read(stack.dlq) == []
    log = worker.log.read_text()
    assert "does not stop" not in log
    assert "Traceback" not in log
    assert await worker.stop() == 0

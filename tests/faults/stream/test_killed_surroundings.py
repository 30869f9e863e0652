"""Workers killed while plugins share values, block, or wait for what is away: once, in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from schemas.action import Action
from schemas.envelope import header
from schemas.topics import RETRIES
from tests.fakes.failing_plugin import FailingPlugin
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.fixtures.live_server import free_port
from tests.streams.test_parking import _say, hastening
from tests.streams.test_sweep import _change

pytestmark = pytest.mark.slow

PLACES = ("ran", "committed", "produced", "marked")
CHATS = ("c0", "c1", "c2")
LANES = ("no", "thread", "process")

TICKET = """
import threading

from plugins import on_command


@on_command("NAME")
async def ticket(ctx, text):
    if BLOCKS:
        threading.Event().wait(0.02)
    number = await ctx.shared.update("sold", lambda n: n + 1, 0)
    ctx.state["own"] = ctx.state.get("own", 0) + 1
    yield ctx.reply(f"{number} {ctx.state['own']} {text}")
    await ctx.flush()
    again = await ctx.shared.update("sold", lambda n: n + 1, 0)
    yield ctx.reply(f"{again} {ctx.state['own']} {text}")
"""

FETCH = """
from pathlib import Path

from plugins import on_command

HERE = Path(__file__).parent


@on_command("fetch")
async def fetch(ctx, text):
    await ctx.http.get((HERE / "url").read_text())
    yield ctx.reply(text)
"""


def _first_texts(actions: list[Action]) -> list[tuple[str, str]]:
    """Chat and text of each action, as it came first; it never comes with another text."""
    found: dict[str, set[str]] = {}
    for action in actions:
        found.setdefault(action.action_id, set()).update(texts([action]))
    assert [said for said in found.values() if len(said) > 1] == []
    chats = {action.action_id: action.chat_id for action in actions}
    return [(chats[name], next(iter(said))) for name, said in found.items()]


@pytest.mark.timeout(120)
async def test_killed_anywhere_what_plugins_share_counts_once_in_every_kind_of_lane(
    stack: Stack,
) -> None:
    for lane in LANES:
        source = TICKET.replace("NAME", lane).replace("BLOCKS", str(lane != "no"))
        write_plugin(stack.folder / "p", lane, source, blocking=lane)
    worker = stack.worker(plugins=str(stack.folder / "p"))
    for number, place in enumerate(PLACES):
        flag = str(stack.folder / f"died-{place}")
        worker.start(HONGYAN_FAILPOINT=f"worker.{place}", HONGYAN_FAILPOINT_FLAG=flag)
        for chat in CHATS:
            said = [f"/{lane} {chat}-{number}" for lane in LANES]
            await _say(stack, chat, *said, first=1 + number * len(LANES))
        assert await worker.ended(40) == -9, worker.tail()
    worker.start()
    count = len(PLACES) * len(CHATS) * 2
    actions = await stack.wait_for_actions(
        lambda found: len({action.action_id for action in found}) >= count * len(LANES), within=40
    )
    assert await worker.stop() == 0
    for lane in LANES:
        own = _first_texts([action for action in actions if action.instance == lane])
        assert sorted(int(said.split()[0]) for _, said in own) == list(range(1, count + 1)), lane
        for chat in CHATS:
            heard = [said.split()[1:] for where, said in own if where == chat]
            wanted = [[str(n + 1), f"{chat}-{n}"] for n in range(len(PLACES)) for _ in range(2)]
            assert heard == wanted, lane


async def test_killed_while_it_sends_forgotten_retries_again_it_sends_them_all(
    stack: Stack,
) -> None:
    plugin, tier = FailingPlugin(stack.folder / "p"), RETRIES[0].name(stack.prefix)
    plugin.wrong(**{f"bad-{chat}": "away" for chat in CHATS})
    worker = stack.worker(plugins=str(stack.folder / "p"))
    worker.start()
    for chat in CHATS:
        await _say(stack, chat, f"/work bad-{chat}", f"/work two-{chat}")
    await stack.wait_for_records(tier, len(CHATS), within=40)  # each has had its time in the lane
    worker.kill()
    await _change(stack, "UPDATE gates SET put_at = now() - interval '4 days'")
    plugin.wrong()
    flag = str(stack.folder / "died")
    worker.start(HONGYAN_FAILPOINT="parking.sent", HONGYAN_FAILPOINT_FLAG=flag)
    for chat in CHATS:
        await _say(stack, chat, f"/work three-{chat}", first=3)
    assert await worker.ended(30) == -9, worker.tail()
    worker.start()
    async with hastening(stack):
        actions = await stack.wait_for_actions(
            lambda found: len({action.action_id for action in found}) >= 3 * len(CHATS), within=30
        )
    assert await worker.stop() == 0
    for chat in CHATS:
        own = texts(action for action in actions if action.chat_id == chat)
        assert own == [f"{word}-{chat}" for word in ("bad", "two", "three")]


@asynccontextmanager
async def _open_at(port: int) -> AsyncIterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()


async def test_killed_while_a_circuit_is_open_what_waits_is_drained_in_order(
    stack: Stack,
) -> None:
    home = write_plugin(stack.folder / "p", "fetch", FETCH, capabilities=("http",))
    port = free_port()
    (home / "url").write_text(f"http://127.0.0.1:{port}/")
    worker = stack.worker(plugins=str(stack.folder / "p"))
    worker.start()
    for chat in CHATS:
        await _say(stack, chat, *(f"/fetch {chat}-{n}" for n in range(3)))
    waiting = await stack.wait_for_records(RETRIES[0].name(stack.prefix), len(CHATS), within=40)
    assert {header(one.headers, "x-error-type") for one in waiting} & {"CircuitOpen"}
    worker.kill()
    worker.start()
    async with _open_at(port), hastening(stack):
        for chat in CHATS:
            await _say(stack, chat, f"/fetch {chat}-3", first=4)
        actions = await stack.wait_for_actions(
            lambda found: len({action.action_id for action in found}) >= 4 * len(CHATS), within=30
        )
    assert await worker.stop() == 0
    for chat in CHATS:
        own = texts(action for action in actions if action.chat_id == chat)
        assert own == [f"{chat}-{n}" for n in range(4)]
    assert await stack.read(stack.dlq) == []

"""Parts of an answer sent before its end, calls to the outside, and what a crash leaves of both."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from schemas.envelope import decode
from schemas.run import PluginRun
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.streams.test_parking import QUICK, _say, hastening, working

LONG = """
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

from plugins import Context, Draft, on_command
from schemas.failure import Retryable

HERE = Path(__file__).parent


async def word():
    with (HERE / "asked").open("a") as asked:
        asked.write("x")
    return uuid.uuid4().hex


@on_command("long")
async def long(ctx: Context, text: str) -> AsyncIterator[Draft]:
    ctx.state["n"] = ctx.state.get("n", 0) + 1
    first = await ctx.call("word", text, word, durable=text.startswith("durable"))
    yield ctx.reply(f"{text} {first} {ctx.state['n']}")
    await ctx.flush()
    with (HERE / "runs").open("a") as runs:
        runs.write("x")
    second = await ctx.call("word", "second", word)
    yield ctx.reply(f"{text} {second}")
    await ctx.flush()
    if (HERE / "wrong").exists():
        raise Retryable("not now")
    yield ctx.reply(f"{text} {first} {second} {ctx.state['n']}")
"""


def _plugin(stack: Stack) -> Path:
    return write_plugin(stack.folder / "p", "long", LONG)


def _asked(home: Path) -> int:
    log = home / "asked"
    return len(log.read_text()) if log.exists() else 0


async def test_flushed_parts_are_sent_at_once_and_a_retry_goes_on_behind_them(
    stack: Stack,
) -> None:
    home = _plugin(stack)
    (home / "wrong").touch()
    async with working(stack, QUICK):
        await _say(stack, "c1", "/long a", "/long b")
        early = await stack.wait_for_actions(lambda found: len(found) >= 2)
        assert len(texts(early)) == 2
        (home / "wrong").unlink()
        async with hastening(stack):
            actions = await stack.wait_for_actions(
                lambda found: len({a.action_id for a in found}) >= 6
            )
    said = [text.split() for text in texts(actions)]
    one, two, three = said[:3]
    assert three == ["a", one[1], two[1], "1"], "the retry was told the same words"
    assert one[2] == "1"
    assert [word[0] for word in said] == ["a", "a", "a", "b", "b", "b"]
    assert said[5][3] == "2", "state counts each event once"
    assert _asked(home) == 4
    runs = await stack.wait_for_records(stack.runs, 3)
    last = decode(runs[1].headers, runs[1].value)
    assert isinstance(last, PluginRun)
    assert [(call.name, call.request) for call in last.calls][:2] == [
        ("word", "a"),
        ("word", "second"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("place", ["committed", "produced", "checkpointed", "marked"])
async def test_killed_between_flushes_all_parts_are_from_one_run(stack: Stack, place: str) -> None:
    home = _plugin(stack)
    flag = stack.folder / "died"
    worker = stack.worker(
        plugins=str(stack.folder / "p"), failpoint=f"worker.{place}", failpoint_flag=str(flag)
    )
    worker.start()
    await _say(stack, "c1", "/long durable", "/long two")
    assert await worker.ended(30) == -9, worker.tail()
    worker.start()
    actions = await stack.wait_for_actions(lambda found: len({a.action_id for a in found}) >= 6)
    assert await worker.stop() == 0
    by_id: dict[str, set[str]] = {}
    for action in actions:
        by_id.setdefault(action.action_id, set()).update(texts([action]))
    assert all(len(found) == 1 for found in by_id.values())
    said = [text.split() for text in texts(actions)]
    for event, number in ((said[:3], "1"), (said[3:], "2")):
        one, two, three = event
        assert three[1:] == [one[1], two[1], number]
    assert _asked(home) == 4


@asynccontextmanager
async def shop() -> AsyncIterator[tuple[str, list[str]]]:
    """A server that is away at first, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            good = self.path.startswith("/one") or len(asked) > 2
            self.send_response(200 if good else 503)
            self.end_headers()
            self.wfile.write(json.dumps({"n": len(asked)}).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()


BUY = """
from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command


@on_command("buy")
async def buy(ctx: Context, url: str) -> AsyncIterator[Draft]:
    secret = {"authorization": "s3cret"}
    one = (await ctx.http.get(f"{url}/one?token=s3cret", headers=secret)).json()
    two = (await ctx.http.get(f"{url}/two")).json()
    yield ctx.reply(f"{one['n']} {two['n']}")
"""


async def test_a_server_that_is_away_is_asked_again_later_and_the_others_are_not(
    stack: Stack,
) -> None:
    write_plugin(stack.folder / "p", "buy", BUY, capabilities=("http",))
    async with shop() as (url, asked), working(stack, QUICK):
        await _say(stack, "c1", f"/buy {url}")
        async with hastening(stack):
            actions = await stack.wait_for_actions(lambda found: len(found) >= 1)
        runs = await stack.wait_for_records(stack.runs, 2)
    assert texts(actions) == ["1 3"]
    assert asked == ["/one?token=s3cret", "/two", "/two"]
    assert all(b"s3cret" not in (run.value or b"") for run in runs)
    assert b"token=***" in (runs[-1].value or b"")

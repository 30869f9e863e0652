"""Breakpoints in replayed runs, wherever a run goes on."""

import io
import sys
from pathlib import Path

import pytest

from connectors.recordings import Recording
from hongyan import debugging
from plugins.loader import load
from schemas.run import PluginRun
from streams.replay import Replay
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.wechat import AT, message

BLOCKING = """
from plugins import on_command


@on_command("wait")
async def wait(ctx, text):
    yield ctx.reply(text)
"""


async def test_a_breakpoint_stops_a_run_in_a_thread_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_plugin(tmp_path, "waiter", BLOCKING, blocking="thread")
    instances = load([tmp_path], bundled=False).instances
    event = message("/wait here")
    run = PluginRun(
        turn_id="t",
        event_id=event.event_id,
        channel=event.channel,
        account=event.account,
        chat_id=event.chat_id,
        instance="waiter",
        plugin="waiter",
        plugin_version="1.0.0",
        outcome="silent",
        started_at=AT,
        duration_ms=1,
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO("p 'text is ' + text\nc\n"))
    place = debugging.find_place("waiter.wait", instances)
    with debugging.stopping_at([place]):
        replayed = await Replay(instances).one(Recording(event, run))
    assert "'text is here'" in capsys.readouterr().out
    assert replayed.after == (f"{event.chat_id}: here",)

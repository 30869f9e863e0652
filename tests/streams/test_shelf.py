"""What a run was told and is too large for rows and records is read back from the media store."""

from pathlib import Path

from connectors.media.folder import FolderStore
from connectors.recordings import Recording
from schemas.envelope import MOST_BYTES, decode
from schemas.run import Call, PluginRun
from streams.shelf import INLINE, Shelf, whole
from streams.worker import Worker
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message
from tests.streams.test_parking import QUICK, _say, hastening

BOOK = """
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

from plugins import Context, Draft, on_command
from schemas.failure import Retryable

HERE = Path(__file__).parent


async def book():
    return uuid.uuid4().hex * 30_000


@on_command("read")
async def read(ctx: Context, text: str) -> AsyncIterator[Draft]:
    found = await ctx.call("book", text, book)
    with (HERE / "seen").open("a") as seen:
        seen.write(found[:8] + " ")
    if (HERE / "wrong").exists():
        raise Retryable("not now")
    yield ctx.reply(f"{len(found)} {found[:8]}")
"""


async def test_a_retry_and_a_replay_are_told_a_large_answer_again(stack: Stack) -> None:
    home = write_plugin(stack.folder / "p", "book", BOOK)
    (home / "wrong").touch()
    media = stack.folder / "media"
    settings = stack.settings(plugins=str(stack.folder / "p"), media=str(media))
    worker = Worker(settings, policy=QUICK)
    try:
        await worker.start()
        await _say(stack, "c1", "/read x")
        await stack.wait_for_records(stack.runs, 1)
        (home / "wrong").unlink()
        async with hastening(stack):
            (action,) = await stack.wait_for_actions(lambda found: len(found) >= 1)
        runs = await stack.wait_for_records(stack.runs, 2)
    finally:
        await worker.stop(0.2)
    first, second = (home / "seen").read_text().split()
    assert first == second, "it was not asked again"
    assert texts([action]) == [f"960000 {first}"]
    run = decode(runs[-1].headers, runs[-1].value)
    assert isinstance(run, PluginRun)
    assert len(runs[-1].value or b"") < MOST_BYTES
    (found,) = await whole([Recording(message("/read x"), run)], FolderStore(media))
    assert found.run.calls[0].response[:8] == first
    assert found.run.calls[0].request == "x"


async def test_small_calls_stay_and_one_whose_blob_is_gone_is_asked_anew(tmp_path: Path) -> None:
    shelf = Shelf(FolderStore(tmp_path / "media"))
    small = Call(index=0, name="a", request=1, response="x" * (INLINE - 100))
    large = Call(index=1, name="b", request="y" * INLINE, response=[1])
    slim = await shelf.shelved([small, large])
    assert slim[0] == small
    assert slim[1].shelved is not None
    assert (slim[1].request, slim[1].response) == (None, None)
    assert await shelf.restored(slim) == (small, large)
    (lost,) = await Shelf(FolderStore(tmp_path / "other")).restored(slim[1:])
    assert lost.error is not None
    assert lost.error["kind"] == "left_out"

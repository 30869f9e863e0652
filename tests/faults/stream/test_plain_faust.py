"""What a plain Faust worker loses, repeats and hangs on (stream.md 3: D1 to D3, and exactly-once),
and the same on ours.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from connectors.kafka import Broker, Producer
from connectors.topic_setup import Wanted, ensure_topics
from schemas.envelope import Record, header
from tests.fakes.plugin_folder import BROKEN, write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message, record
from tests.fixtures.live_server import LiveBroker

pytestmark = pytest.mark.slow

SHUT = """
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from plugins import Context, Draft, on_command

SHUT = Path(__file__).parent / "shut"


@on_command("shut")
async def shut(ctx: Context, text: str) -> AsyncIterator[Draft]:
    while SHUT.exists():
        await asyncio.sleep(0.05)
    yield ctx.reply("open")
"""


class Plain:
    """Plain Faust on a topic of one partition."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        self._bootstrap = bootstrap
        self._folder = folder
        self._producer = Producer(Broker(bootstrap))
        self.process: subprocess.Popen[bytes] | None = None
        self.sink = f"{folder.name}-out"
        self.source = f"{folder.name}-in"

    async def prepare(self) -> None:
        wanted = [
            Wanted(name, 1, {"cleanup.policy": "delete"}) for name in (self.source, self.sink)
        ]
        await ensure_topics(Broker(self._bootstrap), wanted)
        await self._producer.start()

    async def close(self) -> None:
        await self._producer.stop()
        self.kill()

    async def say(self, *said: str) -> None:
        for text in said:
            await self._producer.send(self.source, Record(None, text.encode(), []))

    def start(
        self, concurrency: int = 1, guarantee: str = "at_least_once", manner: str = "auto"
    ) -> None:
        words = (self._bootstrap, str(self._folder), str(concurrency), guarantee, manner)
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.fakes.plain_faust", *words],
                cwd=Path(__file__).parents[3],
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def done(self) -> list[str]:
        log = self._folder / "done"
        return log.read_text().split() if log.exists() else []

    async def until_done(self, text: str) -> None:
        deadline = time.monotonic() + 40
        while text not in self.done:
            assert time.monotonic() < deadline, (self._folder / "log").read_text()[-3000:]
            await asyncio.sleep(0.05)

    async def committed(self) -> int:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await admin.start()
        try:
            offsets = await admin.list_consumer_group_offsets(self._folder.name)
        finally:
            await admin.close()
        place = offsets.get(TopicPartition(self.source, 0))
        return place.offset if place is not None else -1

    async def until_committed(self, offset: int) -> None:
        deadline = time.monotonic() + 40
        while await self.committed() < offset:
            assert time.monotonic() < deadline, f"only {await self.committed()} is committed"
            await asyncio.sleep(0.1)

    async def answers(self) -> list[str]:
        """What a reader that asks for committed transactions alone is given."""
        consumer = AIOKafkaConsumer(
            self.sink,
            bootstrap_servers=self._bootstrap,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )
        await consumer.start()
        try:
            (place,) = consumer.assignment()
            end = (await consumer.end_offsets([place]))[place]
            found: list[str] = []
            while await consumer.position(place) < end:
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    found += [one.value.decode() for one in batch]
            return found
        finally:
            await consumer.stop()


@pytest.fixture
async def plain(broker: LiveBroker, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Plain]:
    folder = tmp_path / f"plain-{topic_prefix}"
    folder.mkdir()
    made = Plain(broker.bootstrap, folder)
    await made.prepare()
    try:
        yield made
    finally:
        await made.close()


async def test_plain_faust_commits_past_a_record_in_flight_and_loses_it(plain: Plain) -> None:
    """D1, faust #606."""
    shut = plain._folder / "shut"
    shut.touch()
    await plain.say("shut", *(f"m{n}" for n in range(8)))
    plain.start(concurrency=4)
    await plain.until_done("m7")
    await plain.until_committed(9)
    plain.kill()
    shut.unlink()
    plain.start(concurrency=4)
    await plain.say("later")
    await plain.until_done("later")
    assert "shut" not in plain.done, "upstream was mended: look at our acks again"


async def test_plain_faust_drops_what_raised(plain: Plain) -> None:
    """D2, faust #527, #315."""
    await plain.say("m0", "m1", "break", "m3")
    plain.start()
    await plain.until_done("m3")
    await plain.until_committed(4)
    plain.kill()
    plain.start()
    await plain.say("later")
    await plain.until_done("later")
    assert plain.done == ["m0", "m1", "m3", "later"], "upstream was mended: it tries again"


async def test_plain_faust_does_not_stop_after_an_exception(plain: Plain) -> None:
    """D3: SIGTERM waits for ever for a record that will never be acked."""
    await plain.say("m0", "break", "m2")
    plain.start(manner="noack")
    await plain.until_done("m2")
    assert plain.process is not None
    plain.process.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        await asyncio.to_thread(plain.process.wait, 5)  # ours has gone by then


async def test_fausts_exactly_once_shows_answers_twice_to_who_reads_committed_ones(
    plain: Plain,
) -> None:
    """faust #177, and why it is off (docs/decisions/0004): its sends are in no transaction."""
    said = [f"m{n}" for n in range(20)]
    await plain.say(*said)
    (plain._folder / "shut").touch()
    await plain.say("shut")
    plain.start(guarantee="exactly_once")
    await plain.until_done("m19")
    assert await plain.answers() == said, "seen before anything was committed"
    plain.kill()
    (plain._folder / "shut").unlink()
    plain.start(guarantee="exactly_once")
    await plain.until_done("shut")
    answers = await plain.answers()
    assert set(answers) == {*said, "shut"}
    assert len(answers) > len(set(answers)), "upstream was mended: read decision 0004 again"


async def test_ours_loses_neither_what_was_in_flight_nor_what_raised_and_stops(
    stack: Stack,
) -> None:
    home = write_plugin(stack.folder / "p", "shut", SHUT)
    write_plugin(stack.folder / "p", "broken", BROKEN)
    (home / "shut").touch()
    worker = stack.worker(plugins=str(stack.folder / "p"))
    worker.start()
    said = ["/shut", "/break glass", *(f"/echo m{n}" for n in range(8))]
    for number, text in enumerate(said):
        one = record(message(text, chat=f"c{number}", seq=number))
        await stack.producer.send(stack.inbound, one, partition=0)
    await stack.wait_for_actions(lambda found: len(found) >= 8)
    await stack.wait_for_records(stack.dlq, 1)
    worker.kill()
    (home / "shut").unlink()
    worker.start()
    actions = await stack.wait_for_actions(lambda found: "open" in texts(found))
    assert sorted(texts(actions)) == ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "open"]
    letters = await stack.read(stack.dlq)
    assert {header(one.headers, "x-event-id") for one in letters} == {
        message("/break glass", chat="c1", seq=1).event_id
    }
    assert await worker.stop(within=5) == 0

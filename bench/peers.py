"""What ours is measured beside: the same work in a plain aiokafka loop and a plain Faust agent.

    python -m bench.peers loop|faust BOOTSTRAP SOURCE SINK GROUP FOLDER

The work: wait as long as the text says (`/work MILLISECONDS TEXT`; none for other commands), then
one acked produce of the answer. Both take a partition's records one after another, as written by
hand in an hour; order is kept, and nothing else.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import faust
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer


async def work(value: bytes) -> bytes:
    """The answer to one message, in the shape that the outbox has."""
    message = orjson.loads(value)
    command, _, text = message["content"]["text"].partition(" ")
    if command == "/work":
        milliseconds, _, text = text.partition(" ")
        await asyncio.sleep(float(milliseconds) / 1000)
    return orjson.dumps({"chat_id": message["chat"]["chat_id"], "content": {"text": text}})


async def loop(bootstrap: str, source: str, sink: str, group: str) -> None:
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    await consumer.start()
    while True:
        for records in (await consumer.getmany(timeout_ms=200, max_records=1000)).values():
            for record in records:
                await producer.send_and_wait(sink, await work(record.value), key=record.key)
            await consumer.commit()


def agent(bootstrap: str, source: str, sink: str, group: str, folder: Path) -> None:
    app = faust.App(
        group,
        broker=f"kafka://{bootstrap}",
        datadir=str(folder / group),
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        autodiscover=False,
        producer_acks=-1,
    )
    out = app.topic(sink, key_type=bytes, value_type=bytes)

    @app.agent(app.topic(source, key_type=bytes, value_type=bytes))
    async def answer(stream: Any) -> None:
        async for event in stream.events():
            await (await out.send(key=event.key, value=await work(event.value)))

    faust.Worker(app, loglevel="ERROR").execute_from_commandline()


def main(kind: str, *places: str, folder: str) -> None:
    if kind == "loop":
        asyncio.run(loop(*places))
    else:
        agent(*places, Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:-1], folder=sys.argv[-1])

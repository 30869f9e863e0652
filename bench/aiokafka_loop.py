"""The yardstick: a plain aiokafka loop with per-chat order and one acked produce a message.

It knows no plugins, keeps no ids and survives no crash; it is what the work costs at the least.
"""

import asyncio
import sys
from collections import defaultdict

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import ConsumerRecord


async def main(bootstrap: str, source: str, sink: str, group: str) -> None:
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

    async def lane(records: list[ConsumerRecord]) -> None:
        for record in records:
            message = orjson.loads(record.value)
            answer = orjson.dumps({**message, "answer": message["content"]["text"][6:]})
            await producer.send_and_wait(sink, answer, key=record.key, headers=list(record.headers))

    while True:
        chats = defaultdict(list)
        for records in (await consumer.getmany(timeout_ms=200, max_records=1000)).values():
            for record in records:
                chats[record.key].append(record)
        if chats:
            await asyncio.gather(*map(lane, chats.values()))
            await consumer.commit()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

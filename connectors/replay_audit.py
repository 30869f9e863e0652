"""Writes into the audit that a person ran recorded events again; it sends nothing else anywhere."""

import asyncio
from typing import Final

from connectors.kafka import Broker, Producer
from schemas.envelope import encode
from schemas.failure import DependencyDown
from schemas.replay import ReplayDone
from schemas.topics import REDRIVE

SOURCE: Final = "hongyan/replay"
_PATIENCE_S: Final = 5.0


async def audit(kafka: str, prefix: str, done: ReplayDone) -> None:
    """Write it, acked.

    Raises:
        DependencyDown: no ack within 5 s.

    """
    producer = Producer(Broker(kafka))
    record = encode(done, id=done.replay_id, source=SOURCE, time=done.at)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await producer.send(REDRIVE.name(prefix), record)
    except TimeoutError as error:
        raise DependencyDown(f"{kafka} did not take the record") from error
    finally:
        await producer.stop()

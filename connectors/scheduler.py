"""The scheduler as the relay runs it: fires what is due, at the clock it is given."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from loguru import logger

from connectors.database import open_engine
from connectors.kafka import Broker, Producer
from connectors.schedules import BATCH, ScheduleStore
from connectors.settings import RelaySettings
from connectors.timers import rest
from schemas.failure import Retryable

_PATIENCE: Final = 0.5


async def fire_schedules(
    settings: RelaySettings, *, clock: Callable[[], float] = time.time
) -> None:
    """Fire until cancelled; `clock` gives the wall's seconds. What is away is waited for."""
    engine = open_engine(settings.postgres.get_secret_value(), size=1)
    producer = Producer(Broker(settings.kafka))
    schedules = ScheduleStore(engine, settings.topic_prefix)
    told = False
    try:
        while True:
            try:
                now = datetime.fromtimestamp(clock(), UTC)
                many = await schedules.fire(now, producer)
                following = await schedules.next_due() if many < BATCH else now
                told = False
            except Retryable as error:
                if not told:
                    logger.warning("the schedules wait: {}", error)
                    told = True
                await asyncio.sleep(_PATIENCE)
                continue
            await asyncio.sleep(rest(following, clock()))
    finally:
        await producer.stop()
        await engine.dispose()

"""Asks an account's phone which chats have a name, and waits for its answer."""

import asyncio
from datetime import timedelta

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from loguru import logger
from sqlalchemy import select

from connectors.api.footing import Footing
from connectors.api.problem import Problem, away
from connectors.database import singly
from connectors.tables import CONTACT_READS, DEVICES
from schemas.envelope import decode, encode, header
from schemas.event import ChatKind
from schemas.failure import DependencyDown, Poison
from schemas.lookup import ChatLookup, LookupAnswer
from schemas.topics import OUTBOX, RECEIPTS

LIMIT = 10.0
"""Seconds that a phone has to answer."""
FRESH = timedelta(seconds=60)
"""For so long a whole reading of the address book is as good as the phone's own answer."""
PHONES = "wechat"
"""The channel whose accounts live on phones."""
_FAREWELL = 2.0


async def phones(footing: Footing, account: str | None = None) -> dict[str, str]:
    """The health of each account's phone that was ever heard of, by account.

    Raises:
        DependencyDown: the database is away.

    """
    query = select(DEVICES.c.account, DEVICES.c.health)
    if account is not None:
        query = query.where(DEVICES.c.account == account)
    async with singly(footing.engine) as connection:
        return {row.account: row.health for row in (await connection.execute(query)).all()}


async def is_fresh(footing: Footing, account: str) -> bool:
    """Whether all of the account's contacts and groups were read within the last minute.

    Raises:
        DependencyDown: the database is away.

    """
    query = select(CONTACT_READS.c.at).where(
        CONTACT_READS.c.channel == PHONES, CONTACT_READS.c.account == account
    )
    async with singly(footing.engine) as connection:
        at = (await connection.execute(query)).scalar()
    return at is not None and footing.clock() - at <= FRESH


async def ask_phone(
    footing: Footing, account: str, name: str, kind: ChatKind | None
) -> LookupAnswer:
    """The phone's answer.

    Raises:
        Problem: 503 where the broker or the phone is away, 504 where no answer came in time.

    """
    now = footing.clock()
    lookup = ChatLookup(
        lookup_id=footing.fresh_id(),
        channel=PHONES,
        account=account,
        name=name,
        kind=kind,
        requested_at=now,
        expires_at=now + timedelta(seconds=LIMIT),
    )
    try:
        async with asyncio.timeout(LIMIT):
            answer = await _asked(footing, lookup)
    except TimeoutError as error:
        raise Problem(
            504,
            f"The phone of {account} did not answer within {LIMIT:g} s: it may be busy, covered or "
            "unplugged. Try again, or give the chat_id; GET /v1/chats lists those known.",
        ) from error
    except (DependencyDown, KafkaError, OSError) as error:
        raise away("The broker is away, the phone cannot be asked; try again shortly.") from error
    if answer.failed is not None:
        raise away(f"The phone of {account} could not look the name up: {answer.failed}")
    return answer


async def _asked(footing: Footing, lookup: ChatLookup) -> LookupAnswer:
    """Listen first, then ask: an answer cannot be missed."""
    prefix = footing.settings.topic_prefix
    consumer = AIOKafkaConsumer(
        RECEIPTS.name(prefix),
        bootstrap_servers=footing.settings.kafka,
        enable_auto_commit=False,
        auto_offset_reset="latest",
    )
    try:
        await consumer.start()
        for partition in consumer.assignment():
            await consumer.position(partition)
        record = encode(
            lookup,
            id=f"lookup:{lookup.lookup_id}",
            source="/api",
            time=lookup.requested_at,
        )
        topic = OUTBOX.name(prefix, channel=lookup.channel, account=lookup.account)
        await footing.outlet.send(topic, record, LIMIT)
        while True:
            answer = await _next_answer(consumer, lookup)
            if answer is not None:
                return answer
    finally:
        await asyncio.shield(_stopped(consumer))


async def _next_answer(consumer: AIOKafkaConsumer, lookup: ChatLookup) -> LookupAnswer | None:
    batches = await consumer.getmany(timeout_ms=1000)
    for records in batches.values():
        for record in records:
            if record.key != lookup.key or header(record.headers, "ce_type") != LookupAnswer.TYPE:
                continue
            try:
                answer = decode(record.headers, record.value)
            except Poison as error:
                logger.warning("an answer cannot be read: {}", error)
                continue
            if isinstance(answer, LookupAnswer):
                return answer
    return None


async def _stopped(consumer: AIOKafkaConsumer) -> None:
    try:
        async with asyncio.timeout(_FAREWELL):
            await consumer.stop()
    except (TimeoutError, KafkaError, OSError) as error:
        logger.debug("a listener for answers did not stop cleanly: {}", repr(error))

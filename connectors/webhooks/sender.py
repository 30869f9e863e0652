"""The relay's sender of webhooks: posts what is due, one chat's in order, until it is taken.

At-least-once, with `webhook-id` for the receiver to tell what it knows. A failure holds its own
chat: it is tried again in place, with longer and longer waits, until it expires. A relay keeps what
it posts leased until that is told, however long the broker is away; one that dies amid a post
leaves a lease that ends, and its successor posts again.
"""

import asyncio
import time
from collections import Counter as Count
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from loguru import logger
from prometheus_client import Counter, Histogram

from connectors.database import open_engine
from connectors.ending import end
from connectors.failpoint import reach
from connectors.kafka import Broker, Producer
from connectors.settings import RelaySettings
from connectors.waiting import patiently
from connectors.webhooks import letter
from connectors.webhooks.backoff import next_try
from connectors.webhooks.deliveries import Delivery, DeliveryStore
from connectors.webhooks.endpoint import Endpoint, EndpointStore
from connectors.webhooks.guard import networks
from connectors.webhooks.intake import Intake
from connectors.webhooks.outcome import Word
from connectors.webhooks.post import Answer, Poster
from schemas.action import Action
from schemas.envelope import decode, header
from schemas.failure import Bug, Permanent
from schemas.receipt import State
from schemas.resolution import Resolution

POSTED = Counter("hongyan_webhooks_posted", "Webhooks posted", ["account", "outcome"])
SECONDS = Histogram("hongyan_webhook_seconds", "Seconds from posting a webhook to its answer")

MOST_AT_ONCE: Final = 64
MOST_OF_AN_ACCOUNT: Final = 16
_AT_A_TIME: Final = 8
_MARGIN: Final = timedelta(seconds=30)
"""What a lease lasts beyond a post, for its records to be acked."""
_SKEW: Final = timedelta(minutes=1)
"""What the clocks of relay and database may differ by."""
_LOOK_S: Final = 1.0
_WHO: Final = "the webhooks"
_NO_ENDPOINT: Final = Answer("refused", "no_endpoint", "has no endpoint: POST /v1/webhooks")


@dataclass(frozen=True)
class Surroundings:
    """What a sender works with; `length` is how long a lease lasts."""

    prefix: str
    deliveries: DeliveryStore
    endpoints: EndpointStore
    poster: Poster
    producer: Producer
    clock: Callable[[], datetime]
    chance: Random
    length: timedelta


class Sender:
    """Leases what is due, posts it, and says what came of it."""

    def __init__(self, around: Surroundings, news: asyncio.Event) -> None:
        """`news`: something new may be due."""
        self._around = around
        self._news = news
        self._posting: dict[asyncio.Task[None], Delivery] = {}
        self._renewed = around.clock()

    async def run(self) -> None:
        """Send until cancelled; what is being posted then is posted again later."""
        try:
            await patiently(_WHO, self._around.deliveries.give_back)
            while True:
                await patiently(_WHO, self._renew)
                self._news.clear()  # before the look: what comes after it is news
                leased = await patiently(_WHO, self._lease)
                for delivery in leased:
                    self._start(delivery)
                if len(leased) < _AT_A_TIME:
                    await self._rest(idle=not leased)
        finally:
            await end(set(self._posting))

    async def _renew(self) -> None:
        """What was posted and cannot be told, for the broker is away, is nobody else's to post."""
        around, now = self._around, self._around.clock()
        if now - self._renewed < around.length / 3:
            return
        held = [one.action_id for one in self._posting.values()]
        if held:
            await around.deliveries.renew(held, now + around.length)
        self._renewed = now

    async def _lease(self) -> list[Delivery]:
        free = MOST_AT_ONCE - len(self._posting)
        if free <= 0:
            return []
        count = Count(one.account for one in self._posting.values())
        busy = sorted(account for account, many in count.items() if many >= MOST_OF_AN_ACCOUNT)
        around = self._around
        return await around.deliveries.lease(
            around.clock(), around.length, min(free, _AT_A_TIME), busy
        )

    def _start(self, delivery: Delivery) -> None:
        if any(one.action_id == delivery.action_id for one in self._posting.values()):
            return  # posted, but the database was away for so long that its lease has ended
        task = asyncio.create_task(self._deliver(delivery), name=f"webhook {delivery.account}")
        self._posting[task] = delivery
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._posting.pop(task, None)
        self._news.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # Its lease ends, and it is posted again.
            logger.opt(exception=error).error("a webhook's sending broke off: {}", repr(error))

    async def _rest(self, *, idle: bool) -> None:
        """Until there is news, something is due, or a second is over. `idle`: what is due by now
        could not be leased, for its account has enough under way, or asked for a pause.
        """
        due = await patiently(_WHO, self._around.deliveries.next_due)
        left = (due - self._around.clock()).total_seconds() if due is not None else _LOOK_S
        if left <= 0 and idle:
            left = _LOOK_S
        try:
            async with asyncio.timeout(min(_LOOK_S, max(0.05, left))):
                await self._news.wait()
        except TimeoutError:
            return

    async def _deliver(self, delivery: Delivery) -> None:
        action = decode(delivery.headers, delivery.value)
        if not isinstance(action, Action):
            raise Bug(f"{delivery.action_id} was taken and is no action")
        now = self._around.clock()
        if now >= delivery.expires_at:
            detail = f"was not reached until it expired, after {delivery.tries} tries"
            await self._over(delivery, action, State.EXPIRED, "expired", detail)
            return
        endpoint = await patiently(_WHO, lambda: self._around.endpoints.find(delivery.account))
        answer = await self._posted(endpoint, delivery, action, now)
        POSTED.labels(account=delivery.account, outcome=answer.outcome).inc()
        reach("webhooks.posted")
        if answer.outcome == "delivered":
            await self._over(delivery, action, State.SENT, answer.reason, answer.detail)
        elif answer.outcome == "again":
            await self._wait(delivery, action, endpoint, answer)
        else:
            if answer.outcome == "gone" and endpoint is not None:
                asked = endpoint
                if await patiently(
                    _WHO, lambda: self._around.endpoints.disable(asked, answer.reason)
                ):
                    logger.warning("the webhook {} is disabled: {}", asked.account, answer.detail)
            await self._over(delivery, action, State.FAILED, answer.reason, answer.detail)

    async def _posted(
        self, endpoint: Endpoint | None, delivery: Delivery, action: Action, now: datetime
    ) -> Answer:
        if endpoint is None or _is_of_another(delivery, endpoint):
            return _NO_ENDPOINT
        if endpoint.disabled_at is not None:
            detail = f"is disabled ({endpoint.disabled_for}): PATCH /v1/webhooks enables it"
            return Answer("refused", "endpoint_disabled", detail)
        content = letter.body(action)
        trace = header(delivery.headers, "traceparent")
        signed = letter.headers(action, content, endpoint.keys(now), now, trace)
        began = time.perf_counter()
        answer = await self._around.poster.post(endpoint.url, content, signed, now)
        SECONDS.observe(time.perf_counter() - began)
        return answer

    async def _wait(
        self, delivery: Delivery, action: Action, endpoint: Endpoint | None, answer: Answer
    ) -> None:
        around, now = self._around, self._around.clock()
        if answer.wait and endpoint is not None:  # the receiver asks it of all that comes to it
            paused, pause = endpoint, now + answer.wait
            await patiently(_WHO, lambda: around.endpoints.pause(paused, pause))
        tries = delivery.tries + 1
        until = next_try(tries, now, delivery.expires_at, answer.wait, around.chance)
        detail = f"{answer.detail}, try {tries}"
        word = Word(
            around.prefix,
            delivery,
            action,
            State.WAITING,
            now,
            answer.reason,
            detail,
            not_before=until,
        )
        await self._say(word)
        await patiently(_WHO, lambda: around.deliveries.put_off(delivery, until, answer.reason))

    async def _over(
        self, delivery: Delivery, action: Action, state: State, reason: str, detail: str
    ) -> None:
        around = self._around
        await self._say(
            Word(around.prefix, delivery, action, state, around.clock(), reason, detail)
        )
        reach("webhooks.told")
        await patiently(_WHO, lambda: around.deliveries.end(delivery, state, reason))

    async def _say(self, word: Word) -> None:
        for topic, record in word.records():
            try:
                await self._around.producer.send(topic, record)
            except Permanent as refused:
                logger.error("{} cannot be told of a webhook: {}", topic, refused)

    async def drop(self, resolution: Resolution) -> None:
        """A person does not want it posted any more. One that is being posted is waited for: if it
        is not taken then, it is dropped.
        """
        around, named = self._around, (resolution.action_id, resolution.attempt)
        while (
            found := await around.deliveries.claim(*named, around.clock(), around.length)
        ) is None:
            if not await around.deliveries.is_open(*named):
                return
            await asyncio.sleep(_LOOK_S / 5)
        action = decode(found.headers, found.value)
        if isinstance(action, Action):
            await self._over(found, action, State.CANCELLED, "dropped", resolution.reason)


def _is_of_another(delivery: Delivery, endpoint: Endpoint) -> bool:
    """Whether it was meant for an endpoint that was removed, and whose name has another by now."""
    made = endpoint.created_at
    return made is not None and delivery.taken_at < made - _SKEW


async def send_webhooks(
    settings: RelaySettings,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    chance: Random | None = None,
) -> None:
    """The job as the relay runs it: until it is cancelled."""
    engine = open_engine(settings.postgres.get_secret_value(), size=4)
    broker, prefix = Broker(settings.kafka), settings.topic_prefix
    producer = Producer(broker)
    poster = Poster(networks(settings.webhook_networks), seconds=settings.webhook_seconds)
    news = asyncio.Event()
    store = DeliveryStore(engine, prefix, settings.relay_id)
    around = Surroundings(
        prefix,
        store,
        EndpointStore(engine, prefix),
        poster,
        producer,
        clock,
        chance or Random(),  # noqa: S311  # jitter
        timedelta(seconds=settings.webhook_seconds) + _MARGIN,
    )
    sender = Sender(around, news)
    intake = Intake(store, producer, sender.drop, clock, news)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sender.run(), name="webhook sender")
            tasks.create_task(intake.run(broker, prefix, settings.relay_id), name="webhook intake")
    finally:
        await poster.close()
        await producer.stop()
        await engine.dispose()

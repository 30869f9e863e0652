"""Webhooks that are sent: signed, in order for each chat, until they are taken, and guarded."""

import asyncio
import ssl
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import migrate, open_engine
from connectors.dead_letters.letter import read_letter
from connectors.dead_letters.store import DeadLetters, Kept
from connectors.ending import end
from connectors.kafka import Broker, Producer
from connectors.settings import RelaySettings
from connectors.topic_setup import ensure_topics, wanted_topics
from connectors.webhook_tables import WEBHOOK_DELIVERIES
from connectors.webhooks import letter
from connectors.webhooks.backoff import next_try
from connectors.webhooks.deliveries import DeliveryStore
from connectors.webhooks.endpoint import Endpoint, EndpointStore
from connectors.webhooks.guard import check_url, is_allowed, judged, networks
from connectors.webhooks.post import Poster, meaning_of
from connectors.webhooks.resolver import Resolver
from connectors.webhooks.sender import Sender, Surroundings, send_webhooks
from schemas.action import Action
from schemas.content import Text
from schemas.envelope import Record, decode, encode, header
from schemas.failure import BadRequest, DependencyDown
from schemas.ledger import ActionEntry
from schemas.receipt import Receipt, State
from schemas.resolution import Resolution
from schemas.sandbox import SESSION_HEADER
from schemas.topics import LEDGER, OUTBOX, RECEIPTS
from streams.redrive import Order, Redriver
from tests.fakes.stack import PARTITIONS, Stack
from tests.fakes.tls import tls_identity
from tests.fakes.webhook_delivery import waiting_delivery
from tests.fakes.webhook_receiver import SECRET, Receiver, receiving
from tests.fixtures.live_server import LiveBroker
from tests.fixtures.waiting import until

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    await migrate(database)
    engine = open_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
async def stack(
    broker: LiveBroker, database: str, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Stack]:
    made = Stack(broker.bootstrap, database, topic_prefix, tmp_path)
    await made.start()
    accounts = (("webhook", "crm"), ("webhook", "erp"))
    await ensure_topics(Broker(made.bootstrap), wanted_topics(made.prefix, PARTITIONS, accounts))
    yield made
    await made.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


class _Ahead:
    """A wall clock that a test sets forward."""

    def __init__(self) -> None:
        self.by = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.by


def _action(number: int, *, chat: str = "c1", account: str = "crm", **more: Any) -> Action:
    return Action(
        action_id=f"{account}-{chat}/{number}",
        channel="webhook",
        account=account,
        chat_id=chat,
        content=Text(text=f"{chat} {number} 你好"),
        requested_at=NOW,
        **more,
    )


async def _ask(stack: Stack, *actions: Action, **extra: str) -> None:
    for action in actions:
        topic = OUTBOX.name(stack.prefix, channel="webhook", account=action.account)
        named = {name.replace("_", "-"): value for name, value in extra.items()}
        record = encode(action, id=action.action_id, source="test", time=NOW, extra=named)
        await stack.produce([record], topic)


@asynccontextmanager
async def _sending(stack: Stack, clock: Any = None, **more: Any) -> AsyncIterator[None]:
    settings = RelaySettings(
        kafka=stack.bootstrap,
        postgres=stack.dsn,
        topic_prefix=stack.prefix,
        **{"webhook_networks": "127.0.0.0/8", "webhook_seconds": 3, "log_json": False, **more},
    )
    told = {} if clock is None else {"clock": clock}
    job = asyncio.create_task(send_webhooks(settings, chance=Random(1), **told))
    try:
        yield
    finally:
        await end({job})


async def _drop(stack: Stack, action: Action) -> None:
    word = Resolution(
        resolution_id="r1",
        action_id=action.action_id,
        channel="webhook",
        account="crm",
        chat_id="c1",
        verdict="drop",
        by="me",
        reason="too old",
        at=NOW,
    )
    outbox = OUTBOX.name(stack.prefix, channel="webhook", account="crm")
    await stack.produce([encode(word, id="r1", source="test", time=NOW)], outbox)


async def _receipts(stack: Stack, action: Action) -> list[Receipt]:
    found = []
    for record in await stack.read(RECEIPTS.name(stack.prefix)):
        receipt = decode(record.headers, record.value)
        assert isinstance(receipt, Receipt)
        if receipt.action_id == action.action_id:
            found.append(receipt)
    return found


async def _reached(stack: Stack, action: Action, state: State, count: int = 1) -> list[Receipt]:
    async def there() -> bool:
        return sum(one.state is state for one in await _receipts(stack, action)) >= count

    await until(there, every_s=0.1)
    return await _receipts(stack, action)


def test_the_signature_is_that_of_the_published_vector() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    action = _action(1).model_copy(update={"action_id": "msg_p5jXN8AQM9LWM0D4loKWxJek"})
    at = datetime.fromtimestamp(1614265330, UTC)
    signed = letter.headers(action, b'{"test": 2432232314}', [secret], at, None)
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    east = at.astimezone(datetime.fromisoformat("2021-01-01T00:00:00+08:00").tzinfo)
    assert letter.headers(action, b'{"test": 2432232314}', [secret], east, None) == signed


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://example.com/", "https"),
        ("https:///x", "host"),
        ("https://user:secret@example.com/", "password"),
        ("https://example.com:99999/", "read"),
        ("https://example.com/a b", "spaces"),
        ("https://example.com/\r\nX-A: b", "spaces"),
        ("example.com", "https"),
        ("https://例子.com/", "signs"),
    ],
)
def test_a_url_that_cannot_be_posted_to_is_refused_without_repeating_it(
    url: str, sentence: str
) -> None:
    with pytest.raises(BadRequest, match=sentence) as raised:
        check_url(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),  # cloud metadata
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104  # an address to be refused
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("fec0::1", False),
        ("::7f00:1", False),
        ("64:ff9b:1::7f00:1", False),
    ],
)
def test_only_public_addresses_are_posted_to_unless_the_owner_names_a_network(
    address: str, allowed: bool
) -> None:
    assert is_allowed(address, tls=True, allowed=()) is allowed
    assert not is_allowed(address, tls=False, allowed=())
    named = networks("127.0.0.0/8, 10.0.0.0/8,::1/128")
    assert is_allowed("127.0.0.1", tls=False, allowed=named)
    assert is_allowed("::ffff:10.9.9.9", tls=True, allowed=named)
    assert not is_allowed("192.168.1.1", tls=True, allowed=named)


async def test_a_host_with_one_private_address_among_public_ones_is_refused() -> None:
    async def lookup(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "127.0.0.1"] if host == "evil.test" else ["93.184.216.34"]

    with pytest.raises(BadRequest, match="private"):
        await judged("https://evil.test/", (), lookup)
    target = await judged("https://good.test:8443/x?y=1", (), lookup)
    assert target.url == "https://93.184.216.34:8443/x?y=1"
    assert target.authority == "good.test:8443"


async def test_a_host_whose_name_servers_are_silent_takes_one_thread_and_holds_no_other() -> None:
    asked, answered = [], threading.Event()

    def ask(host: str, port: int) -> list[Any]:
        asked.append(host)
        if host == "silent.test":
            answered.wait(20)
            raise OSError("no answer")
        if host == "wrong.test":
            raise UnicodeError("label too long")
        return [(None, None, None, "", ("93.184.216.34", port))] * 2

    resolver = Resolver(ask)
    poster = Poster((), seconds=0.1, lookup=resolver)
    url = "https://silent.test/"
    try:
        held = await asyncio.gather(*(poster.post(url, b"", {}, NOW) for _ in range(40)))
        assert {one.reason for one in held} == {"timeout"}
        assert await resolver("good.test", 443) == ["93.184.216.34"]
        with pytest.raises(DependencyDown):
            await resolver("wrong.test", 443)
        assert asked.count("silent.test") == 1
    finally:
        answered.set()
        await poster.close()


@pytest.mark.parametrize(
    ("status", "headers", "outcome", "wait"),
    [
        (200, {}, "delivered", None),
        (204, {}, "delivered", None),
        (302, {"location": "http://169.254.169.254/"}, "again", None),
        (400, {}, "refused", None),
        (401, {}, "again", None),
        (404, {}, "again", None),
        (410, {}, "gone", None),
        (413, {}, "refused", None),
        (429, {"retry-after": "90"}, "again", timedelta(seconds=90)),
        (503, {"retry-after": "Wed, 25 Nov 2026 12:05:00 GMT"}, "again", timedelta(minutes=5)),
        (503, {"retry-after": "99999999"}, "again", timedelta(days=1)),
        (503, {"retry-after": "soon"}, "again", None),
        (503, {"retry-after": "Mon, 01 Jan 99999999999 00:00:00 GMT"}, "again", None),
    ],
)
def test_what_a_status_means(
    status: int, headers: dict[str, str], outcome: str, wait: timedelta | None
) -> None:
    answer = meaning_of(status, headers, NOW)
    assert (answer.outcome, answer.wait) == (outcome, wait)


def test_waits_grow_honour_the_receiver_and_end_when_it_expires() -> None:
    chance, later = Random(7), NOW + timedelta(days=9)
    waits = [next_try(tries, NOW, later, None, chance) - NOW for tries in range(1, 12)]
    assert timedelta(seconds=4) <= waits[0] <= timedelta(seconds=6)
    assert timedelta(hours=3) <= waits[-1] <= timedelta(hours=5)
    asked = timedelta(hours=7)
    assert next_try(1, NOW, later, asked, chance) == NOW + asked
    soon = NOW + timedelta(seconds=2)
    assert next_try(5, NOW, soon, asked, chance) == soon


async def test_actions_are_posted_signed_in_order_and_told(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    await EndpointStore(engine, stack.prefix).add(Endpoint("crm", receiver.url, SECRET))
    actions = [_action(number, chat=chat) for number in range(5) for chat in ("c1", "c2")]
    async with _sending(stack):
        await _ask(stack, *actions, *actions, traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
        await _reached(stack, actions[-1], State.SENT)
    assert len(receiver.taken) == 10
    assert all(one.genuine for one in receiver.taken)
    for chat in ("c1", "c2"):
        mine = [one for one in receiver.taken if one.data["chat_id"] == chat]
        assert [one.data["content"]["text"] for one in mine] == [
            f"{chat} {number} 你好" for number in range(5)
        ]
    first = receiver.taken[0]
    assert first.headers["traceparent"].startswith(f"00-{'a' * 32}")
    assert first.headers["content-type"] == "application/cloudevents+json"
    assert first.path == "/in"
    ledger = LEDGER.name(stack.prefix, channel="webhook", account="crm")
    entries = [decode(record.headers, record.value) for record in await stack.read(ledger)]
    assert {entry.state for entry in entries if isinstance(entry, ActionEntry)} == {State.SENT}


async def test_a_receiver_in_trouble_holds_its_chat_alone_and_gets_each_in_order(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    clock = _Ahead()
    await EndpointStore(engine, stack.prefix).add(Endpoint("crm", receiver.url, SECRET))
    held, other = [_action(number) for number in range(3)], _action(1, chat="other")
    async with _sending(stack, clock):
        receiver.will_answer(503)
        await _ask(stack, *held)
        [receipt] = await _reached(stack, held[0], State.WAITING)
        assert (receipt.reason, receipt.attempt) == ("http_503", 1)
        assert receipt.not_before is not None
        await _ask(stack, other)
        await _reached(stack, other, State.SENT)
        assert [one.id for one in receiver.taken] == [held[0].action_id, other.action_id]
        receiver.will_answer(500)
        clock.by += timedelta(seconds=10)
        await _reached(stack, held[0], State.WAITING, 2)
        clock.by += timedelta(minutes=5)
        await _reached(stack, held[-1], State.SENT)
    mine = [one.id for one in receiver.taken if one.data["chat_id"] == "c1"]
    assert mine == [held[0].action_id] * 3 + [held[1].action_id, held[2].action_id]


async def test_what_is_refused_expired_or_without_endpoint_dies_and_can_be_sent_back(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    store, clock = EndpointStore(engine, stack.prefix), _Ahead()
    await store.add(Endpoint("crm", receiver.url, SECRET))
    receiver.will_answer(422)
    refused, homeless = _action(1), _action(1, account="erp")
    late = _action(2, chat="late", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    async with _sending(stack, clock):
        await _ask(stack, refused, homeless, late)
        assert (await _reached(stack, refused, State.FAILED))[-1].reason == "http_422"
        assert (await _reached(stack, homeless, State.FAILED))[-1].reason == "no_endpoint"
        await _reached(stack, late, State.EXPIRED)
        letters = await stack.wait_for_records(stack.dlq, 3)
        told = {header(one.headers, "x-event-id"): read_letter(one) for one in letters}
        assert set(told) == {refused.action_id, homeless.action_id, late.action_id}
        dead = told[refused.action_id]
        assert (dead.error_type, dead.instance) == ("http_422", "webhook-crm")
        order = Order(by="me", reason="mended", selection="all", redrive_id="rd-1")
        redriver = Redriver(DeadLetters(engine), stack.producer, stack.prefix)
        kept = Kept(dead, "dead", None, None, 0, None, dead.value)
        topic, again = redriver.record(kept, order)
        assert topic == OUTBOX.name(stack.prefix, channel="webhook", account="crm")
        await _ask(stack, refused, refused.model_copy(update={"attempt": 9}))
        await stack.produce([again, again], topic)
        await _reached(stack, refused, State.SENT)
    assert [one.data["attempt"] for one in receiver.taken] == [1, 2]


async def test_410_disables_the_endpoint_until_a_person_enables_it(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    store = EndpointStore(engine, stack.prefix)
    await store.add(Endpoint("crm", receiver.url, SECRET))
    receiver.will_answer(410)
    first, second, third = (_action(number) for number in range(3))
    async with _sending(stack):
        await _ask(stack, first, second)
        assert (await _reached(stack, first, State.FAILED))[-1].reason == "gone"
        assert (await _reached(stack, second, State.FAILED))[-1].reason == "endpoint_disabled"
        found = await store.find("crm")
        assert found is not None
        assert found.disabled_for == "gone"
        await store.change("crm", disabled_at=None, disabled_for=None)
        await _ask(stack, third)
        await _reached(stack, third, State.SENT)
    assert [one.id for one in receiver.taken] == [first.action_id, third.action_id]


async def test_what_was_on_its_way_to_a_removed_endpoint_never_reaches_the_next_of_its_name(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    store, deliveries = EndpointStore(engine, stack.prefix), DeliveryStore(engine, stack.prefix, "")
    old = waiting_delivery(_action(1), not_before=datetime.now(UTC) - timedelta(hours=2))
    await deliveries.take([old])
    await store.add(Endpoint("crm", receiver.url, SECRET))
    async with _sending(stack):
        await _ask(stack, _action(2))
        await _reached(stack, _action(2), State.SENT)
        assert (await _reached(stack, _action(1), State.FAILED))[-1].reason == "no_endpoint"
    assert [one.id for one in receiver.taken] == [_action(2).action_id]


async def test_a_replays_action_is_never_posted_and_poison_is_put_aside(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    await EndpointStore(engine, stack.prefix).add(Endpoint("crm", receiver.url, SECRET))
    outbox = OUTBOX.name(stack.prefix, channel="webhook", account="crm")
    async with _sending(stack):
        await _ask(stack, _action(1), **{SESSION_HEADER: "s1"})
        await stack.produce([Record(b"webhook:crm:c1", b"\x00no", [])], outbox)
        await _ask(stack, _action(2))
        await _reached(stack, _action(2), State.SENT)
    assert [one.id for one in receiver.taken] == [_action(2).action_id]
    [aside] = await stack.read(stack.poison)
    assert aside.value == b"\x00no"
    assert header(aside.headers, "x-origin-topic") == outbox


async def test_a_person_drops_one_that_waits_and_its_chat_goes_on(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    await EndpointStore(engine, stack.prefix).add(Endpoint("crm", receiver.url, SECRET))
    receiver.will_answer(500)
    first, second = _action(1), _action(2)
    async with _sending(stack):
        await _ask(stack, first, second)
        await _reached(stack, first, State.WAITING)
        await _drop(stack, first)
        await _reached(stack, first, State.CANCELLED)
        await _reached(stack, second, State.SENT)


async def test_one_that_is_dropped_while_it_is_posted_is_not_posted_again(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    await EndpointStore(engine, stack.prefix).add(Endpoint("crm", receiver.url, SECRET))
    receiver.hanging = True
    async with _sending(stack, webhook_seconds=1):
        await _ask(stack, _action(1))
        await until(lambda: bool(receiver.taken))
        await _drop(stack, _action(1))
        receipts = await _reached(stack, _action(1), State.CANCELLED)
    assert [one.state for one in receipts] == [State.WAITING, State.CANCELLED]
    assert len(receiver.taken) == 1


async def test_the_410_of_a_url_that_was_replaced_disables_nothing(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    store = EndpointStore(engine, stack.prefix)
    await store.add(Endpoint("crm", receiver.url, SECRET))
    receiver.hanging = True
    receiver.will_answer(410)
    async with _sending(stack):
        await _ask(stack, _action(1), _action(2))
        await until(lambda: bool(receiver.taken))
        await store.change("crm", url=f"{receiver.url}/new")
        receiver.hang.set()
        await _reached(stack, _action(2), State.SENT)
    assert [one.path for one in receiver.taken] == ["/in", "/in/new"]


async def test_a_receiver_that_asks_for_patience_gets_it_for_all_its_chats(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    clock, store = _Ahead(), EndpointStore(engine, stack.prefix)
    await store.add(Endpoint("crm", receiver.url, SECRET))
    await store.add(Endpoint("erp", receiver.url, SECRET))
    receiver.will_answer(429, retry_after="600")
    first, second, other = _action(1), _action(1, chat="c2"), _action(1, account="erp")
    async with _sending(stack, clock):
        await _ask(stack, first)
        await _reached(stack, first, State.WAITING)
        await _ask(stack, second, other)
        await _reached(stack, other, State.SENT)
        assert [one.id for one in receiver.taken] == [first.action_id, other.action_id]
        another = DeliveryStore(engine, stack.prefix, "relay-9")
        assert await another.lease(clock(), timedelta(seconds=30), 8, ()) == []
        clock.by += timedelta(minutes=11)
        await _reached(stack, second, State.SENT)
        await _reached(stack, first, State.SENT)


async def test_what_expires_is_told_in_time_wherever_it_waits(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    clock = _Ahead()
    await EndpointStore(engine, stack.prefix).add(Endpoint("crm", receiver.url, SECRET))
    receiver.will_answer(429, retry_after="86400")
    soon = clock() + timedelta(hours=1)
    first, behind = _action(1), _action(2, expires_at=soon)
    paused = _action(1, chat="c2", expires_at=soon)
    async with _sending(stack, clock):
        await _ask(stack, first, behind)
        await _reached(stack, first, State.WAITING)
        await _ask(stack, paused)
        clock.by += timedelta(hours=2)
        await _reached(stack, behind, State.EXPIRED)
        await _reached(stack, paused, State.EXPIRED)
    assert [one.id for one in receiver.taken] == [first.action_id]


async def test_what_is_posted_stays_leased_while_its_outcome_cannot_be_told(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    class Away(Producer):
        async def send(self, *_: Any, **__: Any) -> Any:
            await asyncio.Event().wait()

    clock, length = _Ahead(), timedelta(minutes=1)
    endpoints, chance = EndpointStore(engine, stack.prefix), Random(1)
    await endpoints.add(Endpoint("crm", receiver.url, SECRET))
    own, other = (DeliveryStore(engine, stack.prefix, f"relay-{number}") for number in range(2))
    delivery = waiting_delivery(_action(1), not_before=clock())
    await own.take([delivery])
    poster = Poster(networks("127.0.0.0/8"), seconds=3)
    producer = Away(Broker(stack.bootstrap))
    around = Surroundings(stack.prefix, own, endpoints, poster, producer, clock, chance, length)
    job = asyncio.create_task(Sender(around, asyncio.Event()).run())
    try:
        for _ in range(4):
            before = clock()
            clock.by += timedelta(seconds=40)

            async def renewed(before: datetime = before) -> bool:
                async with engine.connect() as connection:
                    asked = await connection.execute(select(WEBHOOK_DELIVERIES.c.leased_until))
                    until_ = asked.scalar_one()
                return until_ is not None and until_ > before + length

            await until(renewed, every_s=0.05)
            assert await other.lease(clock(), length, 8, ()) == []
    finally:
        await end({job})
        await poster.close()
    assert len(receiver.taken) == 1


async def test_one_that_cannot_be_kept_dies_alone(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    await EndpointStore(engine, stack.prefix).add(Endpoint("crm", receiver.url, SECRET))
    chance = Random(3)
    endless = "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(5000))
    wrong, right = _action(1, chat=endless), _action(1)
    for_ever = _action(2, expires_at=datetime.max.replace(tzinfo=UTC))
    async with _sending(stack):
        await _ask(stack, wrong, right, for_ever)
        await _reached(stack, for_ever, State.SENT)
        assert (await _reached(stack, wrong, State.FAILED))[-1].reason == "unkeepable"
    assert [one.id for one in receiver.taken] == [right.action_id, for_ever.action_id]
    assert len(await stack.read(stack.dlq)) == 1


async def test_a_slow_receiver_holds_nobody_elses_webhooks(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    store = EndpointStore(engine, stack.prefix)
    with receiving() as slow:
        slow.hanging = True
        await store.add(Endpoint("crm", slow.url, SECRET))
        await store.add(Endpoint("erp", receiver.url, SECRET))
        stuck = [_action(1, chat=f"c{number}") for number in range(70)]
        quick = [_action(number, account="erp") for number in range(3)]
        async with _sending(stack, webhook_seconds=5):
            await _ask(stack, *stuck, *quick)
            await _reached(stack, quick[-1], State.SENT)
            assert not any(one.state is State.WAITING for one in await _receipts(stack, stuck[0]))
            assert len(slow.taken) <= 64


async def test_tls_is_checked_against_the_name_though_an_address_is_connected_to(
    tmp_path: Path,
) -> None:
    authority, chain = tls_identity("crm.test", tmp_path)
    trust = ssl.create_default_context(cafile=str(authority))

    async def lookup(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with receiving(certificate=chain) as receiver:
        port = receiver.url.rpartition(":")[2].partition("/")[0]
        allowed = networks("127.0.0.0/8")
        poster = Poster(allowed, seconds=5, lookup=lookup, trust=trust)
        named = f"https://crm.test:{port}/in"
        good = await poster.post(named, b"{}", {"webhook-id": "1"}, NOW)
        wrong = await poster.post(f"https://evil.test:{port}/in", b"{}", {"webhook-id": "2"}, NOW)
        stranger = Poster(allowed, seconds=5, lookup=lookup)
        unknown = await stranger.post(
            f"https://crm.test:{port}/in", b"{}", {"webhook-id": "3"}, NOW
        )
        for one in (poster, stranger):
            await one.close()
    assert (good.outcome, wrong.reason, unknown.reason) == (
        "delivered",
        "unreachable",
        "unreachable",
    )
    [taken] = receiver.taken
    assert taken.headers["host"] == f"crm.test:{port}"


def test_networks_that_are_none_are_said_when_the_settings_are_read() -> None:
    with pytest.raises(ValidationError, match="webhook_networks"):
        RelaySettings(webhook_networks="127.0.0.0/8,intranet")


async def test_a_private_address_that_nobody_allowed_is_not_asked(
    stack: Stack, engine: AsyncEngine, receiver: Receiver
) -> None:
    await EndpointStore(engine, stack.prefix).add(Endpoint("crm", receiver.url, SECRET))
    async with _sending(stack, webhook_networks=""):
        await _ask(stack, _action(1))
        [receipt] = await _reached(stack, _action(1), State.FAILED)
    assert receipt.reason == "forbidden_address"
    assert receiver.taken == []


async def test_both_secrets_sign_while_one_is_replaced(engine: AsyncEngine) -> None:
    store = EndpointStore(engine, "bot")
    await store.add(Endpoint("crm", "https://example.com/", SECRET))
    fresh = letter.new_secret()
    letter.check_secret(fresh)
    assert await store.rotate("crm", fresh, NOW)
    found = await store.find("crm")
    assert found is not None
    assert found.keys(NOW) == [fresh, SECRET]
    assert found.keys(NOW + timedelta(days=2)) == [fresh]
    assert SECRET not in repr(found)
    assert fresh not in repr(found)


_DYING = """
import asyncio, sys
from pathlib import Path
from connectors.failpoint import arm
from connectors.settings import RelaySettings
from connectors.webhooks.sender import send_webhooks
arm(sys.argv[2], Path(sys.argv[1]))
asyncio.run(send_webhooks(RelaySettings()))
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", ["webhooks.taken", "webhooks.posted", "webhooks.told"])
async def test_a_relay_killed_on_the_way_loses_nothing_and_repeats_under_the_same_id(
    stack: Stack, engine: AsyncEngine, receiver: Receiver, tmp_path: Path, place: str
) -> None:
    await EndpointStore(engine, stack.prefix).add(Endpoint("crm", receiver.url, SECRET))
    actions = [_action(number) for number in range(4)]
    await _ask(stack, *actions)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _DYING,
        str(tmp_path / "died"),
        place,
        env={
            "HONGYAN_KAFKA": stack.bootstrap,
            "HONGYAN_POSTGRES": stack.dsn,
            "HONGYAN_TOPIC_PREFIX": stack.prefix,
            "HONGYAN_WEBHOOK_NETWORKS": "127.0.0.0/8",
        },
        cwd=Path(__file__).parents[2],
    )
    try:
        assert await asyncio.wait_for(process.wait(), 30) == -9
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    async with _sending(stack):
        await _reached(stack, actions[-1], State.SENT)
    assert receiver.texts == [f"c1 {number} 你好" for number in range(4)]
    assert list(dict.fromkeys(one.id for one in receiver.taken)) == [a.action_id for a in actions]
    assert len(receiver.taken) <= 5

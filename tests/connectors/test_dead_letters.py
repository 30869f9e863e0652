"""Dead letters: read from whoever wrote them, and found by filters."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka.structs import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import migrate, open_engine
from connectors.dead_letters.filter import FIELDS, BadFilter, parse_filter
from connectors.dead_letters.letter import read_letter, row
from connectors.dead_letters.store import DeadLetters
from connectors.tables import DEAD_LETTERS

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def _record(offset: int = 7, *, age_s: float = 60, **headers: bytes) -> ConsumerRecord:
    named = tuple((name.replace("_", "-", 9), value) for name, value in headers.items())
    return _raw(named, offset, age_s)


def _raw(
    headers: tuple[tuple[str, bytes], ...], offset: int = 7, age_s: float = 60
) -> ConsumerRecord:
    at = int((NOW - timedelta(seconds=age_s)).timestamp() * 1000)
    key = b"wechat:default:c1"
    return ConsumerRecord(
        "bot.dlq.v1", 3, offset, at, 0, key, b'{"a":1}', None, len(key), 7, headers
    )


def test_what_spring_and_connect_write_is_read_too() -> None:
    spring = read_letter(
        _raw(
            (
                ("kafka_dlt-original-topic", b"orders"),
                ("kafka_dlt-original-partition", (5).to_bytes(4, "big")),
                ("kafka_dlt-original-offset", (1234567).to_bytes(8, "big")),
                ("kafka_dlt-exception-fqcn", b"org.springframework.ListenerFailed"),
                ("kafka_dlt-exception-cause-fqcn", b"java.net.SocketTimeoutException"),
                ("kafka_dlt-exception-message", b"Read timed out"),
                ("kafka_dlt-exception-stacktrace", b"java.net.X: Y\n\tat a.b.C.d(C.java:5)\n"),
            )
        )
    )
    assert spring.origin == "orders/5/1234567"
    assert spring.error_type == "java.net.SocketTimeoutException"
    assert (spring.error_message, spring.attempt) == ("Read timed out", 1)
    assert "C.java:5" in spring.error_stack
    connect = read_letter(
        _raw(
            (
                ("__connect.errors.topic", b"t"),
                ("__connect.errors.partition", b"2"),
                ("__connect.errors.offset", b"99"),
                ("__connect.errors.connector.name", b"sink"),
                ("__connect.errors.exception.class.name", b"DataException"),
            )
        )
    )
    assert (connect.origin, connect.instance) == ("t/2/99", "sink")
    assert connect.fingerprint != spring.fingerprint


def test_our_own_headers_win_and_bytes_that_are_no_text_do_no_harm() -> None:
    letter = read_letter(
        _raw(
            (
                ("kafka_dlt-exception-message", b"theirs"),
                ("x-error-message", b"ours \xff"),
                ("x-attempt", b"six"),
                ("x-redrive-count", b"2"),
                ("x-odd", b"\x00\xff"),
            )
        )
    )
    assert letter.error_message == "ours \ufffd"
    assert (letter.attempt, letter.redriven) == (1, 2)
    assert ("x-odd", b"\x00\xff") in letter.headers


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    await migrate(database)
    engine = open_engine(database, size=2)
    yield engine
    await engine.dispose()


@pytest.fixture
async def letters(engine: AsyncEngine) -> DeadLetters:
    made = [
        _raw((("x-instance", b"weather"), ("x-error-type", b"ReadTimeout")), 1, 60),
        _raw((("x-instance", b"weather"), ("x-error-message", b"Timeout of it")), 2, 7200),
        _raw((("x-instance", b"shop"), ("x-error-type", b"KeyError"), ("x-attempt", b"6")), 3, 90),
    ]
    async with engine.begin() as connection:
        for record in made:
            await connection.execute(insert(DEAD_LETTERS).values(row(read_letter(record))))
    return DeadLetters(engine)


@pytest.mark.parametrize(
    ("expression", "offsets"),
    [
        ("instance=weather", [1, 2]),
        ("instance=weather and error~timeout and age<1h", [1]),
        ("age>1h", [2]),
        ("age >= 90s and not instance=weather", [3]),
        ("attempt>=6 or (instance=weather and age<=60s)", [1, 3]),
        ('error~"timeout of"', [2]),
        ("ERROR !~ timeout", [3]),
        ("not (instance=weather or instance=shop)", []),
        ("chat~default:c1 AND status=dead", [1, 2, 3]),
        ("instance != weather", [3]),
        ('message="Timeout of it"', [2]),
        ("instance=shop or instance=weather and age<1h", [1, 3]),
    ],
)
async def test_a_filter_finds_what_it_says(
    letters: DeadLetters, expression: str, offsets: list[int]
) -> None:
    found = await letters.find(parse_filter(expression, NOW))
    assert sorted(kept.letter.offset for kept in found) == offsets


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("", "character 1"),
        ("plugin", "character"),
        ("plugin=", "character"),
        ("colour=red", "no field 'colour'"),
        ("age<soon", "30s"),
        ("attempt=many", "whole number"),
        ("plugin<3", "= != ~ !~"),
        ("age~2h", "not with ~"),
        ("(plugin=a", "character"),
        ("plugin=a plugin=b", "character"),
    ],
)
def test_a_filter_that_says_nothing_is_refused_with_the_place(expression: str, named: str) -> None:
    with pytest.raises(BadFilter, match=None) as refused:
        parse_filter(expression, NOW)
    assert named in str(refused.value)


HALF_RIGHT = st.from_regex(r"(not |\()*[a-z]+[=<>~!]{1,2}.*", fullmatch=True)


@given(st.one_of(st.text(max_size=40), HALF_RIGHT))
def test_no_text_does_more_than_be_refused(expression: str) -> None:
    with contextlib.suppress(BadFilter):
        parse_filter(expression, NOW)


@given(st.sampled_from(sorted({*FIELDS} - {"age", "attempt", "redriven"})), st.text(min_size=1))
def test_any_words_can_be_asked_for_in_quotes(field: str, value: str) -> None:
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    condition = parse_filter(f"{field}={quoted}", NOW)
    assert value in condition.compile().params.values()


async def test_letters_are_claimed_once_settled_once_and_counted_by_fault(
    letters: DeadLetters,
) -> None:
    first, *_ = await letters.find(parse_filter("instance=weather", NOW))
    name = first.letter.letter_id
    assert await letters.claim(name, "rd-1", NOW)
    assert await letters.claim(name, "rd-1", NOW), "the same order may go on after a crash"
    assert not await letters.claim(name, "rd-2", NOW)
    assert await letters.claim(name, "rd-2", NOW + timedelta(minutes=6)), "that order is gone"
    assert not await letters.settle(name, "redriven", "rd-1", NOW)
    assert await letters.settle(name, "redriven", "rd-2", NOW)
    assert not await letters.claim(name, "rd-3", NOW + timedelta(days=1))
    kinds = await letters.kinds(parse_filter("chat~c1", NOW))
    assert sorted((kind.count, kind.dead) for kind in kinds) == [(1, 0), (1, 1), (1, 1)]
    assert {tuple(kind.instances) for kind in kinds} == {("weather",), ("shop",)}

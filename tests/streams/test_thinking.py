"""What ctx.llm asks by: a real model server, a real budget, breakers and grants."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.database import migrate, open_engine
from connectors.model_budget import ModelBudget, Spending
from connectors.model_endpoint import ModelEndpoints
from connectors.model_settings import ModelEndpoint
from plugins.grants import Grants, Warrant
from plugins.llm import LlmAnswer, LlmRequest, LlmTool
from schemas.failure import BadRequest, CircuitOpen, Denied, DependencyDown, Spent, Throttled
from streams.breakers import Breakers, Easing
from streams.patience import Patience
from streams.thinking import Thinking
from tests.fakes.llm_server import LlmServer, calls, fails, llm_server
from tests.fixtures.live_server import free_port

HELLO = LlmRequest(({"role": "user", "content": "hello"},))
LATE = datetime(2026, 11, 25, 17, tzinfo=UTC)  # the 26th in Shanghai


@pytest.fixture(scope="module")
def server() -> Iterator[LlmServer]:
    with llm_server() as made:
        yield made


@asynccontextmanager
async def thinking(
    database: str, url: str, **more: Any
) -> AsyncIterator[tuple[Thinking, ModelBudget]]:
    await migrate(database)
    engine = open_engine(database)
    endpoints = ModelEndpoints({"main": ModelEndpoint(url=url, model="small", **more)})
    budget = ModelBudget(engine, "bot")
    breakers = Breakers(lambda: 0.0, Easing(threshold=2))
    made = Thinking(
        endpoints,
        budget,
        through=breakers.through,
        patience=Patience(Random(1)),
        now=lambda: LATE,
        zone=ZoneInfo("Asia/Shanghai"),
    )
    try:
        yield made, budget
    finally:
        await endpoints.close()
        await engine.dispose()


def _warrant(**llm: Any) -> Warrant:
    return Warrant("assistant", Grants.model_validate({"llm": llm or True}))


async def test_an_answer_is_paid_by_the_day_of_the_owners_zone(
    database: str, server: LlmServer
) -> None:
    server.forget()
    server.says("你好", calls("weather", city="北京"))
    price = {"price_in": 1_000_000, "price_out": 2_000_000}
    async with thinking(database, server.url, **price) as (made, budget):
        answer = LlmAnswer.read(await made.think(_warrant(tokens_per_day=9000), HELLO))
        assert (answer.text, answer.model, answer.calls) == ("你好", "small", ())
        assert await budget.spent("assistant", "2026-11-26") == Spending(
            answer.tokens, answer.tokens_in + 2 * answer.tokens_out
        )
        tools = (LlmTool("weather", "tells it"),)
        asked = LlmRequest(HELLO.messages, tools=tools, temperature=0.2, tokens=7, json=True)
        answer = LlmAnswer.read(await made.think(_warrant(), asked))
        assert [(one.name, dict(one.arguments)) for one in answer.calls] == [
            ("weather", {"city": "北京"})
        ]
    assert server.asked[1] == {
        "model": "small",
        "messages": [{"role": "user", "content": "hello"}],
        "max_tokens": 7,
        "temperature": 0.2,
        "tools": [tools[0].told()],
        "response_format": {"type": "json_object"},
    }


async def test_what_the_day_does_not_hold_is_not_asked(database: str, server: LlmServer) -> None:
    server.forget()
    async with thinking(database, server.url, answer_tokens=100) as (made, budget):
        with pytest.raises(Spent, match=r"used 0 of 90 tokens on 2026-11-26.*\[assistant.grants\]"):
            await made.think(_warrant(tokens_per_day=90), HELLO)
        await made.think(_warrant(tokens_per_day=130), HELLO)
        with pytest.raises(Spent):
            await made.think(_warrant(tokens_per_day=130), HELLO)
        assert (await budget.spent("assistant", "2026-11-26")).tokens < 90
    assert len(server.asked) == 1


async def test_what_was_not_answered_costs_nothing(database: str, server: LlmServer) -> None:
    server.forget()
    server.says(fails(429, "slow down", retry_after="7"), fails(401, "no"), fails(400, "bad"))
    async with thinking(database, server.url) as (made, budget):
        with pytest.raises(Throttled, match="slow down") as caught:
            await made.think(_warrant(), HELLO)
        assert caught.value.retry_after == timedelta(seconds=7)
        with pytest.raises(BadRequest, match="look at its key"):
            await made.think(_warrant(), HELLO)
        with pytest.raises(BadRequest, match="bad"):
            await made.think(_warrant(), HELLO)
        assert await budget.spent("assistant", "2026-11-26") == Spending()


async def test_a_model_that_is_away_is_left_alone(database: str) -> None:
    async with thinking(database, f"http://127.0.0.1:{free_port()}/v1") as (made, _):
        for _ in range(2):
            with pytest.raises(DependencyDown) as caught:
                await made.think(_warrant(), HELLO)
            assert caught.value.dependency == "llm:main"
        with pytest.raises(CircuitOpen):
            await made.think(_warrant(), HELLO)


async def test_the_model_itself_must_be_granted(database: str, server: LlmServer) -> None:
    server.forget()
    async with thinking(database, server.url) as (made, _):
        with pytest.raises(Denied, match="small"):
            await made.think(_warrant(models=["large"]), HELLO)
        with pytest.raises(Denied):
            await made.think(Warrant("other"), HELLO)
        with pytest.raises(BadRequest, match="no language model endpoint 'x'"):
            await made.think(_warrant(), LlmRequest(HELLO.messages, endpoint="x"))
    assert not server.asked

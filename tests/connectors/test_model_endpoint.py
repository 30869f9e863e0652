"""Language models over real HTTP, and the day's budget in a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.database import migrate, open_engine
from connectors.model_budget import Limit, ModelBudget, Spending
from connectors.model_endpoint import ModelEndpoints, Refusal
from connectors.model_settings import ModelEndpoint
from schemas.failure import BadRequest, DependencyDown, Retryable
from tests.fakes.llm_server import LlmServer, calls, fails, llm_server
from tests.fixtures.live_server import free_port

BODY = {"model": "small", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}
DAY = "2026-11-25"


@pytest.fixture(scope="module")
def server() -> Iterator[LlmServer]:
    with llm_server() as made:
        yield made


@pytest.fixture
async def endpoints(server: LlmServer, tmp_path: Path) -> AsyncIterator[ModelEndpoints]:
    server.forget()
    (tmp_path / "key").write_text("sk-from-file\n")
    gone = f"http://127.0.0.1:{free_port()}/v1"
    made = ModelEndpoints(
        {
            "main": ModelEndpoint(url=server.url, model="m", key=SecretStr("sk-top-secret")),
            "local": ModelEndpoint(url=server.url, model="m"),
            "filed": ModelEndpoint(url=server.url, model="m", key_file=tmp_path / "key"),
            "lost": ModelEndpoint(url=server.url, model="m", key_file=tmp_path / "no"),
            "gone": ModelEndpoint(url=gone, model="m"),
        }
    )
    yield made
    await made.close()


async def test_an_answer_comes_with_its_tokens(
    endpoints: ModelEndpoints, server: LlmServer
) -> None:
    server.says("你好")
    told = await endpoints.ask("main", BODY, 5)
    assert told["choices"][0]["message"]["content"] == "你好"
    assert told["usage"]["prompt_tokens"] == 2
    assert server.asked == [BODY]
    assert server.keys == ["Bearer sk-top-secret"]


async def test_a_key_is_read_from_its_file(endpoints: ModelEndpoints, server: LlmServer) -> None:
    await endpoints.ask("filed", BODY, 5)
    assert server.keys == ["Bearer sk-from-file"]
    with pytest.raises(BadRequest, match="key of the model 'lost' cannot be read"):
        await endpoints.ask("lost", BODY, 5)


async def test_a_tool_is_asked_for(endpoints: ModelEndpoints, server: LlmServer) -> None:
    server.says(calls("weather", city="北京"))
    told = await endpoints.ask("local", BODY, 5)
    asked = told["choices"][0]["message"]["tool_calls"][0]["function"]
    assert asked == {"name": "weather", "arguments": '{"city": "北京"}'}


async def test_a_refusal_keeps_its_status_and_headers_and_tells_no_key(
    endpoints: ModelEndpoints, server: LlmServer
) -> None:
    server.says(fails(429, "slow down sk-top-secret, or sk-to******ret", retry_after="7"))
    with pytest.raises(Refusal, match="slow down") as caught:
        await endpoints.ask("main", BODY, 5)
    assert caught.value.status_code == 429
    assert caught.value.headers["retry-after"] == "7"
    assert "sk-to" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_an_endpoint_that_is_away_is_a_dependency_that_is_down(
    endpoints: ModelEndpoints,
) -> None:
    with pytest.raises(DependencyDown, match="'gone' cannot be reached"):
        await endpoints.ask("gone", BODY, 5)


async def test_an_answer_that_does_not_come_in_time_may_come_another_time(
    endpoints: ModelEndpoints, server: LlmServer
) -> None:
    held = asyncio.Event()
    server.says(lambda _: held)  # which cannot be sent as JSON, so that the server fails
    with pytest.raises(Refusal):
        await endpoints.ask("main", BODY, 5)
    with pytest.raises(Retryable, match="did not answer in 1e-06 s"):
        await endpoints.ask("main", BODY, 0.000001)


def test_the_only_endpoint_is_the_usual_one_and_of_several_the_one_called_default() -> None:
    one = ModelEndpoint(url="http://x.test/v1", model="m")
    assert ModelEndpoints({"qwen": one}).find(None)[0] == "qwen"
    assert ModelEndpoints({"a": one, "default": one}).find(None)[0] == "default"
    assert ModelEndpoints({"a": one, "b": one}).find("b")[0] == "b"
    with pytest.raises(BadRequest, match=r"'default': there are \['a', 'b'\]"):
        ModelEndpoints({"a": one, "b": one}).find(None)
    with pytest.raises(BadRequest, match="none is set up"):
        ModelEndpoints({}).find(None)


def test_a_price_is_of_a_million_tokens() -> None:
    endpoint = ModelEndpoint(url="x", model="m", price_in=Decimal(2), price_out=Decimal(8))
    assert endpoint.price(1000, 500) == Decimal("0.006")


async def test_a_day_holds_what_is_granted_and_no_more_whoever_asks_at_once(database: str) -> None:
    await migrate(database)
    engine = open_engine(database)
    budget = ModelBudget(engine, "bot")
    one = Spending(100, Decimal("0.5"))
    try:
        limit = Limit(tokens=350)
        asked = [budget.reserve("assistant", DAY, one, limit) for _ in range(10)]
        assert sorted(await asyncio.gather(*asked)) == [False] * 7 + [True] * 3
        assert await budget.spent("assistant", DAY) == Spending(300, Decimal("1.5"))
        await budget.settle("assistant", DAY, one, Spending(40, Decimal("0.1")))
        assert await budget.spent("assistant", DAY) == Spending(240, Decimal("1.1"))
        assert not await budget.reserve("assistant", DAY, one, Limit(cost=Decimal("1.59")))
        assert await budget.reserve("assistant", DAY, one, Limit(cost=Decimal("1.6")))
        assert not await budget.reserve("other", DAY, one, Limit(tokens=99))
    finally:
        await engine.dispose()


async def test_a_new_day_begins_at_nothing_and_an_old_one_stays_over(database: str) -> None:
    await migrate(database)
    engine = open_engine(database)
    budget = ModelBudget(engine, "bot")
    one = Spending(100)
    try:
        assert await budget.reserve("assistant", DAY, one, Limit(tokens=100))
        assert await budget.reserve("assistant", "2026-11-26", one, Limit(tokens=100))
        await budget.settle("assistant", DAY, one, Spending())
        assert await budget.spent("assistant", "2026-11-26") == one
        assert await budget.spent("assistant", DAY) == Spending()
    finally:
        await engine.dispose()

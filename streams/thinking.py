"""Asks language models for plugins: within the day's budget, through the breakers, counted."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from prometheus_client import Counter

from connectors.model_budget import Limit, ModelBudget, Spending
from connectors.model_endpoint import ModelEndpoints, Refusal
from connectors.model_settings import ModelEndpoint
from plugins.classification import by_status
from plugins.context import Through
from plugins.grants import Warrant
from plugins.llm import LlmRequest, estimated_tokens
from schemas.failure import BadRequest, DependencyDown, Failure, Spent
from streams.patience import Patience

TOKENS = Counter(
    "hongyan_llm_tokens", "Tokens of language models, by what they were for", ["instance", "way"]
)
ASKED = Counter(
    "hongyan_llm_requests", "Questions to language models, and what came of them",
    ["endpoint", "outcome"],
)  # fmt: skip

_NO_KEY: Final = frozenset({401, 403})
_NOTHING: Final = Spending()

T = TypeVar("T")


@dataclass(frozen=True)
class Purse:
    """Whose budget it is, of which day, and how much was granted."""

    instance: str
    day: str
    limit: Limit


class Thinking:
    """`think` is what `ctx.llm` asks by."""

    def __init__(
        self,
        endpoints: ModelEndpoints,
        budget: ModelBudget,
        *,
        through: Through,
        patience: Patience,
        now: Callable[[], datetime],
        zone: ZoneInfo,
    ) -> None:
        """`zone` is where a day of the budget begins at midnight."""
        self._endpoints = endpoints
        self._budget = budget
        self._through = through
        self._patience = patience
        self._now = now
        self._zone = zone

    async def think(self, warrant: Warrant, asked: LlmRequest) -> dict[str, Any]:
        """A model's answer, for the journal.

        What a question may cost at most is set aside before it is asked and settled after it, so
        that chats which ask at once cannot spend more than the day has.

        Raises:
            Denied: this model is not granted.
            Spent: the day's budget does not hold what this may cost.
            Throttled, DependencyDown, Retryable, BadRequest: it did not answer.

        """
        name, endpoint = self._endpoints.find(asked.endpoint)
        grant, instance = warrant.may_think(asked.model or endpoint.model), warrant.instance
        day = self._now().astimezone(self._zone).date().isoformat()
        purse = Purse(instance, day, Limit(grant.tokens_per_day, grant.cost_per_day))
        most = _most(asked, endpoint)
        if not await self._waited(partial(self._budget.reserve, instance, day, most, purse.limit)):
            raise Spent(
                _said(purse, await self._waited(partial(self._budget.spent, instance, day)))
            )
        spent = _NOTHING
        try:
            told = await self._asked(name, endpoint, asked)
            spent = _spent(told["usage"], endpoint)
            for way in ("in", "out"):
                TOKENS.labels(instance=instance, way=way).inc(told["usage"][way])
            return told
        finally:
            await self._waited(partial(self._budget.settle, instance, day, most, spent))

    async def _asked(self, name: str, endpoint: ModelEndpoint, asked: LlmRequest) -> dict[str, Any]:
        outcome = "failed"
        try:
            answer = await self._through(
                f"llm:{name}", partial(self._answer, name, endpoint, asked)
            )
            outcome = "answered"
        finally:
            ASKED.labels(endpoint=name, outcome=outcome).inc()
        return _told(answer, asked)

    async def _answer(
        self, name: str, endpoint: ModelEndpoint, asked: LlmRequest
    ) -> dict[str, Any]:
        try:
            return await self._endpoints.ask(
                name, body_of(asked, endpoint), asked.seconds or endpoint.seconds
            )
        except Refusal as refusal:
            raise self._decided(refusal) from None  # what follows is said; its headers are not
        except DependencyDown as failure:
            failure.dependency = f"llm:{name}"
            raise

    def _decided(self, refusal: Refusal) -> Failure:
        status, said = refusal.status_code, str(refusal)
        if status in _NO_KEY:
            return BadRequest(f"{said} (HTTP {status}: look at its key)")
        return by_status(status, refusal.headers, f"{said} (HTTP {status})", self._now())

    async def _waited(self, call: Callable[[], Awaitable[T]]) -> T:
        return await self._patience.wait_for("a budget", call)


def body_of(asked: LlmRequest, endpoint: ModelEndpoint) -> dict[str, Any]:
    """The keywords of the SDK's call. Pure."""
    body: dict[str, Any] = {
        "model": asked.model or endpoint.model,
        "messages": [dict(message) for message in asked.messages],
        endpoint.tokens_field: asked.tokens or endpoint.answer_tokens,
    }
    if asked.temperature is not None:
        body["temperature"] = asked.temperature
    if asked.tools:
        body["tools"] = [tool.told() for tool in asked.tools]
    if asked.json:
        body["response_format"] = {"type": "json_object"}
    if endpoint.extra:
        body["extra_body"] = dict(endpoint.extra)
    return body


def _told(answer: dict[str, Any], asked: LlmRequest) -> dict[str, Any]:
    """What of an answer is kept; an endpoint that counts no tokens is counted by an estimate."""
    choice = answer["choices"][0]
    message = choice.get("message") or {}
    kept = {name: message[name] for name in ("content", "tool_calls") if message.get(name)}
    usage = answer.get("usage") or {}
    said = LlmRequest(({"role": "assistant", **kept},))
    return {
        "message": {"role": "assistant", "content": None, **kept},
        "model": answer.get("model"),
        "finish": choice.get("finish_reason"),
        "usage": {
            "in": usage.get("prompt_tokens") or estimated_tokens(asked),
            "out": usage.get("completion_tokens") or estimated_tokens(said),
        },
    }


def _most(asked: LlmRequest, endpoint: ModelEndpoint) -> Spending:
    tokens_in, tokens_out = estimated_tokens(asked), asked.tokens or endpoint.answer_tokens
    return Spending(tokens_in + tokens_out, endpoint.price(tokens_in, tokens_out))


def _spent(usage: dict[str, int], endpoint: ModelEndpoint) -> Spending:
    return Spending(usage["in"] + usage["out"], endpoint.price(usage["in"], usage["out"]))


def _said(purse: Purse, spent: Spending) -> str:
    limit = purse.limit
    tokens = f"{spent.tokens} of {limit.tokens} tokens" if limit.tokens is not None else ""
    cost = f"{spent.cost} of {limit.cost}" if limit.cost is not None else ""
    used = " and ".join(part for part in (tokens, cost) if part)
    return (
        f"{purse.instance} used {used} on {purse.day}, and the next question does not fit: "
        f"[{purse.instance}.grants] llm in instances.toml"
    )

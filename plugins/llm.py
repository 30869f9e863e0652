"""`ctx.llm`: language models whose answers are journaled and paid for by the day."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson

from plugins.grants import Warrant
from schemas.failure import BadRequest

NAME: Final = "llm"
"""How its calls are named in a run's journal."""

Role = Literal["system", "user", "assistant", "tool"]
Message = Mapping[str, Any]
"""As the chat completions API has it: `role`, `content`, and what goes with tool calls."""

_PER_MESSAGE: Final = 8  # tokens that a message costs besides its words
_PER_PICTURE: Final = 1500  # tokens


@dataclass(frozen=True)
class LlmTool:
    """A function that the model may ask for; `parameters` is a JSON Schema of an object."""

    name: str
    about: str
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})

    def told(self) -> dict[str, Any]:
        """As the API has it."""
        about = {"name": self.name, "description": self.about, "parameters": dict(self.parameters)}
        return {"type": "function", "function": about}


@dataclass(frozen=True)
class LlmRequest:
    """What is asked. `endpoint` None: the one named `default`, or the only one; `model` and
    `tokens` (of the answer, at most) None: the endpoint's own; `seconds` None likewise.
    """

    messages: tuple[Message, ...]
    endpoint: str | None = None
    model: str | None = None
    tools: tuple[LlmTool, ...] = ()
    temperature: float | None = None
    tokens: int | None = None
    seconds: float | None = None
    json: bool = False

    def told(self) -> dict[str, Any]:
        """For the journal; it holds no key, which the endpoint's owner alone knows."""
        told: dict[str, Any] = {"messages": [dict(message) for message in self.messages]}
        options = ("endpoint", "model", "temperature", "tokens", "seconds")
        told |= {name: value for name in options if (value := getattr(self, name)) is not None}
        if self.tools:
            told["tools"] = [tool.told() for tool in self.tools]
        if self.json:
            told["json"] = True
        return told


@dataclass(frozen=True)
class ToolCall:
    """What the model asks for; `problem` says why its arguments are none."""

    call_id: str
    name: str
    arguments: Mapping[str, Any]
    problem: str | None = None

    @staticmethod
    def read(told: Mapping[str, Any]) -> "ToolCall":
        """From the answer; a model may write arguments that are no JSON object."""
        asked = told.get("function") or {}
        text = str(asked.get("arguments") or "{}")
        arguments: Any = {}
        problem = None
        try:
            arguments = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            problem = f"the arguments are no JSON: {error}"
        if not isinstance(arguments, dict):
            arguments, problem = {}, "the arguments are no JSON object"
        return ToolCall(str(told.get("id")), str(asked.get("name")), arguments, problem)

    def answered(self, text: str) -> Message:
        """The message that gives the model what it asked for."""
        return {"role": "tool", "tool_call_id": self.call_id, "content": text}


@dataclass(frozen=True)
class LlmAnswer:
    """What the model said. `message` is to be put behind the messages where the talk goes on;
    `cut`: it ends at the limit of tokens, not where the model would have ended.
    """

    text: str
    calls: tuple[ToolCall, ...]
    message: Message
    model: str
    tokens_in: int
    tokens_out: int
    cut: bool = False

    @property
    def tokens(self) -> int:
        """All that it cost."""
        return self.tokens_in + self.tokens_out

    def json(self) -> Any:
        """The text's JSON.

        Raises:
            BadRequest: it is none.

        """
        try:
            return orjson.loads(self.text)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"the model's answer is no JSON: {self.text[:200]!r}") from error

    @staticmethod
    def read(told: Mapping[str, Any]) -> "LlmAnswer":
        """From the journal, or from whoever asked the model."""
        message = told["message"]
        usage = told.get("usage") or {}
        calls = tuple(ToolCall.read(call) for call in message.get("tool_calls") or ())
        return LlmAnswer(
            str(message.get("content") or "").strip(),
            calls,
            message,
            str(told.get("model") or ""),
            int(usage.get("in") or 0),
            int(usage.get("out") or 0),
            told.get("finish") == "length",
        )


Think = Callable[[Warrant, LlmRequest], Awaitable[dict[str, Any]]]
"""Asks a model for an instance within its grants, and gives what `LlmAnswer.read` takes.

Raises Denied, Spent, BadRequest, or Retryable (Throttled, DependencyDown) where it did not answer.
"""

Journaled = Callable[[Any, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""A durable call through the run's journal."""


class Llm:
    """Language models. A retry of the run is told the answers that came before, unpaid."""

    def __init__(self, think: Think, warrant: Warrant, journaled: Journaled) -> None:
        """Made by the context."""
        self._think = think
        self._warrant = warrant
        self._journaled = journaled

    async def chat(
        self,
        messages: str | Sequence[Message],
        *,
        system: str | None = None,
        endpoint: str | None = None,
        model: str | None = None,
        tools: Sequence[LlmTool] = (),
        temperature: float | None = None,
        tokens: int | None = None,
        seconds: float | None = None,
        json: bool = False,
    ) -> LlmAnswer:
        """The model's answer to some messages (a text: one of the user's), behind `system`.

        The answer is stored before the run goes on: a crash right after it pays nothing twice.
        `tokens` and `seconds` bound the answer; `json` asks for a JSON object.

        Raises:
            Denied: the instance is granted no model, or not this one.
            Spent: what it is granted for this day is used up.
            Throttled, DependencyDown, Retryable: no answer now; wait, or let the run be parked.
            BadRequest: no such endpoint, or it refuses the question.

        """
        said = [{"role": "user", "content": messages}] if isinstance(messages, str) else messages
        first = [{"role": "system", "content": system}] if system else []
        asked = LlmRequest(
            (*first, *said), endpoint, model, tuple(tools), temperature, tokens, seconds, json
        )
        told = await self._journaled(asked.told(), lambda: self._think(self._warrant, asked))
        return LlmAnswer.read(told or {"message": {}})


def estimated_tokens(request: LlmRequest) -> int:
    """About how many tokens a question holds, rather too many: a CJK character is one, four other
    bytes are. Pure.
    """
    tools = orjson.dumps([tool.told() for tool in request.tools]).decode() if request.tools else ""
    return _in_text(tools) + sum(_in_message(message) for message in request.messages)


def _in_message(message: Message) -> int:
    content = message.get("content") or ""
    asked = orjson.dumps(message["tool_calls"]).decode() if message.get("tool_calls") else ""
    if isinstance(content, str):
        return _PER_MESSAGE + _in_text(content) + _in_text(asked)
    parts = [part for part in content if isinstance(part, Mapping)]
    pictures = len([part for part in parts if part.get("type") != "text"])
    words = sum(_in_text(str(part.get("text") or "")) for part in parts)
    return _PER_MESSAGE + pictures * _PER_PICTURE + words


def _in_text(text: str) -> int:
    wide = sum(character >= "\u2e80" for character in text)
    return wide + (len(text) - wide + 3) // 4 + (1 if text else 0)

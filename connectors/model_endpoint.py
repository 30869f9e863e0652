"""Asks language models over the OpenAI chat completions API, by its own SDK; keys stay in here."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from connectors.model_settings import ModelEndpoint
from schemas.failure import BadRequest, DependencyDown, Retryable

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_NO_KEY: Final = "none"  # the SDK wants one; local models do not
_MOST_SAID: Final = 300  # characters of what an endpoint says of a refusal


class Refusal(Exception):
    """The endpoint answered with a status that tells of failure, and said why."""

    def __init__(self, message: str, status_code: int, headers: Mapping[str, str]) -> None:
        """`headers` may say how long to wait."""
        super().__init__(message)
        self.status_code = status_code
        self.headers = headers


class ModelEndpoints:
    """All that the owner named. Clients are made when first needed, and the SDK loaded then."""

    def __init__(self, endpoints: Mapping[str, ModelEndpoint]) -> None:
        """Nothing is opened yet."""
        self._endpoints = dict(endpoints)
        self._clients: dict[str, AsyncOpenAI] = {}

    def find(self, name: str | None) -> tuple[str, ModelEndpoint]:
        """An endpoint by name; None: the one named `default`, or the only one.

        Raises:
            BadRequest: there is none.

        """
        known = self._endpoints
        wanted = name or (next(iter(known)) if len(known) == 1 else "default")
        if wanted not in known:
            there = f"there are {sorted(known)}" if known else "none is set up"
            raise BadRequest(f"no language model endpoint {wanted!r}: {there} (setting `llm`)")
        return wanted, known[wanted]

    async def ask(self, name: str, body: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """The endpoint's answer to a chat completions request, as its JSON.

        Raises:
            Refusal: it answered with a failure.
            DependencyDown: nobody is there.
            Retryable: the connection broke, no answer came in time, or what came is none.
            BadRequest: its key cannot be read, or the SDK is not installed.

        """
        client, key = await asyncio.to_thread(self._client, name)
        from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

        try:
            async with asyncio.timeout(seconds):
                answer = await client.chat.completions.create(**body)
            told: dict[str, Any] = answer.model_dump(mode="json", exclude_none=True)
        except (APITimeoutError, TimeoutError) as error:
            raise Retryable(f"the model {name!r} did not answer in {seconds:g} s") from error
        except APIConnectionError as error:
            said = f"the model {name!r} cannot be reached: {type(error.__cause__).__name__}"
            raise DependencyDown(said) from error
        except APIStatusError as error:
            # Not the SDK's error as the cause: it may quote the key.
            said = f"the model {name!r} refuses: {_said(error.body, key)}"
            raise Refusal(said, error.status_code, dict(error.response.headers)) from None
        except (APIError, AttributeError, ValueError, TypeError) as error:
            raise Retryable(f"the model {name!r} answered with no completion") from error
        if not told.get("choices"):
            raise Retryable(f"the model {name!r} answered without a choice")
        return told

    async def close(self) -> None:
        """Close the connections."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.close()

    def _client(self, name: str) -> "tuple[AsyncOpenAI, str]":
        endpoint = self._endpoints[name]
        key = _key(name, endpoint)
        if name not in self._clients:
            try:
                from openai import AsyncOpenAI
            except ImportError as error:
                raise BadRequest(
                    "language models need the extra `ai`: install hongyan[ai]"
                ) from error
            self._clients[name] = AsyncOpenAI(
                base_url=endpoint.url, api_key=key, max_retries=0, timeout=None
            )
        return self._clients[name], key


def _key(name: str, endpoint: ModelEndpoint) -> str:
    if endpoint.key is not None:
        return endpoint.key.get_secret_value()
    if endpoint.key_file is None:
        return _NO_KEY
    try:
        return endpoint.key_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"the key of the model {name!r} cannot be read: {error}") from error


def _said(body: object, key: str) -> str:
    """What an endpoint says of a refusal, without the key, a part of which some repeat."""
    inner = body.get("error", body) if isinstance(body, dict) else body
    words = inner.get("message", inner) if isinstance(inner, dict) else inner
    text = str(words or "no reason given")
    if key != _NO_KEY:
        text = text.replace(key, "***")
    return " ".join("***" if "*" in word else word for word in text.split())[:_MOST_SAID]

"""Where a replay's calls are answered: from the journal alone, by stubs, or by reading outside."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal

import orjson

from plugins.http import Fetch, HttpAnswer, HttpRequest
from plugins.journal import SHARED, Journal, JournalMiss
from schemas.run import Call

Calls = Literal["recorded", "stub", "live-readonly"]

_HTTP: Final = "http"
_JSON: Final = {"content-type": "application/json"}
_READING: Final = frozenset({"GET", "HEAD"})

Ask = Callable[[], Awaitable[Any]]


class StubbedJournal(Journal):
    """Tells what is recorded; what it does not hold is answered by a stub, and nobody is asked.

    A stub is named by `METHOD URL` or by the call's name; without one it is an empty JSON object
    for HTTP, null for others. A shared value that was not told was never written.
    """

    def __init__(self, told: Sequence[Call], stubs: Mapping[str, Any]) -> None:
        """`stubs` by name; for HTTP the body, as JSON."""
        super().__init__(told)
        self._stubs = stubs

    async def call(self, name: str, request: Any, ask: Ask, *, durable: bool = False) -> Any:
        """The recorded answer, else the stub."""

        async def stub() -> Any:
            if name == SHARED:
                return {"version": 0, "value": None}
            if name != _HTTP:
                return self._stubs.get(name)
            asked = f"{request['method']} {request['url']}"
            body = self._stubs.get(asked, self._stubs.get(_HTTP, {}))
            return HttpAnswer(200, _JSON, orjson.dumps(body)).told()

        return await super().call(name, request, stub, durable=durable)


class ReadingJournal(Journal):
    """Tells what is recorded; beyond that only HTTP requests that read are carried out."""

    async def call(self, name: str, request: Any, ask: Ask, *, durable: bool = False) -> Any:
        """The recorded answer, else the one from outside.

        Raises:
            JournalMiss: it is not recorded, and what is asked might change something out there.

        """

        async def refuse() -> Any:
            raise JournalMiss(f"{name} {request!r} was never told, and a replay only reads outside")

        reads = name == _HTTP and request["method"] in _READING
        return await super().call(name, request, ask if reads else refuse, durable=durable)


def journal_for(calls: Calls, told: Sequence[Call], stubs: Mapping[str, Any]) -> Journal:
    """The journal that answers a replay's calls."""
    if calls == "stub":
        return StubbedJournal(told, stubs)
    if calls == "live-readonly":
        return ReadingJournal(told)
    return Journal(told, strict=True)


def reading_alone(fetch: Fetch | None) -> Fetch:
    """A `Fetch` that carries out requests that read, and none without one."""

    async def fetched(asked: HttpRequest) -> HttpAnswer:
        if fetch is None or asked.method not in _READING:
            raise JournalMiss(f"a replay does not send {asked.method} {asked.redacted()['url']}")
        return await fetch(asked)

    return fetched

"""The made-up outside of a test: a language model, databases and a store of blobs."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from plugins.grants import Warrant
from plugins.history import Place
from plugins.llm import LlmRequest, estimated_tokens
from schemas.content import Media
from schemas.event import Event, MessageRecalled, MessageReceived
from schemas.failure import BadRequest, Failure, Spent

_TYPES: Final[Mapping[type, str]] = {bool: "truth", int: "number", float: "number"}

Rows = Sequence[Mapping[str, Any]]
Answer = Rows | Failure | Callable[[Mapping[str, Any]], Rows]


class MadeUpModel:
    """Says what it is told to say; the last answer stays for all later questions. `asked` holds the
    questions, `spent` the tokens by instance.
    """

    def __init__(self) -> None:
        """It says nothing yet."""
        self.asked: list[LlmRequest] = []
        self.spent: dict[str, int] = {}
        self._script: deque[Mapping[str, Any] | Failure] = deque()
        self._last: Mapping[str, Any] | Failure | None = None

    def answers(self, *texts: str) -> None:
        """The next answers."""
        self._script += ({"content": text} for text in texts)

    def calls(self, tool: str, **arguments: Any) -> None:
        """The next answer asks for a tool."""
        function = {"name": tool, "arguments": orjson.dumps(arguments).decode()}
        call = {"id": f"call_{len(self._script)}", "type": "function", "function": function}
        self._script.append({"content": None, "tool_calls": [call]})

    def fails(self, failure: Failure) -> None:
        """The next question fails so, for example with `DependencyDown("away")`."""
        self._script.append(failure)

    async def think(self, warrant: Warrant, asked: LlmRequest) -> dict[str, Any]:
        """As the worker asks a model, within the grant."""
        grant = warrant.may_think(asked.model)
        spent = self.spent.get(warrant.instance, 0)
        tokens = estimated_tokens(asked)
        if grant.tokens_per_day is not None and spent + tokens > grant.tokens_per_day:
            raise Spent(f"{warrant.instance} used {spent} of {grant.tokens_per_day} tokens")
        self.asked.append(asked)
        said = self._last = self._script.popleft() if self._script else self._last
        if said is None:
            raise BadRequest("the made-up model was told nothing: say bot.llm.answers(…) first")
        if isinstance(said, Failure):
            raise said
        self.spent[warrant.instance] = spent + tokens
        return {
            "message": {"role": "assistant", **said},
            "model": asked.model or "made-up",
            "finish": "tool_calls" if said.get("tool_calls") else "stop",
            "usage": {"in": tokens, "out": 0},
        }


@dataclass
class MadeUpDatabases:
    """Answers to named queries: `bot.databases["orders"] = [{"id": 1}]`, or a function of the
    parameters, or a failure. `asked` holds what was asked. All lie in a database named `made-up`.
    """

    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    _answers: dict[str, Answer] = field(default_factory=dict)
    _about: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def __setitem__(self, query: str, answer: Answer) -> None:
        """What a query is answered with."""
        self._answers[query] = answer

    def describe(self, query: str, about: str = "", **parameters: Mapping[str, Any]) -> None:
        """What `ctx.db.about` tells: parameters by name, each with `type`, `default`, `choices`."""
        told = [{"name": name, **fields} for name, fields in parameters.items()]
        self._about[query] = {"about": about, "parameters": told}

    async def query(
        self, warrant: Warrant, name: str, said: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """As the worker asks a database, by grant."""
        warrant.may_query("made-up")
        if said is None and name in self._about | self._answers:
            return dict(self._about.get(name, {"about": "", "parameters": []}))
        answer = self._answers.get(name)
        if answer is None:
            raise BadRequest(f"no query {name!r}: say bot.databases[{name!r}] = […] first")
        self.asked.append((name, said or {}))
        if isinstance(answer, Failure):
            raise answer
        rows = answer(said or {}) if callable(answer) else answer
        names = list(rows[0]) if rows else []
        columns = [{"name": one, "kind": _kind(rows, one)} for one in names]
        return {"columns": columns, "rows": [list(row.values()) for row in rows], "more": False}


def _kind(rows: Rows, name: str) -> str:
    kinds = {_TYPES.get(type(row[name]), "text") for row in rows if row[name] is not None}
    return kinds.pop() if len(kinds) == 1 else "text"


class MadeUpHistory:
    """All that was said in the chats of a made-up world."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._messages: dict[str, MessageReceived] = {}

    def note(self, event: Event) -> None:
        """Something happened."""
        if isinstance(event, MessageReceived):
            self._messages[event.event_id] = event
        elif isinstance(event, MessageRecalled):
            self._messages.pop(event.recalled_event_id or "", None)

    async def recall(
        self, place: Place, since: datetime, until: datetime, most: int
    ) -> list[dict[str, Any]]:
        """As the worker reads what was said."""
        found = [
            one.model_dump(mode="json")
            for one in self._messages.values()
            if (one.channel, one.account, one.chat_id) == place and since <= one.observed_at < until
        ]
        return found[-most:]


class MadeUpStore(dict[str, bytes]):
    """Blobs by their hash."""

    async def keep(self, data: bytes, mime: str, name: str | None) -> dict[str, Any]:
        """As the worker stores one."""
        media = Media(sha256=sha256(data).hexdigest(), size=len(data), mime=mime, name=name)
        self[media.sha256] = data
        return media.model_dump(mode="json")

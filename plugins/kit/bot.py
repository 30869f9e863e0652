"""A bot of one or more plugins in a made-up world: chats, a clock, chance and HTTP, no servers.

It runs handlers as the worker does, by the same matching, context and classification of errors,
and keeps to the same contracts: a run that fails sends nothing but what it flushed and changes no
state behind that, and a plugin that calls itself pure answers the same a second time.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import aclosing
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import orjson
from loguru import logger

from plugins.classification import classified
from plugins.context import ChatState, Context, Draft, Outside
from plugins.http import HttpAnswer, HttpRequest
from plugins.journal import Journal
from plugins.plugin import Instance, Match, in_order, matches
from schemas.content import Content, Mentions, Text
from schemas.event import Chat, ChatKind, Event, MessageReceived, Sender
from schemas.failure import Bug, Failure, Permanent
from schemas.identity import event_id, turn_id

_MORNING = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


class Bot:
    """Plugins in a made-up world.

    `sent` holds all that was ever sent, `answers` what the last event brought about, `failures`
    the instances that failed on it and with what.
    """

    def __init__(self, *instances: Instance, now: datetime = _MORNING) -> None:
        """Of these instances; the clock stands at `now` until `advance`."""
        self._instances = in_order(instances)
        self.now = now
        self.sent: list[Draft] = []
        self.answers: tuple[Draft, ...] = ()
        self.failures: dict[str, Failure] = {}
        self.asked: list[HttpRequest] = []
        self._pages: dict[tuple[str, str], list[HttpAnswer]] = {}
        self._states: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
        self._seq: dict[str, int] = defaultdict(int)
        self._runner = asyncio.Runner()

    def receives(
        self,
        content: str | Content,
        *,
        sender: str = "小王",
        chat: str | None = None,
        group: bool = False,
        mentions: Mentions | None = None,
    ) -> tuple[Draft, ...]:
        """A friend writes; what the plugins answer. The chat is the sender's own where not named.

        `mentions` is who is called with @: `Mentions(me=True)` for the bot.
        """
        title = chat or sender
        self._seq[title] += 1
        kind: ChatKind = "group" if group else "private"
        return self.sees(
            MessageReceived(
                event_id=event_id("default", title, "made-up", self._seq[title], ""),
                channel="wechat",
                account="default",
                observed_at=self.now,
                chat=Chat(chat_id=title, title=title, kind=kind),
                sender=Sender(name=sender),
                content=Text(text=content) if isinstance(content, str) else content,
                mentions=mentions or Mentions(),
                epoch="made-up",
                seq=self._seq[title],
            )
        )

    def sees(self, event: Event) -> tuple[Draft, ...]:
        """Any event happens; what the plugins answer. For tests that are no coroutines."""
        return self._runner.run(self._see(event))

    def close(self) -> None:
        """End its event loop, and what plugins left running in it."""
        self._runner.close()

    async def _see(self, event: Event) -> tuple[Draft, ...]:
        self.failures = {}
        answers: list[Draft] = []
        for match in matches(self._instances, event):
            try:
                await self._run(match, event, answers)
            except Failure as failure:
                self.failures[match.instance.name] = failure
        self.answers = tuple(answers)
        self.sent += answers
        return self.answers

    def advance(self, by: timedelta) -> None:
        """The clock moves on."""
        self.now += by

    def answers_http(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        body: bytes = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """The next request to this address is answered so; the last answer stays for all later
        ones. A request to any other address fails.
        """
        told = orjson.dumps(json) if json is not None else body
        answer = HttpAnswer(status, dict(headers or {}), told)
        self._pages.setdefault((method.upper(), url), []).append(answer)

    def state(self, instance: str, chat: str) -> Mapping[str, Any]:
        """What an instance remembers of a chat."""
        return deepcopy(self._states[instance, chat])

    def should_reply(self, *texts: str) -> None:
        """The last event was answered with these texts in its chat or another, and nothing else.

        Raises:
            AssertionError: it was not; it says what was answered and what failed.

        """
        answered = [_said(draft) for draft in self.answers]
        if answered != list(texts) or self.failures:
            raise AssertionError(self._told(f"expected {list(texts)}"))

    def should_be_silent(self) -> None:
        """The last event was answered with nothing.

        Raises:
            AssertionError: it was, or a plugin failed.

        """
        self.should_reply()

    def should_fail(self, instance: str, words: str = "") -> Failure:
        """The last event failed this instance, with these words in its failure.

        Raises:
            AssertionError: it did not.

        """
        failure = self.failures.get(instance)
        if failure is None or words not in str(failure):
            raise AssertionError(self._told(f"expected {instance} to fail with {words!r}"))
        return failure

    def _told(self, expected: str) -> str:
        answered = [f"{draft.chat_id}: {_said(draft)}" for draft in self.answers]
        failed = [f"{name} failed: {failure}" for name, failure in self.failures.items()]
        return "; ".join([expected, f"the answers are {answered}", *failed])

    async def _run(self, match: Match, event: Event, answers: list[Draft]) -> None:
        """Add what is answered to `answers`; what was flushed stays there, whatever follows."""
        name, manifest = match.instance.name, match.instance.plugin.manifest
        if manifest.pure:
            answers += await self._pure(match, event)
            return
        place = name, event.chat_id
        drafts: list[Draft] = []
        state = ChatState(self._states[place])

        async def flush() -> None:
            answers.extend(drafts)
            drafts.clear()
            self._states[place] = _plain(state)

        async def checkpoint() -> None:
            return None

        outside = Outside(Journal(), self._fetch, flush, checkpoint)
        seed = turn_id(event.event_id, name)
        ctx = Context(
            event,
            lambda: logger,
            state=state,
            now=self.now,
            seed=seed,
            outside=outside,
            config=match.instance.config,
        )
        await _collect(match, ctx, drafts, self.now)
        await flush()

    async def _pure(self, match: Match, event: Event) -> list[Draft]:
        runs: tuple[list[Draft], list[Draft]] = [], []
        config = match.instance.config
        for drafts in runs:
            await _collect(match, Context(event, lambda: logger, config=config), drafts, self.now)
        first, again = runs
        if len(first) > 1 or again != first:
            name = match.instance.name
            raise Bug(f"{name} says that it is pure, and answers {first}, then {again}")
        return first

    async def _fetch(self, request: HttpRequest) -> HttpAnswer:
        self.asked.append(request)
        answers = self._pages.get((request.method, request.url))
        if not answers:
            raise Permanent(
                f"nothing in this made-up world answers {request.method} {request.url}: "
                "say bot.answers_http(…) first"
            )
        return answers.pop(0) if len(answers) > 1 else answers[0]


async def _collect(match: Match, ctx: Context, drafts: list[Draft], now: datetime) -> None:
    name = match.instance.name
    try:
        for handler, arguments in match.calls:
            async with aclosing(cast("Any", handler(ctx, *arguments))) as answers:
                async for draft in answers:
                    drafts.append(_checked(draft, name))  # noqa: PERF401  # `ctx.flush` takes them
    # A plugin may raise anything; the worker decides over it in the same way.
    except (Exception, SystemExit) as error:
        raise classified(name, error, now) from error


def _checked(draft: object, name: str) -> Draft:
    if not isinstance(draft, Draft):
        raise Bug(f"{name} yielded {type(draft).__name__}, not what ctx.reply or ctx.send give")
    return draft


def _plain(state: ChatState) -> dict[str, Any]:
    """The state as JSON gives it back."""
    kept: dict[str, Any] = orjson.loads(orjson.dumps(dict(state)))
    return kept


def _said(draft: Draft) -> str:
    content = draft.content
    return content.text if isinstance(content, Text) else f"[{content.kind}]"

"""A bot of one or more plugins in a made-up world: chats, a clock, chance and HTTP, no servers.

It runs handlers as the worker does, by the same matching, context and classification of errors,
and keeps to the same contracts: a run that fails sends nothing but what it flushed and changes no
state behind that, and a plugin that calls itself pure answers the same a second time.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import orjson

from plugins.cooldown import KEY as COOLDOWN
from plugins.draft import Draft
from plugins.http import HttpAnswer, HttpRequest
from plugins.kit.clockwork import Clockwork
from plugins.kit.hongyan import MadeUpHongyan
from plugins.kit.made_up import MadeUpDatabases, MadeUpHistory, MadeUpModel, MadeUpStore
from plugins.kit.people import as_held
from plugins.kit.rehearsal import Rehearsal, World
from plugins.plugin import Instance, in_order, matches
from plugins.sources import Sources
from schemas.content import Content, Mentions, Text
from schemas.event import Chat, ChatKind, Event, MessageReceived, ScheduleFired, Sender
from schemas.failure import Failure, Permanent
from schemas.identity import event_id

_MORNING = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


class Bot:
    """Plugins in a made-up world.

    `sent` holds all that was ever sent, `answers` what the last event brought about, `failures`
    the instances that failed on it and with what, `troubles` all that ever failed. `llm` and
    `databases` are told what to answer, `hongyan` what there is to run; `kept` holds the blobs that
    plugins stored.
    """

    def __init__(self, *instances: Instance, now: datetime = _MORNING) -> None:
        """Of these instances; the clock stands at `now` until `advance`."""
        self._instances = in_order(instances)
        self.now = now
        self.sent: list[Draft] = []
        self.answers: tuple[Draft, ...] = ()
        self.failures: dict[str, Failure] = {}
        self.troubles: list[tuple[str, Failure]] = []
        self.asked: list[HttpRequest] = []
        self._pages: dict[tuple[str, str], list[HttpAnswer]] = {}
        self.llm = MadeUpModel()
        self.databases = MadeUpDatabases()
        self.kept = MadeUpStore()
        self.hongyan = MadeUpHongyan()
        self._history = MadeUpHistory()
        self._world = World(
            self._fetch,
            clockwork=Clockwork(self._instances, now),
            sources=Sources(
                self.llm.think,
                self.databases.query,
                self._history.recall,
                self.kept.keep,
                self.hongyan.operate,
            ),
        )
        self._waiting: list[Rehearsal] = []
        self._failed: list[Rehearsal] = []
        self._role: str | None = None
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
        role: str | None = None,
    ) -> tuple[Draft, ...]:
        """A friend writes; what the plugins answer. The chat is the sender's own where not named.

        `mentions` is who is called with @: `Mentions(me=True)` for the bot. `role` is what the
        sender holds besides what `roles.toml` would say: "admin".
        """
        self._role = role
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
        self._history.note(event)
        waiting = self._answered(event)
        if waiting is not None:  # no other plugin sees what answers a question
            waiting.hear(cast("MessageReceived", event))
            return await self._go([waiting])
        world, role = self._world, self._role
        self._role = None
        instances = as_held(self._instances, event, role) if role else self._instances
        wanted = (one.name for one in instances if one.remembers(event))
        states = {name: world.states[name, event.chat_id] for name in wanted}
        found = matches(instances, event, states)
        return await self._go([Rehearsal(match, event, self.now, world) for match in found])

    async def _go(self, runs: list[Rehearsal]) -> tuple[Draft, ...]:
        self.failures, self._failed = {}, []
        answers: list[Draft] = []
        for run in runs:
            try:
                await self._one(run, answers)
            except Failure as failure:
                self.failures[run.name] = failure
                self.troubles.append((run.name, failure))
                self._failed.append(run)
            if run.asking is not None:
                self._waiting.append(run)
        self.answers = tuple(answers)
        self.sent += answers
        return self.answers

    async def _one(self, run: Rehearsal, answers: list[Draft]) -> None:
        await run.go(self.now, answers)

    def retries(self) -> tuple[Draft, ...]:
        """The runs that failed are tried again, behind what they flushed; what they answer now."""
        return self._runner.run(self._go(self._failed))

    def _answered(self, event: Event) -> Rehearsal | None:
        if not isinstance(event, MessageReceived):
            return None
        newest = reversed(self._waiting)
        found = next((run for run in newest if run.is_answered_by(event)), None)
        if found is not None:
            self._waiting.remove(found)
        return found

    def advance(self, by: timedelta) -> tuple[Draft, ...]:
        """The clock moves on; what is said by plugins that are woken meanwhile (`@on_schedule`,
        `ctx.schedule`), and by those whose questions nobody answered in time.
        """
        until = self.now + by
        said: list[Draft] = []
        failed: dict[str, Failure] = {}
        while (event := self._world.clockwork.next(until)) is not None:
            self.now = max(self.now, event.observed_at)
            said += self.sees(event)
            failed |= self.failures
        self.now = until
        late = [run for run in self._waiting if run.until <= self.now]
        self._waiting = [run for run in self._waiting if run.until > self.now]
        for run in late:
            run.hear(None)
        if late:
            said += self._runner.run(self._go(late))
        self.answers, self.failures = tuple(said), failed | (self.failures if late else {})
        return self.answers

    @property
    def schedules(self) -> tuple[ScheduleFired, ...]:
        """The next time of each schedule there is, the earliest first."""
        return self._world.clockwork.coming

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
        kept = deepcopy(self._world.states[instance, chat])
        kept.pop(COOLDOWN, None)
        return kept

    def shared(self, instance: str) -> Mapping[str, Any]:
        """What an instance shares between its chats."""
        values = self._world.shared[instance]
        return {name: deepcopy(value) for name, (_, value) in values.items()}

    @property
    def remembering(self) -> frozenset[str]:
        """The instances that remember anything, of a chat or of all."""
        chats = {name for (name, _), kept in self._world.states.items() if kept}
        return frozenset(chats | {name for name, kept in self._world.shared.items() if kept})

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

    async def _fetch(self, request: HttpRequest) -> HttpAnswer:
        self.asked.append(request)
        answers = self._pages.get((request.method, request.url))
        if not answers:
            raise Permanent(
                f"nothing in this made-up world answers {request.method} {request.url}: "
                "say bot.answers_http(…) first"
            )
        return answers.pop(0) if len(answers) > 1 else answers[0]


def _said(draft: Draft) -> str:
    content = draft.content
    return content.text if isinstance(content, Text) else f"[{content.kind}]"

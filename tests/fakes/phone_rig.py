"""An agent on a simulated phone and a real broker, scripted and judged from outside."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from connectors.kafka import Broker, Producer, read_whole
from connectors.media.address import open_store
from connectors.media.store import MediaStore
from connectors.settings import AgentSettings
from connectors.topic_setup import ensure_topics, wanted_topics
from device_agent.agent import Agent
from device_agent.sim.harness import Simulator
from schemas import topics
from schemas.action import Action
from schemas.content import Sendable, Text
from schemas.envelope import decode, encode
from schemas.event import MessageReceived
from schemas.ledger import ActionEntry, Tail
from schemas.model import Model
from schemas.phone import DeviceState, KnownChat
from schemas.receipt import TERMINAL, Receipt, State
from tests.fakes.day_clock import DayClock

T = TypeVar("T")
PATIENCE = 20.0


async def until(ask: Callable[[], Awaitable[T]], what: str, patience: float = PATIENCE) -> T:
    """The first true answer; a failed wait says what was missing."""
    deadline = time.monotonic() + patience
    while True:
        answer = await ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"never came: {what}")
        await asyncio.sleep(0.05)


class Rig:
    def __init__(self, sim: Simulator, bootstrap: str, prefix: str, data: Path) -> None:
        self.sim = sim
        self.broker = Broker(bootstrap)
        self.prefix = prefix
        self.data = data
        self.producer = Producer(self.broker)
        self.clock: DayClock | None = None
        self._agent: Agent | None = None
        self._task: asyncio.Task[None] | None = None

    def settings(self, **changes: object) -> AgentSettings:
        base: dict[str, object] = {
            "kafka": self.broker.bootstrap,
            "topic_prefix": self.prefix,
            "serial": self.sim.serial,
            "adb": self.sim.adb,
            "data": self.data,
            "media": str(self.data.parent / "media"),
            "pace": "fast",
            "retap_seconds": 1.0,
            "people_hour_calls": 0,  # who wants contacts asks for them
        }
        return AgentSettings(**(base | changes))  # type: ignore[arg-type]  # by name

    @property
    def store(self) -> MediaStore:
        return open_store(self.settings())

    async def prepare(self) -> None:
        wanted = wanted_topics(self.prefix, 4, (("wechat", "default"),))
        await ensure_topics(self.broker, wanted)

    async def start(self, **changes: object) -> Agent:
        times: dict[str, Any] = self.clock.times if self.clock is not None else {}
        self._agent = Agent(self.settings(**changes), **times)
        self._task = asyncio.create_task(self._agent.run())
        return self._agent

    async def started(self, **changes: object) -> Agent:
        agent = await self.start(**changes)
        await until(self._swept, "the first whole sweep")
        return agent

    async def _swept(self) -> bool:
        if self._task is not None and self._task.done():
            await self._task
        return self._agent is not None and self._agent.rounds.swept

    async def stop(self) -> None:
        agent, task = self._agent, self._task
        self._agent = self._task = None
        if agent is not None and task is not None:
            agent.stop()
            await task

    async def close(self) -> None:
        await self.stop()
        await self.producer.stop()

    # --- topics ---

    async def records(self, topic: topics.Topic) -> list[Model]:
        name = topic.name(self.prefix, channel="wechat", account="default")
        return [
            decode(r.headers, r.value)
            async for r in read_whole(self.broker, name)
            if r.value is not None
        ]

    async def messages(self) -> list[MessageReceived]:
        """Inbound messages without what was delivered again."""
        found = await self.records(topics.INBOUND)
        return list({m.event_id: m for m in found if isinstance(m, MessageReceived)}.values())

    async def texts(self) -> list[tuple[str, str]]:
        return [
            (m.chat.title, m.content.text)
            for m in await self.messages()
            if isinstance(m.content, Text)
        ]

    async def chats(self) -> dict[str, KnownChat]:
        """The chats the topic leaves standing: a tombstone takes one away."""
        found = await self.book()
        return {c.chat_id: c for c in found if isinstance(c, KnownChat)}

    async def book(self) -> list[Model]:
        """The last word of each key of the contacts."""
        last: dict[bytes | None, Model | None] = {}
        async for r in read_whole(self.broker, topics.CONTACTS.name(self.prefix)):
            last.pop(r.key, None)
            last[r.key] = None if r.value is None else decode(r.headers, r.value)
        return [model for model in last.values() if model is not None]

    async def chat_id(self, title: str) -> str:
        async def ask() -> str:
            return next((k for k, c in (await self.chats()).items() if c.title == title), "")

        return await until(ask, f"a chat called {title}")

    async def receipts(self) -> list[Receipt]:
        found = await self.records(topics.RECEIPTS)
        return [r for r in found if isinstance(r, Receipt)]

    async def entries(self) -> dict[str, ActionEntry]:
        found = await self.records(topics.LEDGER)
        return {e.action_id: e for e in found if isinstance(e, ActionEntry)}

    async def tails(self) -> dict[str, Tail]:
        return {t.chat_id: t for t in await self.records(topics.LEDGER) if isinstance(t, Tail)}

    async def device(self) -> DeviceState | None:
        found = await self.records(topics.DEVICES)
        return found[-1] if found and isinstance(found[-1], DeviceState) else None

    # --- actions ---

    async def ask(
        self, chat_id: str, text: str, content: Sendable | None = None, **changes: object
    ) -> str:
        action = Action(
            action_id=str(changes.pop("action_id", uuid4())),
            channel="wechat",
            account="default",
            chat_id=chat_id,
            content=content or Text(text=text),
            requested_at=self.clock.now() if self.clock is not None else datetime.now(UTC),
            **changes,  # type: ignore[arg-type]  # by name
        )
        record = encode(
            action, id=action.action_id, source="/test", time=action.requested_at,
            traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01",
        )  # fmt: skip
        await self.producer.send(self.outbox, record)
        return action.action_id

    @property
    def outbox(self) -> str:
        return topics.OUTBOX.name(self.prefix, channel="wechat", account="default")

    async def end(self, action_id: str, patience: float = PATIENCE) -> Receipt:
        """The action's terminal receipt."""

        async def ask() -> Receipt | None:
            return next(
                (
                    r
                    for r in await self.receipts()
                    if r.action_id == action_id and (r.state in TERMINAL or r.state is State.HELD)
                ),
                None,
            )

        found = await until(ask, f"an end of {action_id}", patience)
        assert found is not None
        return found

    def sent(self) -> list[str]:
        return [entry["text"] for entry in self.sim.truth()["sent"]]


@contextlib.asynccontextmanager
async def rigged(bootstrap: str, prefix: str, data: Path) -> AsyncIterator[Rig]:
    with Simulator() as sim:
        rig = Rig(sim, bootstrap, prefix, data)
        await rig.prepare()
        try:
            yield rig
        finally:
            await rig.close()

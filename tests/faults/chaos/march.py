"""Carries a chaos plan out on a whole running Hongyan, and brings back the evidence."""

import asyncio
import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from aiokafka.errors import KafkaError

from connectors.kafka import Broker, read_whole
from schemas import topics
from schemas.action import Action
from schemas.content import Text
from schemas.envelope import decode
from schemas.event import MessageReceived
from schemas.model import Model
from schemas.receipt import Receipt
from tests.faults.campaign import Stack
from tests.faults.chaos.cast import CAST, shared
from tests.faults.chaos.evidence import Asked, Bubble, Evidence, Read, Told, Trouble, Written
from tests.faults.chaos.plan import Break, Kill, Move, Step, Write

CALM_S = 12.0
"""So long nothing may happen once all is told, so that a late double would be seen."""
_LINGERS_S = 10.0
"""How long a fault that waits for an operation may take to meet one, about."""


@dataclass
class March:
    """A plan on its way. `say` takes lines of progress; `patience` in seconds after the last step
    without anything new.
    """

    stack: Stack
    say: Callable[[str], None]
    patience: float = 90.0
    evidence: Evidence = field(default_factory=lambda: Evidence({}, frozenset()))
    _chats: list[str] = field(default_factory=list)
    _pause: threading.Event = field(default_factory=threading.Event)

    def carry_out(self, plan: tuple[Step, ...]) -> Evidence:
        """All steps at their times, then healing, then quiet; what is left behind."""
        self._client = httpx.Client(base_url=self.stack.ready["sim"], timeout=30)
        with self._client:
            self._people()
            self._wait_ready()
            begun = time.monotonic()
            for number, step in enumerate(plan):
                self._pause.wait(max(0.0, begun + step.at - time.monotonic()))
                self._take(step)
                if number % 50 == 49:
                    self.say(f"  {time.monotonic() - begun:5.0f} s: {self._progress()}")
            self._heal()
            self._settle()
            self._gather()
        return self.evidence

    def _people(self) -> None:
        for part in CAST:
            answer = self._client.post("/chats", json=part.request()).raise_for_status()
            self._chats.append(answer.json()["chat_id"])
        names = {
            chat: f"{part.shown} ({part.kind} {number})"
            for number, (chat, part) in enumerate(zip(self._chats, CAST, strict=True))
        }
        alike = frozenset(c for c, part in zip(self._chats, CAST, strict=True) if shared(part))
        titles = {c: part.shown for c, part in zip(self._chats, CAST, strict=True)}
        own = {chat: title for chat, title in titles.items() if chat not in alike}
        self.evidence = Evidence(names, alike, titles=own)

    def _wait_ready(self) -> None:
        """The agent has looked at the phone once: what is written from now on is new."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self._client.get("/truth").json()["rpc"] > 20:
                return
            self._pause.wait(0.2)

    def _take(self, step: Step) -> None:
        if isinstance(step, Write):
            self._write(step)
        elif isinstance(step, Break):
            body = {"name": step.name, **step.values}
            self._client.post("/faults", json=body).raise_for_status()
            lasts = float(step.values.get("for_s", _LINGERS_S))
            self._trouble(lasts, f"{step.name} {step.values}")
        elif isinstance(step, Kill):
            self.stack.kill(step.victim)
            self._trouble(5.0, f"{step.victim} killed")
        else:
            self._move(step)

    def _write(self, step: Write) -> None:
        chat = self._chats[step.part]
        body = {"chat_id": chat, "text": step.text}
        if step.sender is not None:
            body["sender"] = step.sender
        self._client.post("/messages", json=body).raise_for_status()
        self.evidence.written.append(Written(chat, step.text, step.reply, time.time()))

    def _move(self, step: Move) -> None:
        """The agent is frozen, its folder goes, then it dies: `up` starts another on nothing."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.stack.pid("agent"), signal.SIGSTOP)
        shutil.rmtree(self.stack.data / "agent", ignore_errors=True)
        self.stack.kill("agent")
        self._trouble(20.0, "the agent moved to an empty machine")

    def _trouble(self, lasts: float, what: str) -> None:
        now = time.time()
        self.evidence.troubles.append(Trouble(now, now + lasts, what))
        self.say(f"    {what}")

    def _heal(self) -> None:
        self._note_struck()
        self._client.delete("/faults").raise_for_status()
        self.say("  all faults are taken away")

    def _note_struck(self) -> None:
        for one in self._client.get("/faults").json()["faults"]:
            name = one["name"]
            self.evidence.struck[name] = max(self.evidence.struck.get(name, 0), one["struck"])

    def _progress(self) -> str:
        sent = len(self._client.get("/truth").json()["sent"])
        return f"{len(self.evidence.written)} written, {sent} replies left"

    def _settle(self) -> None:
        """Until every reply due left or has an end, and then calm; or nothing more comes."""
        due = sum(one.reply is not None for one in self.evidence.written)
        last, since = (0, 0), time.monotonic()
        while True:
            left = len(self._client.get("/truth").json()["sent"])
            told = len(asyncio.run(self._ended()))
            if (left, told) != last:
                last, since = (left, told), time.monotonic()
                self.say(f"  settling: {left} left, {told} of {due} ended")
            if time.monotonic() - since > (CALM_S if told >= due else self.patience):
                return
            self._pause.wait(1.0)

    async def _ended(self) -> set[str]:
        ends = {"sent", "failed", "not_sent", "expired", "cancelled", "unknown", "held"}
        receipts = await self._records(topics.RECEIPTS, Receipt)
        return {one.action_id for one in receipts if one.state in ends}

    def _gather(self) -> None:
        self._note_struck()
        for sent in self._client.get("/truth").json()["sent"]:
            at = datetime.fromisoformat(sent["at"]).timestamp()
            self.evidence.left.append(Bubble(sent["chat_id"], sent["text"], at))
        self._written_by_faults()
        asyncio.run(self._topics())

    def _written_by_faults(self) -> None:
        """One knob lets somebody write: that too must be read."""
        ours = {one.text for one in self.evidence.written}
        for chat in self._client.get("/chats").json()["chats"]:
            self.evidence.names.setdefault(chat["chat_id"], chat["chat"])
            history = self._client.get(f"/chats/{chat['chat_id']}").json()["messages"]
            for one in history:
                text = one["content"].get("text", "")
                if not one["own"] and text not in ours:
                    at = datetime.fromisoformat(one["at"]).timestamp()
                    self.evidence.written.append(Written(chat["chat_id"], text, None, at))

    async def _topics(self) -> None:
        found = await self._records(topics.INBOUND, MessageReceived)
        for event in {one.event_id: one for one in reversed(found)}.values():
            self.evidence.read.append(_read(event))
        self.evidence.read.sort(key=lambda one: one.at)
        for action in await self._records(topics.OUTBOX, Action):
            text = action.content.text if isinstance(action.content, Text) else ""
            self.evidence.asked.append(
                Asked(action.action_id, action.event_id, action.chat_id, text)
            )
        for one in await self._records(topics.RECEIPTS, Receipt):
            self.evidence.told.append(
                Told(one.action_id, str(one.state), one.at.timestamp(), one.reason, one.detail)
            )

    async def _records(self, topic: topics.Topic, model: type[Any]) -> list[Any]:
        """A broker that was just killed is asked again."""
        name = topic.name("bot", channel="wechat", account="default")
        for _ in range(20):
            try:
                broker = Broker(self.stack.ready["kafka"])
                found: list[Model] = [
                    decode(record.headers, record.value)
                    async for record in read_whole(broker, name)
                    if record.value is not None
                ]
                return [one for one in found if isinstance(one, model)]
            except KafkaError:
                await asyncio.sleep(0.5)
        raise AssertionError(f"{name} could not be read")


def _read(event: MessageReceived) -> Read:
    said = event.content.text if isinstance(event.content, Text) else f"[{event.content.kind}]"
    return Read(
        event.event_id,
        event.chat.chat_id,
        said,
        event.observed_at.timestamp(),
        gap=event.gap_possible,
        historical=event.historical,
        title=event.chat.title,
    )

"""Six messages (or more) with replies on a phone that one fault befalls, judged by its truth."""

import asyncio
import contextlib
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer

from schemas import topics
from schemas.content import Text
from schemas.envelope import decode
from schemas.event import MessageReceived
from schemas.receipt import TERMINAL, Receipt, State
from tests.fakes.phone_rig import Rig, rigged

ROOT = Path(__file__).parents[2]
_PROGRAM = (
    "import sys; from connectors.settings import AgentSettings; from device_agent.main import run;"
    "run(AgentSettings.model_validate_json(sys.argv[1]))"
)
_CHATS = ("张三", "李四", "家人")
_PATIENCE = 50.0
_AGAIN = 10
"""Of many messages, the fault strikes anew before each tenth."""


def _number(reply: str) -> int:
    """0: it is none of ours, cut or doubled perhaps."""
    found = re.fullmatch(r"答第(\d+)条", reply)
    return int(found[1]) if found else 0


def _right(reply: str) -> str:
    """The chat a reply belongs to."""
    number = _number(reply)
    return _CHATS[number % len(_CHATS)] if number else "nowhere"


@dataclass
class Outcome:
    """What six messages came to. The lists hold what must not be; `ends` the replies' ends."""

    unread: list[str] = field(default_factory=list)
    read_twice: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    misdelivered: list[str] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    unended: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    ends: dict[str, State] = field(default_factory=dict)
    struck: int = 0
    seconds: float = 0.0

    @property
    def wrong(self) -> dict[str, list[str]]:
        """All that must not be, by its name."""
        lists = {name: value for name, value in vars(self).items() if isinstance(value, list)}
        return {name: value for name, value in lists.items() if value}

    def behind(self, reply: str) -> list[str]:
        """The replies that wait behind one: to the same chat, and later."""
        return [
            other
            for other in self.ends
            if _right(other) == _right(reply) and _number(other) > _number(reply)
        ]


async def six_messages(
    bootstrap: str,
    prefix: str,
    data: Path,
    fault: dict[str, Any],
    *,
    messages: int = 6,
    **settings: object,
) -> Outcome:
    """Run them; the fault, a request of `POST /faults`, strikes after the first reply, and of more
    than six messages again and again.
    """
    began = time.monotonic()
    async with rigged(bootstrap, prefix, data) as rig:
        rig.sim.add_chat("家人", "group", members=["甲", "乙"])
        async with _agent(rig, **settings), _followed(rig) as told:
            talk = _Talk(rig, told)
            await talk.write(1)
            await talk.ended(1)
            for number in range(2, messages + 1):
                if number % _AGAIN == 2:
                    await talk.ended(number - 1)
                    rig.sim.arm(**fault)
                await talk.write(number)
            await talk.ended(messages)
            outcome = await talk.judged()
        outcome.struck = rig.sim.faults()[fault["name"]]["struck"]
        outcome.seconds = time.monotonic() - began
        return outcome


@contextlib.asynccontextmanager
async def _agent(rig: Rig, **changes: object) -> AsyncIterator[None]:
    """An agent in a process of its own: adbutils knows one adb server a process."""
    settings = json.loads(rig.settings(**changes).model_dump_json())
    rig.data.mkdir(parents=True)
    log = (rig.data.parent / f"{rig.prefix}.log").open("w")
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, json.dumps(settings), cwd=ROOT, stderr=log
    )
    try:
        yield
    finally:
        if running.returncode is None:
            running.terminate()
        try:
            await asyncio.wait_for(running.wait(), 10)
        except TimeoutError:
            running.kill()
            await running.wait()
        log.close()


@contextlib.asynccontextmanager
async def _followed(rig: Rig) -> AsyncIterator[AIOKafkaConsumer]:
    """What the agent tells, from its beginning on: one consumer, not one for each look."""
    consumer = AIOKafkaConsumer(
        topics.INBOUND.name(rig.prefix),
        topics.RECEIPTS.name(rig.prefix),
        bootstrap_servers=rig.broker.bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


class _Talk:
    """Friends write, and each message that was read is answered once."""

    def __init__(self, rig: Rig, told: AIOKafkaConsumer) -> None:
        self._rig = rig
        self._told = told
        self._ends: dict[str, Receipt] = {}
        self._asked: dict[str, str] = {}
        self._written: list[str] = []

    async def write(self, number: int) -> None:
        title = _CHATS[number % len(_CHATS)]
        self._written.append(f"第{number}条")
        self._rig.sim.receive(
            title, f"第{number}条", **({"sender": "甲"} if title == "家人" else {})
        )

    async def ended(self, count: int) -> None:
        """Wait until so many messages are read and answered, or patience ends."""
        deadline = time.monotonic() + _PATIENCE
        while len(self._asked) < count or len(self._ends) < count:
            if time.monotonic() > deadline:
                return
            batches = await self._told.getmany(timeout_ms=200)
            for record in [record for batch in batches.values() for record in batch]:
                told = decode(record.headers, record.value)
                if isinstance(told, MessageReceived):
                    await self._answer(told)
                elif isinstance(told, Receipt):
                    self._note(told)

    async def _answer(self, message: MessageReceived) -> None:
        if isinstance(message.content, Text) and message.content.text in self._written:
            reply = f"答{message.content.text}"
            if reply not in self._asked:
                self._asked[reply] = await self._rig.ask(message.chat.chat_id, reply)

    def _note(self, receipt: Receipt) -> None:
        if receipt.state in TERMINAL or receipt.state is State.HELD:
            self._ends[receipt.action_id] = receipt

    async def judged(self) -> Outcome:
        for receipt in await self._rig.receipts():
            self._note(receipt)
        ends = self._ends
        states = {
            reply: ends[action].state for reply, action in self._asked.items() if action in ends
        }
        left = self._rig.sim.truth()["sent"]
        texts = Counter(one["text"] for one in left)
        read = Counter(text for _, text in await self._rig.texts())
        order: dict[str, list[str]] = defaultdict(list)
        for one in left:
            order[one["chat"]].append(one["text"])
        return Outcome(
            unread=[text for text in self._written if not read[text]],
            read_twice=[text for text in self._written if read[text] > 1],
            doubled=[text for text, count in texts.items() if count > 1],
            misdelivered=[one["text"] for one in left if one["chat"] != _right(one["text"])],
            claimed=[r for r, state in states.items() if state is State.SENT and not texts[r]],
            denied=[
                reply
                for reply, state in states.items()
                if texts[reply] and state not in {State.SENT, State.UNKNOWN}
            ],
            unended=[reply for reply, action in self._asked.items() if action not in ends],
            disordered=[
                f"{chat}: {' '.join(said)}"
                for chat, said in order.items()
                if said != sorted(said, key=_number)
            ],
            ends=states,
        )

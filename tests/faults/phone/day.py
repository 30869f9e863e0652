"""A day of an account at pace human, on a clock that jumps over the hours in which nothing happens.

python -m tests.faults.phone.day --report day.md
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from loguru import logger

from device_agent.agent import Agent
from device_agent.policy import load_policy
from device_agent.rest import FOREVER
from schemas.approval import Approval, Judgement
from schemas.envelope import encode
from schemas.event import MessageReceived
from schemas.model import Model
from schemas.phone_order import Order, PhoneOrder
from tests.fakes.day_clock import CHINA, DayClock
from tests.fakes.phone_rig import Rig, rigged, until
from tests.faults.phone.day_report import Report, Told
from tests.faults.phone.sixty import broker_in
from tests.fixtures.live_server import scratch_folder

BEGIN = 21
PACE = """
[hand]
gap_seconds = [3.0, 8.0]
[budgets.device]
minute = 6
hour = 8
day = 40
[budgets.chat]
minute = 5
hour = 6
day = 15
[[quiet]]
from = "23:00"
to = "07:00"
[approval]
same_text_chats = 4
words = ["转账"]
[loop]
same_text = 3
volleys = 4
volley_seconds = 60.0
[[chats]]
title = "值班*"
quiet = []
"""
CUSTOMERS = tuple(f"客户{number}" for number in range(1, 7))
FRIENDS = ("张三", "李四", "王五", "机器人", *CUSTOMERS)
Step = Callable[["Day"], Awaitable[None]]


@dataclass
class Day:
    """One agent, its phone and its clock, and all that was asked of it."""

    rig: Rig
    agent: Agent
    clock: DayClock
    chats: dict[str, str] = field(default_factory=dict)
    asked: dict[str, Told] = field(default_factory=dict)
    written: int = 0
    notes: list[tuple[datetime, str]] = field(default_factory=list)

    def at(self, hour: int, minute: int = 0) -> datetime:
        """That time of the day, which begins in the evening."""
        begin = self.clock.begin
        moment = begin.replace(hour=hour, minute=minute)
        return moment if moment >= begin else moment + timedelta(days=1)

    def note(self, words: str) -> None:
        self.notes.append((self.clock.now(), words))

    # --- what people do ---

    async def ask(self, chat: str, text: str, **more: Any) -> str:
        """Something is to be sent: by a schedule, an API call, or as an answer."""
        action_id = await self.rig.ask(self.chats[chat], text, action_id=str(uuid4()), **more)
        self.asked[action_id] = Told(chat, text, self.clock.now())
        return action_id

    async def answer(self, chat: str, said: str, text: str) -> str:
        """A friend writes, and a plugin answers."""
        self.rig.sim.receive(chat, said)
        self.written += 1

        async def read() -> str:
            found = await self.rig.messages()
            return next(
                (
                    one.event_id
                    for one in reversed(found)
                    if isinstance(one, MessageReceived)
                    and one.chat.title == chat
                    and getattr(one.content, "text", None) == said
                ),
                "",
            )

        event_id = await until(read, f"{said} from {chat}")
        return await self.ask(chat, text, event_id=event_id)

    async def judge(self, verdict: Judgement, text: str) -> None:
        """Somebody says whether what asks for it may go: the first one of that text."""
        jobs = self.agent._jobs
        asking = [key for key in self.asked if jobs.get(key).asks]
        action_id = next(key for key in asking if self.asked[key].text == text)
        word = Approval(
            approval_id=uuid4().hex, action_id=action_id, channel="wechat", account="default",
            chat_id=self.chats[self.asked[action_id].chat], verdict=verdict, by="li",
            reason="looked", at=self.clock.now(),
        )  # fmt: skip
        self.note(f"li: hongyan outbox {verdict} 「{text}」")
        await self._tell(word, word.approval_id, word.at)

        async def heard() -> bool:
            return not jobs.get(action_id).asks

        await until(heard, f"the word on {text}")

    async def order(self, what: Order) -> None:
        """Somebody stops the phone, or lets it go on."""
        one = PhoneOrder(
            order_id=uuid4().hex, account="default", order=what, by="li", reason="a complaint",
            at=self.clock.now(),
        )  # fmt: skip
        self.note(f"li: hongyan phone {what}")
        await self._tell(one, one.order_id, one.at)

        async def obeyed() -> bool:
            return (self.agent._pacing.rest.code == "stopped") == (what == "stop")

        await until(obeyed, f"the {what}")

    async def _tell(self, word: Model, name: str, at: datetime) -> None:
        record = encode(word, id=name, source="/test", time=at)
        await self.rig.producer.send(self.rig.outbox, record)

    # --- how time passes ---

    async def live(self, steps: list[tuple[datetime, Step]], end: datetime) -> None:
        """Do each step at its time; in between jump from one thing that may be done to the next."""
        for moment, step in [*steps, (end, _nothing)]:
            await self.wait_for(lambda moment=moment: self.clock.now() >= moment, moment)
            await step(self)

    async def wait_for(self, done: Callable[[], bool], latest: datetime | None = None) -> None:
        """Jump from one thing that may be done to the next until it is `done`."""
        while True:
            await until(self._settled, "the agent to have done what it may", 40)
            if done():
                return
            wakes = [one for one in (self._next_wake(), latest) if one is not None]
            assert wakes, "nothing ever happens again"
            self._jump(min(wakes))

    def _jump(self, moment: datetime) -> None:
        self.clock.jump_to(moment)
        self.agent._outbox.news.set()

    async def _settled(self) -> bool:
        """Whether all that was asked is known, and nothing of it may be done now."""
        jobs, agent = self.agent._jobs, self.agent
        known = all(action_id in jobs._jobs for action_id in self.asked)
        read = agent._spool.newest_event() >= self.written
        return known and read and not agent.rounds.busy() and next(jobs.unsettled(), None) is None

    def _next_wake(self) -> datetime | None:
        """When the next thing that waits may go, or expires."""
        jobs, now = self.agent._jobs, self.clock.now()
        moments = [job.expires_at for job in jobs.unfinished()]
        for job in jobs.unfinished():
            at = jobs.not_before.get(job.chat_id)
            if at is not None:
                moments.append(datetime.fromtimestamp(at, CHINA))
        rest = self.agent._pacing.rest.until
        if rest is not None and rest != FOREVER:
            moments.append(rest)
        ahead = [moment for moment in moments if moment > now]
        return min(ahead) + timedelta(milliseconds=20) if ahead else None


async def _nothing(day: Day) -> None:
    """The day is over."""


# --- what happens in it ---


async def evening(day: Day) -> None:
    await day.answer("张三", "今天几点下班？", "九点半。")


async def burst(day: Day) -> None:
    for number in range(1, 9):
        await day.ask("李四", f"日报第{number}页")


async def risky(day: Day) -> None:
    await day.ask("新朋友", "你好，我是前台")
    await day.ask("张三", "请转账到原来的账户")
    soon = day.clock.now() + timedelta(hours=1)
    await day.ask("值班群", "所有人请注意", mention_all=True, expires_at=soon)


async def judged(day: Day) -> None:
    await day.judge("approve", "你好，我是前台")
    await day.judge("refuse", "请转账到原来的账户")


async def night(day: Day) -> None:
    for friend in ("张三", "李四"):
        await day.ask(friend, f"{friend}，夜里的通知")
    two = day.clock.now() + timedelta(hours=2)
    await day.ask("王五", "只在两小时内有用", expires_at=two)


async def duty(day: Day) -> None:
    await day.ask("值班群", "值班的人收到请回复")


async def bulk(day: Day) -> None:
    for customer in CUSTOMERS:
        await day.ask(customer, "周年庆邀请您")


async def bulk_judged(day: Day) -> None:
    await day.judge("approve", "周年庆邀请您")
    await day.judge("refuse", "周年庆邀请您")


async def warned(day: Day) -> None:
    day.rig.sim.arm("too_frequent_dialog", on="send_tap")
    day.note("WeChat: a warning screen at the next send, 操作过于频繁")
    await day.ask("张三", "撞上警告的一条")
    await day.wait_for(lambda: day.agent._pacing.rest.until is not None)
    await day.ask("李四", "警告之后的一条")


async def stopped(day: Day) -> None:
    await day.order("stop")
    await day.ask("王五", "停下时的一条")


async def resumed(day: Day) -> None:
    await day.order("resume")


async def heartbeat(day: Day) -> None:
    for _ in range(4):
        await day.ask("王五", "心跳正常")


async def heartbeat_judged(day: Day) -> None:
    await day.judge("refuse", "心跳正常")


async def two_bots(day: Day) -> None:
    """Each answers the other at once, until ours is held."""
    jobs = day.agent._jobs
    for number in range(1, 7):
        last = await day.answer("机器人", f"我说{number}", f"我答{number}")
        await day.wait_for(lambda last=last: jobs.get(last).terminal or jobs.get(last).asks)
        if jobs.get(last).asks:
            return


async def two_bots_judged(day: Day) -> None:
    last = next(reversed(day.asked.values()))
    await day.judge("refuse", last.text)


async def news(day: Day) -> None:
    for friend in (*CUSTOMERS, "张三", "李四", "王五"):
        await day.ask(friend, f"{friend}，明天的安排在这里")


STORY: tuple[tuple[int, int, Step], ...] = (
    (21, 2, evening),
    (21, 5, burst),
    (22, 25, risky),
    (22, 40, judged),
    (23, 40, night),
    (1, 0, duty),
    (9, 0, bulk),
    (9, 40, bulk_judged),
    (10, 40, warned),
    (13, 0, stopped),
    (14, 0, resumed),
    (15, 0, heartbeat),
    (16, 0, heartbeat_judged),
    (17, 0, two_bots),
    (18, 0, two_bots_judged),
    (18, 30, news),
)


async def a_day(rig: Rig) -> Report:
    """Live it, and say what became of everything."""
    began = time.monotonic()
    clock = rig.clock = DayClock(rig.sim, BEGIN)
    rig.sim.add_chat("新朋友")
    rig.sim.add_chat("值班群", "group", members=["甲", "乙"])
    for chat in (*FRIENDS, "值班群"):
        rig.sim.receive(chat, f"{chat}来了", sender="甲" if chat == "值班群" else chat)
    file = rig.data.parent / "pace.toml"
    file.write_text(PACE, encoding="utf-8")
    agent = await rig.started(pace="human", pace_file=file)
    day = Day(rig, agent, clock, written=len(FRIENDS) + 1)
    for chat in (*FRIENDS, "值班群", "新朋友"):
        day.chats[chat] = await rig.chat_id(chat)
    steps = [(day.at(hour, minute), step) for hour, minute, step in STORY]
    await day.live(steps, day.at(20, 59))
    receipts = [one for one in await rig.receipts() if one.action_id in day.asked]
    for one in receipts:
        day.asked[one.action_id].passed.append(one)
    return Report(
        begin=clock.begin,
        asked=list(day.asked.values()),
        notes=day.notes,
        truth=rig.sim.truth()["sent"],
        policy=load_policy(file),
        seconds=time.monotonic() - began,
    )


async def _run(bootstrap: str, folder: Path) -> Report:
    async with rigged(bootstrap, f"d{uuid4().hex[:8]}", folder / "agent") as rig:
        return await a_day(rig)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, default=Path(".cache/day.md"))
    options = parser.parse_args()
    logger.remove()
    with scratch_folder() as folder, broker_in(folder) as broker:
        report = asyncio.run(_run(broker.bootstrap, folder))
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(report.page, encoding="utf-8")
    sys.stdout.write(f"{options.report}: {report.headline}\n")
    raise SystemExit(1 if report.wrong else 0)


if __name__ == "__main__":
    main()

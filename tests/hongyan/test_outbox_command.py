"""`hongyan outbox` shows what has not ended well, and carries a person's word to the agent."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiokafka.structs import ConsumerRecord
from click.testing import CliRunner, Result

from connectors.database import migrate, open_engine
from connectors.media.folder import FolderStore
from connectors.projection import carry_out, writes
from hongyan.cli import cli
from schemas import topics
from schemas.action import Action
from schemas.approval import Approval
from schemas.content import Media, Text
from schemas.envelope import decode, encode
from schemas.model import Model
from schemas.phone import KnownChat
from schemas.receipt import Receipt, State
from schemas.resolution import Resolution
from tests.fakes.http_api import make_topics, records
from tests.fixtures.live_server import LiveBroker

AT = datetime.now(UTC) - timedelta(hours=1)
PICTURE = b"a picture"
SHOT = Media(sha256=sha256(PICTURE).hexdigest(), size=len(PICTURE), mime="image/png")


def _asked(name: str, text: str, chat: str = "c1", attempt: int = 1) -> Action:
    return Action(
        action_id=name, channel="wechat", account="default", chat_id=chat,
        content=Text(text=text), requested_at=AT, attempt=attempt,
    )  # fmt: skip


def _told(name: str, state: State, reason: str | None = None, **more: Any) -> Receipt:
    return Receipt(
        action_id=name, channel="wechat", account="default", chat_id="c1", state=state,
        at=AT + timedelta(minutes=1), reason=reason, **more,
    )  # fmt: skip


HISTORY: list[Model] = [
    KnownChat(chat_id="c1", account="default", kind="private", title="小王", at=AT),
    *(_asked(name, f"{name} 说") for name in ("unsure", "behind", "gone", "dropped")),
    _asked("broken", "broken 说"),
    _asked("fresh", "fresh\n说", "c2"),
    _asked("again", "again 说", "c3", attempt=2),
    _asked("risky", "risky 说", "c4"),
    _asked("later", "later 说", "c5"),
    _told("unsure", State.TAPPED),
    _told("unsure", State.UNKNOWN, "unsettled", part=1, screenshot=SHOT),
    _told("behind", State.HELD),
    _told("gone", State.SENT),
    _told("dropped", State.UNKNOWN, "given_up"),
    _told("broken", State.FAILED, "send_failed_mark"),
    _told("again", State.NOT_SENT),
    _told("risky", State.HELD, "approval_new_chat", detail="nobody has written in this chat yet"),
    _told("later", State.WAITING, "quiet_hours", not_before=AT + timedelta(hours=9)),
]


class Outbox:
    def __init__(self, database: str, broker: LiveBroker, prefix: str) -> None:
        self.places = ["--postgres", database, "--kafka", broker.bootstrap]
        self.broker = broker
        self.prefix = prefix

    async def run(self, *words: str, **options: Any) -> Result:
        environment = {"HONGYAN_TOPIC_PREFIX": self.prefix, "HONGYAN_LANGUAGE": "en"}
        runner = CliRunner(env=environment)
        asked = ["outbox", *words, *self.places]
        return await asyncio.to_thread(runner.invoke, cli, asked, **options)

    async def listed(self, *words: str) -> dict[str, dict[str, Any]]:
        shown = await self.run("list", "--json", *words)
        return {one["action_id"]: one for one in json.loads(shown.stdout)}

    async def decisions(self, topic: topics.Topic) -> list[Model]:
        name = topic.name(self.prefix, channel="wechat", account="default")
        return [decode(r.headers, r.value) for r in await records(self.broker.bootstrap, name)]


@pytest.fixture
async def outbox(database: str, broker: LiveBroker, topic_prefix: str) -> Outbox:
    await migrate(database)
    await make_topics(broker.bootstrap, topic_prefix)
    engine = open_engine(database, size=1)
    pending = [
        write for offset, model in enumerate(HISTORY) for write in writes(_record(model, offset))
    ]
    async with engine.begin() as connection:
        await carry_out(connection, pending)
    await engine.dispose()
    return Outbox(database, broker, topic_prefix)


def _record(model: Model, offset: int) -> ConsumerRecord:
    made = encode(model, id=f"id{offset}", source="/test", time=AT)
    at = int(AT.timestamp() * 1000)
    sizes = (len(made.key or b""), len(made.value or b""))
    return ConsumerRecord(
        "bot.x.v1", 0, offset, at, 0, made.key, made.value, None, *sizes, tuple(made.headers)
    )


async def test_it_lists_what_waits_is_held_or_unknown(outbox: Outbox) -> None:
    found = await outbox.listed()

    assert {name: one["state"] for name, one in found.items()} == {
        "unsure": "unknown", "behind": "held", "fresh": "queued", "again": "queued",
        "risky": "held", "later": "waiting",
    }  # fmt: skip
    assert found["unsure"]["chat"] == "小王"
    assert found["unsure"]["screenshot"] == SHOT.sha256
    assert found["unsure"]["possible"] == ["sent", "not_sent", "resend", "drop"]
    assert (found["again"]["attempt"], found["again"]["reason"]) == (2, None)
    ended = await outbox.listed("--all", "--where", "state=failed or reason=given_up")
    assert ended.keys() == {"broken", "dropped"}
    assert (await outbox.listed("--where", "age<1m")).keys() == set()
    shown = await outbox.run("list", "--where", "chat~小 or text~fresh")
    assert "? unknown" in shown.stdout
    shot = f"screenshot {SHOT.sha256[:12]}"
    assert f"unsettled; {shot}; --as sent|not_sent|resend|drop" in shown.stdout
    assert "fresh⏎说" in shown.stdout
    begin = (AT + timedelta(hours=9)).astimezone()
    waits = await outbox.run("list", "--where", "state=waiting")
    assert "quiet_hours; not before" in waits.stdout
    assert f"{begin:%H:%M}" in waits.stdout
    asks = await outbox.run("list", "--where", "reason=approval_new_chat")
    assert "nobody has written in this chat yet; hongyan outbox approve|refuse risky" in asks.stdout
    wrong = await outbox.run("list", "--where", "plugin=x")
    assert wrong.exit_code == 2
    assert "fields: id, chat, text, state" in wrong.stderr


async def test_the_screenshot_of_an_unknown_is_fetched(outbox: Outbox, tmp_path: Path) -> None:
    store, file = tmp_path / "media", tmp_path / "seen.png"
    kept = await FolderStore(store).put(PICTURE, mime="image/png")
    assert kept.sha256 == SHOT.sha256
    places = ("--media", str(store), "--to", str(file))

    fetched = await outbox.run("picture", "unsure", *places)
    assert fetched.exit_code == 0, fetched.output
    assert file.read_bytes() == PICTURE
    assert "broken has no screenshot" in (await outbox.run("picture", "broken", *places)).stderr


async def test_a_decision_is_audited_and_reaches_the_accounts_own_topic(outbox: Outbox) -> None:
    asked = ("resolve", "uns", "--as", "sent", "--reason", "I see it", "--by", "li")
    tried = await outbox.run(*asked, "--dry-run")
    assert "nothing was done" in tried.stdout
    done = await outbox.run(*asked, "--json")

    assert done.exit_code == 0, done.output
    (decision,) = await outbox.decisions(topics.OUTBOX)
    assert isinstance(decision, Resolution)
    assert (decision.action_id, decision.verdict, decision.part) == ("unsure", "sent", 1)
    assert (decision.by, decision.reason) == ("li", "I see it")
    assert await outbox.decisions(topics.REDRIVE) == [decision]
    again = json.loads((await outbox.run(*asked, "--json")).stdout)
    assert again[0]["resolution_id"] == decision.resolution_id


@pytest.mark.parametrize("verdict", ["approve", "refuse"])
async def test_what_asks_a_person_is_approved_or_refused(outbox: Outbox, verdict: str) -> None:
    done = await outbox.run(verdict, "ris", "--reason", "I know them", "--by", "li", "--json")

    assert done.exit_code == 0, done.output
    (word,) = await outbox.decisions(topics.OUTBOX)
    assert isinstance(word, Approval)
    assert (word.action_id, word.verdict, word.by) == ("risky", verdict, "li")
    assert await outbox.decisions(topics.REDRIVE) == [word]
    other = await outbox.run(verdict, "behind", "--reason", "x")
    assert f"{verdict} cannot be said of it, only drop" in f"{other.exception}"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("behind", "--as", "sent"), "held: sent cannot be said of it, only drop"),
        (("gone", "--as", "resend"), "only nothing"),
        (("nobody", "--as", "sent"), "0 actions begin with nobody"),
        (("unsure", "behind", "--as", "resend"), "behind is held"),
    ],
)
async def test_what_cannot_be_said_is_refused_before_anything_is_sent(
    outbox: Outbox, words: tuple[str, ...], says: str
) -> None:
    refused = await outbox.run("resolve", *words, "--reason", "because")

    assert refused.exit_code == 1
    assert says in f"{refused.stderr}{refused.exception}"
    assert await outbox.decisions(topics.OUTBOX) == []


async def test_a_filter_asks_first_and_drops_all_that_it_finds(outbox: Outbox) -> None:
    these = "state=queued or (state=held and not reason~approval)"
    words = ("resolve", "--where", these, "--as", "drop", "--reason", "old")

    assert (await outbox.run(*words, input="n\n")).exit_code == 1
    assert await outbox.decisions(topics.OUTBOX) == []
    assert (await outbox.run(*words, input="y\n")).exit_code == 0
    found = await outbox.decisions(topics.OUTBOX)
    assert {d.action_id for d in found if isinstance(d, Resolution)} == {"behind", "fresh", "again"}

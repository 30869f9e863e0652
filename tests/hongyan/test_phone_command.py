"""`hongyan phone` carries a person's order to the agent, and shows how phones are."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connectors.database import migrate, open_engine
from connectors.kafka import Broker, read_whole
from connectors.tables import DEVICES
from hongyan.cli import cli
from schemas import topics
from schemas.envelope import decode
from schemas.phone import DeviceState
from schemas.phone_order import PhoneOrder
from tests.fakes.http_api import make_topics
from tests.fixtures.live_server import LiveBroker

AT = datetime.now(UTC)


async def run(*words: str, prefix: str = "bot") -> Result:
    runner = CliRunner(env={"HONGYAN_TOPIC_PREFIX": prefix, "HONGYAN_LANGUAGE": "en"})
    return await asyncio.to_thread(runner.invoke, cli, ["phone", *words])


async def orders(broker: LiveBroker, name: str) -> list[tuple[bytes | None, PhoneOrder]]:
    found = []
    async for record in read_whole(Broker(broker.bootstrap), name):
        model = decode(record.headers, record.value)
        assert isinstance(model, PhoneOrder)
        found.append((record.key, model))
    return found


async def test_an_order_is_audited_kept_and_told(broker: LiveBroker, topic_prefix: str) -> None:
    await make_topics(broker.bootstrap, topic_prefix)
    place = ("--kafka", broker.bootstrap)
    told = ("--reason", "WeChat warned us", "--by", "li")

    stopped = await run("stop", *told, *place, prefix=topic_prefix)
    resumed = await run("resume", "--json", *told, *place, prefix=topic_prefix)

    assert (stopped.exit_code, resumed.exit_code) == (0, 0), stopped.output + resumed.output
    assert "is told to send nothing any more" in stopped.stdout
    names = {"channel": "wechat", "account": "default"}
    outbox = await orders(broker, topics.OUTBOX.name(topic_prefix, **names))
    assert [(one.order, one.by, one.reason) for _, one in outbox] == [
        ("stop", "li", "WeChat warned us"),
        ("resume", "li", "WeChat warned us"),
    ]
    assert json.loads(resumed.stdout)["order_id"] == outbox[1][1].order_id
    ledger = await orders(broker, topics.LEDGER.name(topic_prefix, **names))
    assert [key for key, _ in ledger] == [b"order:default"] * 2
    audit = await orders(broker, topics.REDRIVE.name(topic_prefix))
    assert [one for _, one in audit] == [one for _, one in outbox]


async def test_an_order_to_an_account_that_is_not_there_is_refused_and_makes_nothing(
    broker: LiveBroker, topic_prefix: str
) -> None:
    await make_topics(broker.bootstrap, topic_prefix)
    place = ("--kafka", broker.bootstrap)

    mistyped = await run("stop", "--account", "defualt", *place, prefix=topic_prefix)
    slug = await run("stop", "--account", "Shop A", *place, prefix=topic_prefix)

    assert mistyped.exit_code == 1
    assert "Nothing was ordered: no phone has an account defualt" in mistyped.stderr
    assert slug.exit_code == 2
    assert await orders(broker, topics.REDRIVE.name(topic_prefix)) == []


async def test_the_status_says_what_ails_a_phone(database: str) -> None:
    await migrate(database)
    place = ("--postgres", database)
    assert "No phone was heard of yet" in (await run("status", *place)).stdout
    state = DeviceState(
        account="shop", serial="R58M12", health="ready", trouble="stopped",
        reason="stopped by li: holiday", wechat_version="8.0.60", at=AT,
    )  # fmt: skip
    engine = open_engine(database, size=1)
    async with engine.begin() as connection:
        facts = {"account": "shop", "serial": "R58M12", "health": "ready", "at": AT}
        body = state.model_dump(mode="json")
        await connection.execute(DEVICES.insert().values(**facts, body=body))
    await engine.dispose()

    shown = await run("status", *place)

    assert "shop  ! ready" in shown.stdout
    assert "R58M12, WeChat 8.0.60\n    stopped: stopped by li: holiday" in shown.stdout
    assert json.loads((await run("status", "--json", *place)).stdout)[0]["account"] == "shop"


@pytest.mark.parametrize("as_json", [True, False])
async def test_a_pace_file_is_checked_and_shown_whole(tmp_path: Path, as_json: bool) -> None:
    file = tmp_path / "pace.toml"
    file.write_text("[budgets.device]\nhour = 90\n")
    shown = await run("pace", str(file), *(["--json"] if as_json else []))

    assert shown.exit_code == 0, shown.output
    assert ('"hour":90' if as_json else "budgets.device.hour = 90\n") in shown.stdout
    file.write_text("[budgets.device]\nhuor = 90\n")
    wrong = await run("pace", str(file))
    assert "budgets.device.huor: there is no such setting" in str(wrong.exception)

"""What was said in a chat, read back from the projection: its window, and nothing recalled."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from connectors.chat_history import ChatHistory
from connectors.database import migrate, open_engine
from connectors.tables import MESSAGES
from schemas.content import Text
from schemas.event import Chat, MessageReceived, Sender

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HERE = ("wechat", "default", "c1")


def _row(text: str, at: datetime, chat: str = "c1", **more: Any) -> dict[str, Any]:
    event = MessageReceived(
        event_id=f"{chat}-{text}",
        channel="wechat",
        account=more.pop("account", "default"),
        observed_at=at,
        chat=Chat(chat_id=chat, title=chat, kind="group"),
        sender=Sender(name="小王"),
        content=Text(text=text),
        historical=more.pop("historical", False),
    )
    return {
        "event_id": event.event_id,
        "type": more.pop("type", event.TYPE),
        "channel": event.channel,
        "account": event.account,
        "chat_id": chat,
        "seq": more.pop("seq", 0),
        "observed_at": at,
        "recalled_at": more.pop("recalled_at", None),
        "body": event.model_dump(mode="json"),
    }


@pytest.mark.parametrize(("most", "texts"), [(10, ["first", "a", "b", "last"]), (2, ["b", "last"])])
async def test_the_window_holds_its_beginning_and_not_its_end(
    database: str, most: int, texts: list[str]
) -> None:
    second = timedelta(seconds=1)
    rows = [
        _row("early", NOON - timedelta(microseconds=1)),
        _row("first", NOON),
        _row("b", NOON + second, seq=2),
        _row("a", NOON + second, seq=1),
        _row("last", NOON + 2 * second),
        _row("end", NOON + 3 * second),
        _row("other chat", NOON + second, chat="c2"),
        _row("other account", NOON + second, account="second"),
        _row("recalled", NOON + second, recalled_at=NOON + 2 * second),
        _row("old", NOON + second, historical=True),
        _row("no message", NOON + second, type="hongyan.api.event.received.v1"),
    ]
    await migrate(database)
    engine = open_engine(database)
    try:
        async with engine.begin() as connection:
            await connection.execute(insert(MESSAGES), rows)
        found = await ChatHistory(engine).recall(HERE, NOON, NOON + 3 * second, most)
    finally:
        await engine.dispose()
    assert [one["content"]["text"] for one in found] == texts

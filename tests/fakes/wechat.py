"""Made-up WeChat messages, produced as the device agent would."""

from datetime import UTC, datetime

from schemas.content import Text
from schemas.envelope import Record, encode
from schemas.event import Chat, MessageReceived, Sender
from schemas.identity import event_id

AT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def message(
    text: str,
    *,
    chat: str = "c1",
    seq: int = 1,
    account: str = "default",
    historical: bool = False,
) -> MessageReceived:
    """A text message; equal arguments give an equal event id."""
    return MessageReceived(
        event_id=event_id(account, chat, "epoch", seq, text),
        channel="wechat",
        account=account,
        observed_at=AT,
        chat=Chat(chat_id=chat, title=chat),
        sender=Sender(name="Alice"),
        content=Text(text=text),
        epoch="epoch",
        seq=seq,
        historical=historical,
    )


def record(event: MessageReceived, **headers: str) -> Record:
    """Its record."""
    return encode(
        event,
        id=event.event_id,
        source="test",
        time=AT,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        extra=headers,
    )

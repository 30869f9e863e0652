"""The projection: what the topics say, as rows in PostgreSQL that answer questions.

Every write is idempotent, so a record that comes twice, late, or through two relays at once
changes nothing: events and receipts keep their first row, actions the highest attempt, chats and
devices what was seen last.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from aiokafka.structs import ConsumerRecord
from sqlalchemy import Executable, Table, Text, bindparam, cast, update
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.address_book import BOOK, BOOK_MODELS, FORGOTTEN, book_row, forgotten
from connectors.database import storable
from connectors.dead_letters.letter import Letter, read_letter, row
from connectors.tables import (
    ACTIONS,
    DEAD_LETTERS,
    DEVICES,
    MESSAGES,
    RECEIPTS,
    RUNS,
)
from connectors.telemetry import parse
from schemas import topics
from schemas.action import Action
from schemas.content import Text as PlainText
from schemas.envelope import decode, header
from schemas.event import InboundEvent, MessageRecalled, MessageReceived
from schemas.identity import receipt_id, run_id, trace_of
from schemas.model import Model
from schemas.phone import DeviceState
from schemas.receipt import Receipt
from schemas.run import PluginRun

Row = dict[str, Any]


def topic_pattern(prefix: str) -> str:
    """A regular expression for what is projected: every account's outbox, present and to come."""
    shared = (
        topics.INBOUND,
        topics.RECEIPTS,
        topics.CONTACTS,
        topics.DEVICES,
        topics.RUNS,
        topics.DLQ,
    )
    names = [re.escape(topic.name(prefix)) for topic in shared]
    outbox = re.escape(topics.OUTBOX.name(prefix, channel="0", account="1"))
    slug = "[a-z0-9-]{1,40}"
    names.append(outbox.replace(r"\.0\.1\.", rf"\.{slug}\.{slug}\."))
    return f"^(?:{'|'.join(names)})$"


def _insert(table: Table) -> Insert:
    """An insert of one row by name; `body` is JSON text, as it came in the record."""
    values = {column.name: bindparam(column.name, type_=column.type) for column in table.columns}
    return insert(table).values({**values, "body": cast(bindparam("body", type_=Text), JSONB)})


def _first_wins(table: Table) -> Executable:
    return _insert(table).on_conflict_do_nothing()


def _latest_wins(table: Table, measure: str) -> Executable:
    """The row with the larger `measure` stays, so that a slow relay cannot bring the past back."""
    statement = _insert(table)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={column.name: column for column in statement.excluded},
        where=statement.excluded[measure] >= table.columns[measure],
    )


# In the order in which they are carried out: a recall finds the message it takes back.
MESSAGE: Final = _first_wins(MESSAGES)
RECALL: Final = (
    update(MESSAGES)
    .where(MESSAGES.c.event_id == bindparam("recalled"), MESSAGES.c.recalled_at.is_(None))
    .values(recalled_at=bindparam("at"))
)
ACTION: Final = _latest_wins(ACTIONS, "attempt")
RECEIPT: Final = _first_wins(RECEIPTS)
_BOOK: Final = {model: _latest_wins(table, "at") for model, table in BOOK.items()}
DEVICE: Final = _latest_wins(DEVICES, "at")
LETTER: Final = (
    insert(DEAD_LETTERS)
    .values({name: bindparam(name) for name in Letter.__dataclass_fields__})
    .on_conflict_do_nothing()
)
RUN: Final = _first_wins(RUNS)
_IN_THE_BOOK: Final = (*_BOOK.values(), *FORGOTTEN.values())
STATEMENTS: Final = (MESSAGE, RECALL, ACTION, RECEIPT, *_IN_THE_BOOK, DEVICE, RUN, LETTER)
_CONTACTS: Final = topics.CONTACTS.pattern.removeprefix("{prefix}")


@dataclass(frozen=True)
class Write:
    """One row for one statement."""

    statement: Executable
    row: Row


def writes(record: ConsumerRecord) -> list[Write]:
    """What a record says, as rows; a dead letter's is made of its headers alone. Pure.

    Raises:
        Poison: the record cannot be decoded.

    """
    if record.topic == topics.DLQ.name(record.topic.partition(".")[0]):
        return [Write(LETTER, storable(row(read_letter(record))))]
    if record.value is None and record.topic.endswith(_CONTACTS):
        return [Write(statement, storable(row)) for statement, row in forgotten(record)]
    model = decode(record.headers, record.value)
    body = _json_text(record.value)
    return [Write(statement, storable(row)) for statement, row in _rows(model, record, body)]


async def carry_out(connection: AsyncConnection, pending: list[Write]) -> None:
    """Write the rows within the caller's transaction, each statement once for all its rows."""
    for statement in STATEMENTS:
        rows = [write.row for write in pending if write.statement is statement]
        if rows:
            await connection.execute(statement, rows)


def _json_text(value: bytes) -> str:
    if rb"\u0000" in value:
        return orjson.dumps(storable(orjson.loads(value))).decode()
    return value.decode()


def _rows(
    model: Model, record: ConsumerRecord, body: str
) -> Iterator[tuple[Executable, Mapping[str, Any]]]:
    if isinstance(model, InboundEvent):
        yield MESSAGE, {**_message(model, body), **_came(record, model.event_id)}
        if isinstance(model, MessageRecalled) and model.recalled_event_id is not None:
            yield RECALL, {"recalled": model.recalled_event_id, "at": model.observed_at}
    elif isinstance(model, Action):
        yield ACTION, {**action_row(model, body), **_came(record, model.event_id)}
    elif isinstance(model, Receipt):
        yield RECEIPT, _receipt(model, record, body)
    elif isinstance(model, BOOK_MODELS):
        yield _BOOK[type(model)], book_row(model, body)
    elif isinstance(model, DeviceState):
        yield DEVICE, _device(model, body)
    elif isinstance(model, PluginRun):
        yield RUN, _run(model, record, body)


def _came(record: ConsumerRecord, event_id: str | None) -> Row:
    """When the broker got it, and the trace it belongs to: its header's, else its event's."""
    at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    known = parse(header(record.headers, "traceparent"))
    trace = known.trace_id if known is not None else trace_of(event_id) if event_id else None
    return {"trace": trace, "produced_at": at}


def _run(run: PluginRun, record: ConsumerRecord, body: str) -> Row:
    made = run_id(run.turn_id, run.started_at.isoformat())
    return {
        "run_id": header(record.headers, "ce_id") or made,
        "turn_id": run.turn_id,
        "event_id": run.event_id,
        "channel": run.channel,
        "account": run.account,
        "chat_id": run.chat_id,
        "instance": run.instance,
        "plugin_version": run.plugin_version,
        "outcome": run.outcome,
        "started_at": run.started_at,
        "duration_ms": run.duration_ms,
        "error": run.error,
        "body": body,
    }


def _message(event: InboundEvent, body: str) -> Row:
    written = event if isinstance(event, MessageReceived) else None
    numbered = event if isinstance(event, MessageReceived | MessageRecalled) else None
    return {
        "event_id": event.event_id,
        "type": event.TYPE,
        "channel": event.channel,
        "account": event.account,
        "chat_id": event.chat_id,
        "sender": written.sender.name if written else None,
        "text": written.content.text
        if written and isinstance(written.content, PlainText)
        else None,
        "epoch": numbered.epoch if numbered else None,
        "seq": numbered.seq if numbered else None,
        "observed_at": event.observed_at,
        "recalled_at": None,
        "body": body,
    }


def action_row(action: Action, body: str) -> Row:
    """The row of an action; the API writes it too, so that an id is known as soon as it is told."""
    return {
        "action_id": action.action_id,
        "attempt": action.attempt,
        "channel": action.channel,
        "account": action.account,
        "chat_id": action.chat_id,
        "event_id": action.event_id,
        "instance": action.instance,
        "requested_at": action.requested_at,
        "expires_at": action.expires_at,
        "trace": None,
        "produced_at": None,
        "body": body,
    }


def _receipt(receipt: Receipt, record: ConsumerRecord, body: str) -> Row:
    made = receipt_id(receipt.action_id, receipt.attempt, receipt.state, receipt.at.isoformat())
    return {
        "receipt_id": header(record.headers, "ce_id") or made,
        "action_id": receipt.action_id,
        "attempt": receipt.attempt,
        "state": receipt.state.value,
        "at": receipt.at,
        "partition": record.partition,
        "offset": record.offset,
        "body": body,
    }


def _device(device: DeviceState, body: str) -> Row:
    return {
        "account": device.account,
        "serial": device.serial,
        "health": device.health,
        "at": device.at,
        "body": body,
    }

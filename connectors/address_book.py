"""The rows of chats, contacts, members and whole readings, and what a tombstone deletes. Pure."""

from datetime import UTC, datetime
from typing import Any, Final

from aiokafka.structs import ConsumerRecord
from sqlalchemy import Executable, Table, bindparam, delete

from connectors.tables import CHATS, CONTACT_READS, CONTACTS, MEMBERS
from schemas.contact import ContactsRead, GroupMembers, KnownContact
from schemas.envelope import header
from schemas.phone import KnownChat

Row = dict[str, Any]
Entry = KnownChat | KnownContact | GroupMembers | ContactsRead
BOOK: Final[dict[type[Entry], Table]] = {
    KnownChat: CHATS,
    KnownContact: CONTACTS,
    GroupMembers: MEMBERS,
    ContactsRead: CONTACT_READS,
}
BOOK_MODELS: Final = (KnownChat, KnownContact, GroupMembers, ContactsRead)


def _gone(table: Table, name: str) -> Executable:
    """Delete one row unless it is newer than its tombstone: a later record brought it back."""
    return delete(table).where(
        table.c.account == bindparam("of_account"),
        table.c[name] == bindparam("of_id"),
        table.c.at <= bindparam("gone_at"),
    )


FORGOTTEN: Final = {
    "chat": _gone(CHATS, "chat_id"),
    "contact": _gone(CONTACTS, "contact_id"),
    "members": _gone(MEMBERS, "chat_id"),
}
"""What a tombstone deletes, by the first word of its key."""


def forgotten(record: ConsumerRecord) -> list[tuple[Executable, Row]]:
    """What a tombstone of `bot.contacts` takes away; nothing where its key is of another form."""
    kind, _, rest = (record.key or b"").decode(errors="replace").partition(":")
    account, _, identity = rest.partition(":")
    if kind not in FORGOTTEN or not identity:
        return []
    told = header(record.headers, "ce_time")
    try:
        at = datetime.fromisoformat(told or "")
    except ValueError:
        at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    row = {"of_account": account, "of_id": identity, "gone_at": at}
    return [(FORGOTTEN[kind], row)]


def book_row(model: Entry, body: str) -> Row:
    """The row of a record, for its model's table."""
    names = set(BOOK[type(model)].columns.keys()) - {"body"}
    return {**model.model_dump(include=names), "body": body}

"""What a replacement agent must know before it touches the phone: intents, outcomes, tails."""

from typing import ClassVar, Final, Literal

from pydantic import Field

from schemas.model import Model, Moment, Slug
from schemas.receipt import State

Side = Literal["own", "other", "centre"]

SWEPT: Final = "*"
"""No chat's id: the tail under it says that the whole list of chats has been read once."""


class Row(Model):
    """A row of a chat as alignment compares it; `print` hashes sender, kind and text."""

    side: Side
    print: str


class Anchor(Model):
    """The last rows before a send, by which the new bubble is counted after a crash."""

    rows: tuple[Row, ...]
    text_print: str = Field(description="the print of the bubble to be counted")
    whole: bool = Field(
        default=False, description="`rows` are all that the chat held: it fits at its top alone"
    )


class Cut(Model):
    """The limits a long text is cut by, kept with its action so that each agent cuts it alike."""

    characters: int = Field(ge=1, description="most code points of a part")
    units: int = Field(ge=1, description="most UTF-16 code units of a part")


class ActionEntry(Model):
    """The last word on one action. Key `action:<action_id>`, compacted."""

    TYPE: ClassVar[str] = "hongyan.ledger.action.v1"

    action_id: str
    chat_id: str
    attempt: int = Field(default=1, ge=1)
    state: State
    at: Moment
    anchor: Anchor | None = None
    taps: int = Field(default=0, ge=0)
    not_before: Moment | None = None
    reason: str | None = None
    held: str | None = Field(
        default=None, description="the action's own JSON where its outbox offset has passed"
    )
    partition: int | None = Field(default=None, description="its record's place in the outbox …")
    offset: int | None = Field(default=None, description="… where `held` has its bytes")
    part: int = Field(
        default=0, ge=0, description="parts of a long text proven sent; `state` is of the next one"
    )
    cut: Cut | None = Field(default=None, description="how its text is cut; none: sent whole")
    draft_cleared: str | None = Field(
        default=None, description="text that stood in the field before ours; its receipt is owed"
    )
    approved: str | None = Field(default=None, description="who agreed that it be sent")

    @property
    def key(self) -> bytes:
        """The Kafka key."""
        return f"action:{self.action_id}".encode()


class Opening(Model):
    """A badge about to be cleared by opening its chat: what it said, written before the tap."""

    unread: int = Field(ge=0)
    preview: str


class Tail(Model):
    """The end of what was read of one chat. Key `tail:<chat_id>`, compacted.

    `seq` is the number of the last row in `rows`; the next new row gets `seq` + 1. `rows` holds at
    most 50. A tail without rows and with an `opening` marks a chat that was about to be read for
    the first time. The one of chat `*` says that the whole list was read by then: a chat that has
    no tail came later.
    """

    TYPE: ClassVar[str] = "hongyan.ledger.tail.v1"

    chat_id: str
    account: Slug
    epoch: str
    seq: int = Field(default=0, ge=0)
    rows: tuple[Row, ...] = ()
    looks: tuple[str, ...] = Field(
        default=(),
        description="what the last of `rows` look like, by which they are known again from pixels",
    )
    whole: bool = Field(default=False, description="`rows` are all the rows the chat ever had")
    opening: Opening | None = None
    at: Moment

    @property
    def looks_by_row(self) -> tuple[str, ...]:
        """Beside each row what it looks like; empty for rows that were stored without."""
        missing = len(self.rows) - len(self.looks)
        return ("",) * missing + self.looks[max(-missing, 0) :]

    @property
    def key(self) -> bytes:
        """The Kafka key."""
        return f"tail:{self.chat_id}".encode()

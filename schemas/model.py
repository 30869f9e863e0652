"""The base of every record: frozen, tolerant of newer optional fields."""

from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
"""Account and channel names; they become parts of topic names."""


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs its offset, for example 2026-11-25T08:00:00Z")
    try:
        return value.astimezone(UTC)
    except OverflowError as error:  # pydantic lets it pass as it is: it would end who reads it
        raise ValueError("the time is outside the years 1 to 9999 in UTC") from error


Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""An instant; RFC 3339 on the wire, always UTC inside."""


class Model(BaseModel):
    """Frozen, and it passes over fields it does not know: an older reader of a newer record."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str] = ""
    """The `ce_type` of a model that travels on its own; versioned (`….v1`)."""

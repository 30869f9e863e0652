"""What a person did with dead letters, for the audit."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.model import Model, Moment


class Redrive(Model):
    """One order of a person: begun, and how it ended. Kept for a year in `bot.redrive`."""

    TYPE: ClassVar[str] = "hongyan.redrive.v1"

    redrive_id: str
    what: Literal["redrive", "discard", "edit"]
    state: Literal["started", "finished", "stopped"]
    by: str
    reason: str
    selection: str = Field(description="the filter expression, or the ids")
    at: Moment
    matched: int = Field(ge=0, description="letters it was for")
    done: int = Field(default=0, ge=0, description="letters sent back, discarded or edited")
    skipped: int = Field(default=0, ge=0, description="letters that another order had by then")
    rate: float | None = Field(default=None, description="most letters a second")
    canary: int = Field(default=0, ge=0, description="letters tried first")
    detail: str | None = Field(default=None, description="why it was stopped")

    @property
    def key(self) -> bytes:
        """Its id: an order's records come in one order."""
        return self.redrive_id.encode()

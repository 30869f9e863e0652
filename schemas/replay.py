"""What a person ran again, for the audit."""

from typing import ClassVar

from pydantic import Field

from schemas.model import Model, Moment


class ReplayDone(Model):
    """One replay, when it has ended. Kept for a year in `bot.redrive`."""

    TYPE: ClassVar[str] = "hongyan.replayed.v1"

    replay_id: str
    by: str
    reason: str | None = Field(default=None, description="as the person said it, if at all")
    selection: str = Field(description="which runs, and with which plugin's code")
    at: Moment
    calls: str = Field(description="how calls were answered that no recording holds")
    matched: int = Field(ge=0, description="recorded runs in the selection")
    verdicts: dict[str, int] = Field(
        default_factory=dict, description="how many runs: same, changed, missing, new, failed, miss"
    )
    session: str | None = Field(default=None, description="the sandbox its answers went to")

    @property
    def key(self) -> bytes:
        """Its id."""
        return self.replay_id.encode()

"""Which groups are summed up, when, and for whom."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from plugins.scheduling import DEFAULT_TZ, check


class Config(BaseModel):
    """`[NAME] config = {…}` in instances.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: tuple[str, ...] = Field(min_length=1, description="ids of the chats that are read")
    to: str | None = Field(
        default=None, description="the chat that reads it; None: the instance's own `chats`"
    )
    cron: str = Field(default="0 18 * * *", description="when: minute hour day month weekday")
    tz: str = Field(default=DEFAULT_TZ, description="in which time zone")
    hours: float = Field(default=24, gt=0, le=24 * 31, description="how far back, to the second")
    settle_seconds: float = Field(
        default=60,
        ge=0,
        le=3600,
        description="it is made so long after its hour, when the last message is surely stored",
    )
    summary: bool = Field(default=False, description="a language model sums up what was said")
    endpoint: str | None = Field(default=None, description="of the setting `llm`; None: default")
    model: str | None = Field(default=None, description="None: the endpoint's")
    instructions: str = Field(
        default="", description="what the summary should look for, or how it is to be written"
    )
    most: int = Field(default=2000, ge=1, le=5000, description="most messages of one group")
    least: int = Field(default=1, ge=1, description="a group with fewer is left out")
    when_quiet: str = Field(
        default="各群都很安静。(All was quiet.)",
        description="where nothing is told; empty: nothing",
    )

    @field_validator("tz")
    @classmethod
    def _a_zone(cls, name: str) -> str:
        check(None, name, "once")
        return name

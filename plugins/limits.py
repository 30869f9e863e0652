"""How much an instance may do and fail before it is stopped: one `[NAME.limits]`. Pure."""

from pydantic import BaseModel, ConfigDict, Field


class InstanceLimits(BaseModel):
    """What is over a run's limit fails the run; what is over the others' puts the instance in
    quarantine: its events wait, in order, until its owner enables it again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_seconds: float | None = Field(
        default=None, gt=0, description="time limit of one run; the worker's own where absent"
    )
    actions_per_run: int = Field(default=1_000, ge=1, description="most messages of one run")
    output_bytes: int = Field(
        default=4 << 20, ge=1, description="most bytes that one run's messages may hold together"
    )
    errors_per_minute: int | None = Field(
        default=None,
        ge=1,
        description="quarantine after more failed runs within a minute, by its own fault: what "
        "waits for a side that is away is none",
    )
    slow_per_minute: int | None = Field(
        default=None,
        ge=1,
        description="quarantine after more runs within a minute that took over half their time",
    )
    actions_per_day: int | None = Field(
        default=None, ge=1, description="quarantine after more messages on one UTC day"
    )


USUAL = InstanceLimits()

"""All that a world file says, as one model."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from device_agent.sim.script_parts import StepPart
from device_agent.sim.world import OWNER
from device_agent.sim.world_parts import (
    ChatPart,
    ClockPart,
    ContactPart,
    Free,
    GroupPart,
    Name,
    OfficialPart,
    Part,
    named,
)


class WorldFile(Part):
    """All that a world file says."""

    device: Free = Field(default_factory=dict)
    clock: ClockPart = ClockPart()
    owner: Name = OWNER
    contacts: list[Annotated[ContactPart, BeforeValidator(named)]] = Field(default_factory=list)
    groups: list[Annotated[GroupPart, BeforeValidator(named)]] = Field(default_factory=list)
    officials: list[Annotated[OfficialPart, BeforeValidator(named)]] = Field(default_factory=list)
    chats: list[ChatPart] = Field(default_factory=list)
    script: list[StepPart] = Field(default_factory=list)

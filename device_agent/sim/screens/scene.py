"""What a page is drawn from: the device's look, the world, the stage and the phone's files."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from device_agent.sim.screens.look import Look
from device_agent.sim.stage import Page, Stage

if TYPE_CHECKING:
    from device_agent.sim.shell.files import Files
    from device_agent.sim.world import World


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a page or an overlay may show; `now` in monotonic seconds."""

    look: Look
    world: "World"
    stage: Stage
    files: "Files"
    now: float

    @property
    def page(self) -> Page:
        """The page on top; the start screen draws itself without one."""
        return self.stage.pages[-1]

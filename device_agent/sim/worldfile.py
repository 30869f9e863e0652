"""Reads world files, and gives what they describe to a phone.

The format is described in docs/simulated-phone-worlds.md.
"""

import time
from pathlib import Path as FilePath

from pydantic import ValidationError

from device_agent.sim.casting import cast
from device_agent.sim.device import Device
from device_agent.sim.failure import Refusal
from device_agent.sim.part_errors import first_error
from device_agent.sim.peopling import Misfit, Peopling, start_of
from device_agent.sim.phone import Phone
from device_agent.sim.script import Step
from device_agent.sim.world import World
from device_agent.sim.world_document import WorldFile
from device_agent.sim.yaml_places import Malformed, Marked, read


class Description:
    """A checked world file; `apply` gives it to an empty phone."""

    def __init__(self, world: WorldFile, marked: Marked) -> None:
        self.world = world
        self._marked = marked
        self._rehearse()

    @property
    def source(self) -> str:
        """The file's name, as errors give it."""
        return self._marked.source

    def apply(self, phone: Phone) -> dict[str, str]:
        """Give it to a phone; the ids of the messages by those that the file gave them.

        Raises Refusal 409 where the phone has chats already, and Malformed as `parse` does.
        """
        if phone.world.chats:
            raise Refusal(409, f"the phone `{phone.serial}` has chats already: it must be empty")
        try:
            start = start_of(self.world)
            self._settle(phone.device)
            if start is not None:
                phone.clock.show(start)
            if self.world.clock.speed is not None:
                phone.clock.run_at(self.world.clock.speed)
            phone.world.owner = self.world.owner
            peopling = Peopling(phone.world, phone.clock.seconds())
            peopling.fill(self.world)
            steps = self._cast(peopling, phone.clock.seconds())
        except Misfit as misfit:
            raise self._marked.malformed(misfit.path, misfit.wrong) from misfit
        phone.script.messages.update(peopling.messages)
        phone.script.add(steps)
        phone.redraw()
        phone.keep_settings()
        phone.keep()
        return peopling.messages

    def _cast(self, peopling: Peopling, start: float) -> list[Step]:
        steps = self.world.script
        return cast(steps, peopling.chat, peopling.messages, start, ("script",))

    def _rehearse(self) -> None:
        """Raises Malformed for what only shows when it is done."""
        try:
            now = start_of(self.world) or time.time()
            self._settle(Device())
            peopling = Peopling(World(lambda: now, 0, self.world.owner), now)
            peopling.fill(self.world)
            self._cast(peopling, now)
        except Misfit as misfit:
            raise self._marked.malformed(misfit.path, misfit.wrong) from misfit

    def _settle(self, device: Device) -> None:
        for name, value in self.world.device.items():
            try:
                device.patch({name: value})
            except Refusal as refusal:
                raise Misfit(("device", name), refusal.detail) from refusal


def parse(text: str, source: str) -> Description:
    """The description in a text. Raises Malformed naming `source`, line, column and path."""
    marked = read(text, source)
    if not isinstance(marked.data, dict):
        raise marked.malformed((), "a world file is a mapping")
    try:
        return Description(WorldFile.model_validate(marked.data), marked)
    except ValidationError as invalid:
        raise marked.malformed(*first_error(invalid)) from invalid


def load(path: FilePath) -> Description:
    """The description in a file. Raises OSError, or Malformed naming the place."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as cause:
        before = cause.object[: cause.start]
        line = before.count(b"\n") + 1
        column = len(before) - before.rfind(b"\n")
        raise Malformed(str(path), line, column, (), "this is no UTF-8 text") from cause
    return parse(text, str(path))


__all__ = ["Description", "Malformed", "load", "parse"]

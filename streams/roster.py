"""The instances that answer events now; a reload puts others in their place, between events."""

from collections.abc import Mapping

from plugins.library import Loaded
from plugins.life import Life
from plugins.manifest import Manifest
from plugins.plugin import Instance


class Roster:
    """One generation of instances at a time; who asks for them within an event asks once."""

    def __init__(self, loaded: Loaded) -> None:
        """The first generation."""
        self.number = 0
        self._set(loaded)

    def _set(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.number += 1
        self.instances: tuple[Instance, ...] = loaded.instances
        self.manifests: Mapping[str, Manifest] = {
            one.name: one.plugin.manifest for one in loaded.instances
        }

    def knows(self, instance: str) -> bool:
        """Whether there is such an instance, if only switched off."""
        return instance in self.manifests or instance in self.loaded.off

    def swap(self, loaded: Loaded) -> set[Life]:
        """The next generation; the lives of plugins that are of no use any more."""
        before = self.loaded.lives
        self._set(loaded)
        return before - loaded.lives

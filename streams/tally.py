"""Counts what one run says: a plugin that talks without end is stopped before memory is."""

from plugins.draft import Draft
from plugins.plugin import Instance
from schemas.content import Text
from schemas.failure import Bug


class Tally:
    """Of one run."""

    __slots__ = ("_actions", "_bytes", "_instance")

    def __init__(self, instance: Instance) -> None:
        """By the limits of this instance."""
        self._instance = instance
        self._actions = 0
        self._bytes = 0

    def taken(self, draft: Draft) -> Draft:
        """The draft again.

        Raises:
            Bug: it is one too many, or all together are too large.

        """
        limits, name = self._instance.limits, self._instance.name
        self._actions += 1
        if self._actions > limits.actions_per_run:
            raise Bug(
                f"{name} says more than {limits.actions_per_run} things in one run; its owner may "
                f"allow more: [{name}.limits] actions_per_run"
            )
        content = draft.content
        if isinstance(content, Text):
            self._bytes += len(content.text.encode(errors="replace"))
            if self._bytes > limits.output_bytes:
                raise Bug(
                    f"{name} says more than {limits.output_bytes} bytes in one run; its owner may "
                    f"allow more: [{name}.limits] output_bytes"
                )
        return draft

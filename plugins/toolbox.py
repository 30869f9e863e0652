"""`ctx.tools`: the tools of all plugins that the author of an event may use in its chat."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from plugins.llm import LlmTool, ToolCall
from plugins.tool import Tool
from schemas.failure import BadRequest, Permanent

if TYPE_CHECKING:
    from plugins.context import Context
    from plugins.plugin import Instance

MOST_ANSWER: Final = 8000  # characters of one answer that a model is told
_JOINT: Final = "__"


@dataclass(frozen=True)
class Offered:
    """A tool of an instance."""

    instance: "Instance"
    tool: Tool

    @property
    def name(self) -> str:
        """As the model calls it: the instance's name and the tool's."""
        return f"{self.instance.name}{_JOINT}{self.tool.name}"[:64]

    def is_named(self, wanted: Iterable[str]) -> bool:
        """Whether an owner means it by one of these: `*`, the instance's name, or its own."""
        return bool({"*", self.instance.name, self.name} & set(wanted))


class Toolbox:
    """The tools on offer. What somebody may not use is neither told to the model nor carried out,
    whatever the model says: it knows nobody's rights.
    """

    def __init__(
        self, offered: Iterable[Offered], may: Callable[..., bool], lend: Callable[..., "Context"]
    ) -> None:
        """Made by the context; `lend` gives a tool's function a context of its instance."""
        self._offered = {one.name: one for one in offered}
        self._may = may
        self._lend = lend

    def offered(self, *wanted: str) -> tuple[LlmTool, ...]:
        """Those that the author of the event may use, of the named ones: `*` for all, an instance's
        name for its own, `instance__tool` for one.
        """
        return tuple(
            LlmTool(one.name, one.tool.about, one.tool.schema)
            for one in self._offered.values()
            if one.is_named(wanted) and self._granted(one)
        )

    async def answer(self, call: ToolCall, *wanted: str) -> str:
        """What a tool answers to a model, at most 8,000 characters of it; where it cannot, why not,
        for the model to go on with.

        Raises:
            Retryable: what the tool asks is away: the run is to be tried again.

        """
        one = self._offered.get(call.name)
        if one is None or not one.is_named(wanted) or not self._granted(one):
            return f"There is no tool {call.name} for this person."
        if call.problem is not None:
            return f"{call.name}: {call.problem}"
        try:
            said = await self._carried_out(one, call.arguments)
        except Permanent as failure:
            return f"{call.name} failed: {failure}"
        return said if len(said) <= MOST_ANSWER else f"{said[:MOST_ANSWER]}… (cut)"

    async def _carried_out(self, one: Offered, arguments: Mapping[str, Any]) -> str:
        read = one.tool.read(arguments)
        said = await one.tool.work(self._lend(one.instance), **read)
        if not isinstance(said, str):
            raise BadRequest(f"it gave {type(said).__name__}, not a text")
        return said

    def _granted(self, one: Offered) -> bool:
        return not one.tool.permission or self._may(*one.tool.permission)

"""The steps of a script: when each is due, and what it does."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from device_agent.sim.world_parts import (
    Free,
    MessagePart,
    Name,
    Part,
    is_spelt_out,
    message_parts,
    wrong_at,
)

Seconds = Annotated[float, Field(ge=0, le=1e9)]
Names = Annotated[list[Name], Field(min_length=1)]


class WhenPart(Part):
    """An operation on the phone that a step waits for: the `nth` that fits, in `chat` if given.

    `before` it is done, or `after`; a chat that is opened is always open already.
    """

    on: Literal["row_tap", "send_tap", "dump", "set_text", "open"]
    chat: Name | None = None
    nth: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    moment: Literal["before", "after"] | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.on == "open" and self.moment == "before":
            raise wrong_at("moment", "an opened chat is open already: `after`")
        return self


class ReceivePart(Part):
    """Someone writes."""

    chat: Name
    message: MessagePart


def _received(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    if len(given) == 1 and not is_spelt_out(given) and "chat" not in given:
        [(chat, text)] = given.items()
        return {"chat": chat, "message": message_parts(text)}
    if "at" in given:
        raise wrong_at("at", "a step's message is written when the step is done")
    rest = {key: value for key, value in given.items() if key != "chat"}
    return {key: given[key] for key in ("chat",) if key in given} | {"message": message_parts(rest)}


class RecallPart(Part):
    """A message is taken back: the one with this id, or the last that another wrote in a chat."""

    id: Name | None = None
    chat: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.id is None) is (self.chat is None):
            raise wrong_at(None, "say which message: its `id`, or the `chat` whose last one it is")
        return self


class RenamePart(Part):
    """A contact or a group gets another name; in a group, `by` did it and a line says so."""

    chat: Name
    to: Name
    by: Name | None = None


class MembersPart(Part):
    """People join a group, or leave it; `by` invited or removed them."""

    chat: Name
    who: Names
    by: Name | None = None


class DraftPart(Part):
    """A person leaves a text in a chat's field."""

    chat: Name
    text: str


class BurstPart(Part):
    """`n` random texts, `per_s` of them a second, in these chats or in all of the list."""

    n: Annotated[int, Field(ge=1, le=100_000)]
    per_s: Annotated[float, Field(gt=0, le=10_000)]
    chats: list[Name] = Field(default_factory=list)


def _by_id(given: Any) -> Any:
    return {"id": given} if isinstance(given, str) else given


class DeedPart(Part):
    """One thing that a step does."""

    receive: Annotated[ReceivePart, BeforeValidator(_received)] | None = None
    recall: Annotated[RecallPart, BeforeValidator(_by_id)] | None = None
    patch: Free | None = None
    rename: RenamePart | None = None
    join: MembersPart | None = None
    leave: MembersPart | None = None
    draft: DraftPart | None = None
    fault: Free | None = None
    device: Free | None = None
    advance: Seconds | None = None
    burst: BurstPart | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            known = ", ".join(type(self).model_fields)
            raise wrong_at(None, f"do one of {known}; give a list to do several")
        return self

    @property
    def verb(self) -> str:
        """What it does."""
        return next(iter(self.model_fields_set))

    @property
    def what(self) -> Any:
        """What it does it to."""
        return getattr(self, self.verb)


def _several(given: Any) -> Any:
    return [given] if isinstance(given, dict) else given


class StepPart(Part):
    """A step: due `at` seconds after the script's start, or `when` something is done, or both."""

    at: Seconds | None = None
    when: WhenPart | None = None
    do: Annotated[list[DeedPart], BeforeValidator(_several), Field(min_length=1)]

    @model_validator(mode="after")
    def _due(self) -> Self:
        if self.at is None and self.when is None:
            raise wrong_at(None, "say when it is due: `at` in seconds, or `when`")
        return self


class ScriptPart(Part):
    """What POST /script takes."""

    steps: Annotated[list[StepPart], Field(min_length=1, max_length=100_000)]

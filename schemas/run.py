"""One plugin run, for people and for replay."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from schemas.action import Action
from schemas.content import Media
from schemas.identity import chat_key
from schemas.model import Model, Moment, Slug

Outcome = Literal["answered", "silent", "failed", "cancelled"]


class Call(Model):
    """One journaled call of a run: what was asked of the outside, and what came back."""

    index: int = Field(ge=0)
    name: str
    request: Any = None
    response: Any = None
    durable: bool = Field(default=False, description="its answer was stored before the run went on")
    error: dict[str, Any] | None = Field(
        default=None, description="what it failed with: kind and message; then no response"
    )
    shelved: Media | None = Field(
        default=None,
        description="where [request, response] lie as JSON when they are large; here they are null",
    )


class PluginRun(Model):
    """What one plugin instance made of one event."""

    TYPE: ClassVar[str] = "hongyan.plugin.ran.v1"

    turn_id: str
    event_id: str
    channel: Slug
    account: Slug
    chat_id: str
    instance: str
    plugin: str
    plugin_version: str
    outcome: Outcome
    started_at: Moment
    duration_ms: float = Field(ge=0)
    calls: tuple[Call, ...] = ()
    actions: tuple[Action, ...] = ()
    error: str | None = None
    denied: tuple[str, ...] = Field(
        default=(), description="what it tried and its owner did not grant: capability and target"
    )

    @property
    def key(self) -> bytes:
        """The Kafka key of the lane the run was in."""
        return chat_key(self.channel, self.account, self.chat_id)

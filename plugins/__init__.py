"""Write a plugin: `from plugins import Context, on_command`, and a folder with a `plugin.toml`."""

from plugins.answer import Answer
from plugins.arguments import Mention
from plugins.context import Context
from plugins.draft import Draft
from plugins.handler import (
    Handler,
    on_command,
    on_event,
    on_keyword,
    on_mention,
    on_message,
    on_regex,
    on_schedule,
)
from plugins.outgoing import on_outgoing
from plugins.tool import tool

__all__ = [
    "Answer",
    "Context",
    "Draft",
    "Handler",
    "Mention",
    "on_command",
    "on_event",
    "on_keyword",
    "on_mention",
    "on_message",
    "on_outgoing",
    "on_regex",
    "on_schedule",
    "tool",
]

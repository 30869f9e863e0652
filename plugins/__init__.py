"""Write a plugin: `from plugins import Context, on_command`, and a folder with a `plugin.toml`."""

from plugins.context import Context, Draft
from plugins.handler import Handler, on_command, on_message

__all__ = ["Context", "Draft", "Handler", "on_command", "on_message"]

"""The files of a new plugin: a manifest, a handler, a page, and a test that passes. Pure."""

import json
from keyword import iskeyword


def files(name: str, about: str) -> dict[str, str]:
    """Text by path below the plugin's folder; `name` is a slug, `about` one sentence."""
    function = name.replace("-", "_")
    if function[0].isdigit() or iskeyword(function):
        function = f"answer_{function}"
    return {
        "plugin.toml": _MANIFEST.format(name=name, about=json.dumps(about, ensure_ascii=False)),
        "__init__.py": _MODULE.format(name=name, function=function),
        "README.md": _PAGE.format(name=name, about=about),
        f"tests/test_{function}.py": _TEST.format(name=name),
    }


_MANIFEST = """\
name = "{name}"
version = "0.1.0"
description = {about}
api = ">=1,<2"
"""

_MODULE = '''\
"""`/{name} TEXT` says how often it was asked in this chat."""

from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command


@on_command("{name}")
async def {function}(ctx: Context, text: str = "") -> AsyncIterator[Draft]:
    """Count this chat's calls, and answer."""
    ctx.state["calls"] = ctx.state.get("calls", 0) + 1
    yield ctx.reply(f"{{ctx.state['calls']}}: {{text}}")
'''

_PAGE = """\
# {name}

{about}

`/{name} TEXT` answers with TEXT, and how often it was asked in this chat.
"""

_TEST = '''\
"""What /{name} answers, and what every plugin promises."""

from plugins.kit.contract import PluginContract


class TestContract(PluginContract):
    said = ("/{name} 你好", "/{name}", "{name}")


def test_it_answers_and_counts_each_chat_apart(bot):
    bot.receives("/{name} 你好")
    bot.should_reply("1: 你好")
    bot.receives("/{name} again")
    bot.should_reply("2: again")
    bot.receives("/{name} 你好", chat="another")
    bot.should_reply("1: 你好")


def test_other_messages_are_not_answered(bot):
    bot.receives("{name}")
    bot.should_be_silent()
'''

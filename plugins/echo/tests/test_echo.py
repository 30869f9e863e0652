"""What /echo answers."""

from pathlib import Path

import pytest
from loguru import logger

from plugins.context import Context
from plugins.loader import load_plugin
from plugins.plugin import Instance, matches
from schemas.content import Sendable, Text
from tests.fakes.wechat import message

ECHO = Instance("echo", load_plugin(Path(__file__).parents[1]))


async def _answers(text: str) -> list[Sendable]:
    event = message(text)
    ctx = Context(event, lambda: logger)
    return [
        draft.content
        for match in matches([ECHO], event)
        for handler, arguments in match.calls
        async for draft in handler(ctx, *arguments)
    ]


@pytest.mark.parametrize("text", ["hello", " a  b ", "第一行\n第二行", "/echo again", "😀"])
async def test_it_answers_the_text_exactly(text: str) -> None:
    assert await _answers(f"/echo {text}") == [Text(text=text)]


async def test_nothing_to_say_is_not_answered() -> None:
    assert await _answers("/echo") == []
    assert await _answers("echo hello") == []


def test_it_is_pure() -> None:
    assert ECHO.plugin.manifest.pure

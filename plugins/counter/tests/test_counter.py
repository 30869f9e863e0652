"""What /count answers."""

from pathlib import Path

from loguru import logger

from plugins.context import ChatState, Context
from plugins.loader import load_plugin
from plugins.plugin import Instance, matches
from schemas.content import Sendable, Text
from tests.fakes.wechat import AT, message

COUNTER = Instance("counter", load_plugin(Path(__file__).parents[1]))


async def test_it_adds_one_and_answers_the_number_alone() -> None:
    state = ChatState({})
    said: list[Sendable] = []
    for text in ("/count", "/counter", "/count please"):
        event = message(text)
        ctx = Context(event, lambda: logger, state=state, now=AT, seed="s")
        for match in matches([COUNTER], event):
            for handler, arguments in match.calls:
                said += [draft.content async for draft in handler(ctx, *arguments)]
    assert said == [Text(text=text) for text in ("1", "2", "3")]
    assert state.changed

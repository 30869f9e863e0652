"""What /echo answers."""

import pytest

from plugins.kit import Bot
from plugins.kit.contract import PluginContract


class TestContract(PluginContract):
    said = ("/echo 你好", "/echo", "hello")


@pytest.mark.parametrize("text", ["hello", " a  b ", "第一行\n第二行", "/echo again", "😀"])
def test_it_answers_the_text_exactly(bot: Bot, text: str) -> None:
    bot.receives(f"/echo {text}")
    bot.should_reply(text)


@pytest.mark.parametrize("text", ["/echo", "echo hello"])
def test_nothing_to_say_is_not_answered(bot: Bot, text: str) -> None:
    bot.receives(text)
    bot.should_be_silent()

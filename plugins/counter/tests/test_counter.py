"""What /count answers."""

from plugins.kit import Bot
from plugins.kit.contract import PluginContract


class TestContract(PluginContract):
    said = ("/count", "/counter", "/count please")


def test_it_adds_one_and_answers_the_number_alone(bot: Bot) -> None:
    for text, number in (("/count", "1"), ("/counter", "2"), ("/count please", "3")):
        bot.receives(text)
        bot.should_reply(number)


def test_each_chat_has_its_own_count(bot: Bot) -> None:
    bot.receives("/count", chat="一")
    bot.receives("/count", chat="二")
    bot.should_reply("1")
    assert bot.state("counter", "二") == {"count": 1}

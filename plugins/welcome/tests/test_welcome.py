"""Who is greeted, when, and with which words."""

from datetime import timedelta

import pytest

from plugins.kit import Bot
from plugins.kit.contract import PluginContract
from plugins.welcome.joining import joined
from schemas.content import SystemLine


class TestContract(PluginContract):
    def play(self, bot: Bot) -> None:
        _comes(bot, "“小王”邀请“老李”加入了群聊")
        bot.advance(timedelta(minutes=1))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("“小王”邀请“老李”加入了群聊", ["老李"]),
        ("“小王”邀请“老李、小陈”加入了群聊", ["老李", "小陈"]),
        ("你邀请“老李”、“小陈”加入了群聊", ["老李", "小陈"]),
        ("“小王”邀请你和“老李”加入了群聊", ["老李"]),
        ("“老李”通过扫描“小王”分享的二维码加入群聊", ["老李"]),
        ("“老李”通过扫描你分享的二维码加入群聊", ["老李"]),
        ('"小王"邀请"老李"加入了群聊', ["老李"]),
        ('"Amy" invited "Bob" to the group chat', ["Bob"]),
        ('"Amy" invited "Bob, Carl" to the group chat', ["Bob", "Carl"]),
        ('You invited "Bob" to the group chat', ["Bob"]),
        ('"Bob" joined the group chat via the QR code shared by "Amy"', ["Bob"]),
        ("“小王”邀请你加入了群聊，群聊参与人还有：老李、小陈", []),
        ("“小王”修改群名为“加入群聊”", []),
        ("“小王”将“老李”移出了群聊", []),
        ("“小王”退出了群聊", []),
        ('"Amy" invited you to the group chat', []),
        ("你已添加了小王，现在可以开始聊天了。", []),
        ("以上是打招呼的内容", []),
    ],
)
def test_a_grey_line_says_who_joined(line: str, names: list[str]) -> None:
    assert list(joined(line)) == names


def _comes(bot: Bot, line: str) -> None:
    bot.receives(SystemLine(text=line), sender="", chat="项目组", group=True)


def test_all_who_come_at_once_are_greeted_in_one_message(bot: Bot) -> None:
    _comes(bot, "“小王”邀请“老李”加入了群聊")
    bot.should_be_silent()
    _comes(bot, "“小王”邀请“小陈”加入了群聊")
    bot.should_be_silent()
    bot.advance(timedelta(seconds=15))
    bot.should_reply("欢迎 老李、小陈 加入项目组！")
    bot.advance(timedelta(hours=1))
    bot.should_be_silent()


def test_the_next_burst_is_greeted_anew(bot: Bot) -> None:
    for name in ("老李", "小陈"):
        _comes(bot, f"“小王”邀请“{name}”加入了群聊")
        bot.advance(timedelta(seconds=20))
        bot.should_reply(f"欢迎 {name} 加入项目组！")


def test_an_english_phone_is_answered_in_english(bot: Bot) -> None:
    _comes(bot, '"Amy" invited "Bob" to the group chat')
    bot.advance(timedelta(seconds=15))
    bot.should_reply("Welcome to 项目组, Bob!")


@pytest.mark.parametrize(
    "bot",
    [{"text": "{names}（{count}）{0.__class__} {names!r}", "most_names": 1, "mention": True}],
    indirect=True,
)
def test_its_owner_sets_the_words_and_no_name_is_read_as_a_template(bot: Bot) -> None:
    _comes(bot, "“小王”邀请“{count}、老李”加入了群聊")
    (draft,) = bot.advance(timedelta(seconds=15))
    bot.should_reply("{count}等 2 位（2）{0.__class__} {names!r}")
    assert draft.mentions == ("{count}",)


def test_people_who_talk_of_joining_are_not_greeted(bot: Bot) -> None:
    bot.receives("“小王”邀请“老李”加入了群聊", chat="项目组", group=True)
    bot.advance(timedelta(minutes=1))
    bot.should_be_silent()


@pytest.mark.parametrize("bot", [{"gather_seconds": 0}], indirect=True)
def test_who_does_not_want_to_wait_greets_at_once(bot: Bot) -> None:
    _comes(bot, "“小王”邀请“老李”加入了群聊")
    bot.should_reply("欢迎 老李 加入项目组！")

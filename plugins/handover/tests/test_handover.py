"""Who has a chat: people who ask, admins who take it, and the bot that comes back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from plugins.grants import Grants
from plugins.instances import Declared, instance_of
from plugins.kit import Bot
from plugins.kit.contract import PluginContract
from plugins.loader import load_plugin
from plugins.plugin import Instance
from plugins.roles import Known, Roles
from schemas.event import ApiEventReceived

HOME = Path(__file__).parents[1]


class TestContract(PluginContract):
    said = ("转人工", "hello", "/resume", "/handover 2h", "/handover status", "/交还")
    config: ClassVar = {"notify": "老板"}
    role = "admin"


def _instance(name: str, config: dict[str, Any]) -> Instance:
    declared = Declared(config=config, grants=Grants(chats=("*",), schedule=True))
    instance = instance_of(name, load_plugin(HOME.parent / name), declared)
    boss = Known(role="admin", name="老板", unproven=True, chats=("客户群",))
    own = Known(role="admin", chat="店长")
    object.__setattr__(instance, "roles", Roles((boss, own)))
    return instance


@pytest.fixture
def bot() -> Iterator[Bot]:
    made = Bot(_instance("handover", {"notify": "老板"}), _instance("echo", {}))
    yield made
    made.close()


def _says(bot: Bot, text: str, sender: str = "小王") -> None:
    bot.receives(text, sender=sender, chat="客户群", group=True)


def test_who_asks_for_a_person_gets_one_and_the_bot_is_silent(bot: Bot) -> None:
    _says(bot, "我要转人工！")
    bot.should_reply(
        "已为你转接人工，请稍候。",
        "🙋 客户群 的 小王 请求人工：我要转人工！\n机器人在那里已静默。交还：/resume 客户群",
    )
    assert [draft.chat_id for draft in bot.answers] == ["客户群", "老板"]
    _says(bot, "/echo 在吗")
    bot.should_be_silent()
    _says(bot, "人工")
    bot.should_be_silent()
    bot.receives("/echo other chats go on", sender="小陈")
    bot.should_reply("other chats go on")


def test_it_comes_back_when_nobody_has_written_for_a_while(bot: Bot) -> None:
    _says(bot, "human?")
    assert len(bot.answers) == 2
    for _ in range(3):
        bot.advance(timedelta(minutes=20))
        _says(bot, "/echo still there?")
        bot.should_be_silent()
    bot.advance(timedelta(minutes=31))
    _says(bot, "/echo hello")
    bot.should_reply("hello")


def test_an_admin_takes_a_chat_over_sees_who_has_it_and_gives_it_back(bot: Bot) -> None:
    _says(bot, "/接管 2小时", "老板")
    (draft,) = bot.answers
    assert "已由 老板 接管" in draft.content.model_dump()["text"]
    assert "19:00" in draft.content.model_dump()["text"]
    bot.advance(timedelta(minutes=90))
    _says(bot, "/echo hello")
    bot.should_be_silent()
    _says(bot, "/handover status", "老板")
    bot.should_reply("老板 has taken over since 17:00; given back at 20:30 at the earliest.")
    _says(bot, "/resume", "老板")
    bot.should_reply("I am back.")
    _says(bot, "/echo hello")
    bot.should_reply("hello")
    _says(bot, "/交还", "老板")
    bot.should_reply("现在由我应答，没有人接管。")


def test_nobody_else_takes_over_or_gives_back(bot: Bot) -> None:
    _says(bot, "/handover")
    bot.should_be_silent()
    _says(bot, "/echo hello")
    bot.should_reply("hello")
    _says(bot, "/handover", "老板")
    _says(bot, "/resume")
    bot.should_be_silent()
    _says(bot, "/echo hello")
    bot.should_be_silent()


def test_what_names_no_chat_and_no_length_of_time_is_told(bot: Bot) -> None:
    _says(bot, "/handover soon", "老板")
    bot.should_reply("I know no chat “soon”. /handover list numbers them.")


def test_an_admin_takes_and_gives_back_from_a_chat_of_their_own(bot: Bot) -> None:
    bot.receives("/接管 列表", sender="店长")
    bot.should_reply("还没有人请求人工，也没有被接管的会话。")
    bot.receives("转人工", sender="小陈")
    bot.receives("/handover list", sender="店长")
    bot.should_reply(
        "Chats:\n1. 小陈: asked for a person (17:00) 小陈\n"
        "/handover [NUMBER] [how long, such as 30m or 2h], /resume [NUMBER]"
    )
    bot.receives("/handover 1 2h", sender="店长")
    bot.should_reply("OK, “小陈” is yours and I am silent there. /resume gives it back.")
    bot.advance(timedelta(minutes=90))
    bot.should_be_silent()
    bot.receives("/echo hello", sender="小陈")
    bot.should_be_silent()
    bot.receives("/交还 小陈", sender="店长")
    bot.should_reply("好的，我回到“小陈”。")
    bot.advance(timedelta(seconds=5))
    bot.receives("/echo hello", sender="小陈")
    bot.should_reply("hello")


def test_a_chat_that_never_asked_is_taken_by_its_id(bot: Bot) -> None:
    bot.receives("/handover 0f3a9c11b2", sender="店长")
    bot.should_reply("OK, “0f3a9c11b2” is yours and I am silent there. /resume gives it back.")
    bot.advance(timedelta(seconds=5))
    bot.receives("/echo hello", chat="0f3a9c11b2", sender="小陈")
    bot.should_be_silent()


def test_a_telephone_number_is_no_chats_id(bot: Bot) -> None:
    bot.receives("/handover 13800138000", sender="店长")
    bot.should_reply("I know no chat “13800138000”. /handover list numbers them.")


def test_a_moment_of_another_day_is_told_with_its_date(bot: Bot) -> None:
    _says(bot, "/handover 3d", "老板")
    bot.should_reply(
        "老板 takes over and I stay silent; I am back when nobody has written until "
        "2026-01-04 17:00. /resume gives the chat back at once."
    )


@pytest.mark.parametrize("text", ["这是人工智能", "客服电话是多少", "humans are odd"])
def test_words_that_only_look_like_it_are_no_call(bot: Bot, text: str) -> None:
    _says(bot, text)
    bot.should_be_silent()
    _says(bot, "/echo hello")
    bot.should_reply("hello")


def test_a_program_takes_and_releases_through_the_api(bot: Bot) -> None:
    def posted(number: int, **data: object) -> None:
        bot.sees(
            ApiEventReceived(
                event_id=f"e{number}",
                channel="wechat",
                account="default",
                observed_at=bot.now,
                source="handover",
                destination_chat_id="客户群",
                data=data,
            )
        )
        bot.should_be_silent()

    posted(1, take="1h", by="CRM")
    _says(bot, "/echo hello")
    bot.should_be_silent()
    posted(2, release=True)
    _says(bot, "/echo hello")
    bot.should_reply("hello")

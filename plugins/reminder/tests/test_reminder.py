"""What reminder answers, asks, keeps, rings and cancels."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plugins.grants import Grants
from plugins.instances import Declared, instance_of
from plugins.kit import Bot
from plugins.kit.contract import PluginContract
from plugins.loader import load_plugin
from plugins.roles import Known, Roles
from schemas.content import Mentions

HOME = Path(__file__).parents[1]
MORNING = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # Wednesday, 10:00 in Shanghai


class TestContract(PluginContract):
    said = (
        "提醒我明天3点开会",
        "2",
        "/提醒 每天 9点 喝水",
        "/提醒列表",
        "/取消提醒 1",
        "/remind soon",
        "soon",
    )

    def play(self, bot: Bot) -> None:
        super().play(bot)
        bot.advance(timedelta(days=2))


def _bot(**config: object) -> Bot:
    declared = Declared(config=config, grants=Grants(schedule=True))
    instance = instance_of("reminder", load_plugin(HOME), declared)
    object.__setattr__(instance, "roles", Roles((Known(role="admin", chat="老板"),)))
    return Bot(instance, now=MORNING)


@pytest.fixture
def bot() -> Iterator[Bot]:
    made = _bot()
    yield made
    made.close()


def test_it_says_what_it_understood_and_rings_once_at_that_time(bot: Bot) -> None:
    bot.receives("提醒我明天下午三点半开会")
    bot.should_reply("好的，明天（11月26日 周四）15:30 提醒你：开会。")
    bot.advance(timedelta(hours=29))
    bot.should_be_silent()
    bot.advance(timedelta(minutes=30))
    bot.should_reply("⏰ 开会")
    bot.advance(timedelta(days=3))
    bot.should_be_silent()
    bot.receives("/提醒列表")
    bot.should_reply("现在没有提醒。")


def test_who_asks_in_english_is_answered_in_english(bot: Bot) -> None:
    bot.receives("remind me in 2 hours to call mom")
    bot.should_reply("OK, today (Wed 25 Nov) at 12:00 I will remind you: call mom.")
    bot.advance(timedelta(hours=2))
    bot.should_reply("⏰ call mom")


def test_an_hour_that_nobody_named_is_told_as_a_guess(bot: Bot) -> None:
    bot.receives("/提醒 周五 交周报")
    bot.should_reply("好的，后天（11月27日 周五）09:00 提醒你：交周报。没说几点，先定在 09:00。")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("2", "好的，明天（11月26日 周四）15:00 提醒你：开会。"),
        ("上午", "好的，明天（11月26日 周四）03:00 提醒你：开会。"),
        ("下午三点", "好的，明天（11月26日 周四）15:00 提醒你：开会。"),
        ("后天下午4点", "好的，后天（11月27日 周五）16:00 提醒你：开会。"),
        ("嗯", "没看懂时间。比如“明天下午三点”、“10分钟后”、“每周一9点”。"),
        ("取消", "好的，算了。"),
    ],
)
def test_what_may_mean_two_hours_is_asked_back(bot: Bot, answer: str, told: str) -> None:
    bot.receives("提醒我明天3点开会")
    bot.should_reply(
        "是哪一个？\n1. 明天（11月26日 周四）03:00\n2. 明天（11月26日 周四）15:00\n"
        "回 1 或 2，或直接说时间。"
    )
    bot.receives(answer)
    bot.should_reply(told)


def test_who_names_no_time_is_asked_for_it(bot: Bot) -> None:
    bot.receives("remind me to buy milk")
    bot.should_reply("When? For example “tomorrow at 3pm”, “in 10 minutes”, “every Monday at 9”.")
    bot.receives("in 10 minutes")
    bot.should_reply("OK, today (Wed 25 Nov) at 10:10 I will remind you: buy milk.")
    bot.advance(timedelta(minutes=10))
    bot.should_reply("⏰ buy milk")


def test_a_question_that_nobody_answers_is_dropped_without_a_word(bot: Bot) -> None:
    bot.receives("/提醒 喝水")
    bot.advance(timedelta(minutes=11))
    bot.should_be_silent()


def test_a_repetition_rings_each_time_until_it_is_cancelled(bot: Bot) -> None:
    bot.receives("/提醒 每个工作日 18:00 写日报")
    bot.should_reply("好的，每个工作日 18:00 提醒你：写日报；下一次是今天（11月25日 周三）18:00。")
    bot.advance(timedelta(days=7))
    bot.should_reply(*["⏰ 写日报"] * 5)
    bot.receives("/取消提醒 1")
    bot.should_reply("已取消：写日报")
    bot.advance(timedelta(days=7))
    bot.should_be_silent()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/remind cron 0 9 * * 1,3 x", "every Monday and Wednesday at 09:00 I will remind you: x"),
        ("/remind cron 5 9 1-7 * 1 x", "OK, cron 5 9 1-7 * 1 I will remind you: x"),
        ("/remind cron * * * * * x", "That is too often"),
        ("/remind cron 0,2 9 * * 1 x", "That is too often"),
        ("/提醒 cron */5 * * * * x", "好的，每 5 分钟提醒你"),
        ("/remind cron 61 * * * * x", "That is no cron expression"),
        ("/remind cron 0 9", "That is no cron expression"),
        ("/remind every minute x", "That is too often"),
        ("/remind every other day x", "There is no such time, or I cannot repeat it so"),
        ("/remind yesterday x", "That time is over"),
        ("/提醒 2月30日 x", "没有这样的时间"),
        ("/提醒 每月5号 还款", "好的，每月5日 09:00 提醒你：还款；下一次是12月5日 周六 09:00"),
        ("/提醒 每周一三五 21:00", "好的，每周一、三、五 21:00 提醒你；下一次是今天"),
        ("/提醒 每30分钟 喝水", "好的，每 30 分钟提醒你：喝水"),
        ("/remind every 2 hours drink", "OK, every 2 hours I will remind you: drink"),
        ("/remind end of every month pay", "OK, on the last day of every month at 09:00 I will"),
        ("/remind every Dec 3 party", "OK, every year on 3 Dec at 09:00 I will remind you: party"),
        ("/remind weekends 10:00 clean", "OK, every weekend at 10:00 I will remind you: clean"),
        ("/remind in 3000 days x", "I will remind you: x"),
    ],
)
def test_commands_are_answered(bot: Bot, said: str, told: str) -> None:
    bot.receives(said)
    (draft,) = bot.answers
    assert told in draft.content.model_dump()["text"]


def test_in_a_group_it_hears_who_calls_it_and_calls_them_back(bot: Bot) -> None:
    bot.receives("提醒我10分钟后开会", chat="群", group=True)
    bot.should_be_silent()
    me = Mentions(me=True)
    bot.receives("@鸿雁 提醒我10分钟后开会", chat="群", group=True, mentions=me)
    bot.should_reply("好的，今天（11月25日 周三）10:10 提醒你：开会。")
    bot.receives("/提醒 20分钟后 散会", chat="群", group=True, sender="老李")
    bot.receives("/提醒列表", chat="群", group=True)
    bot.should_reply(
        "提醒：\n1. 今天（11月25日 周三）10:10：开会（小王）\n"
        "2. 今天（11月25日 周三）10:20：散会（老李）\n取消：/取消提醒 编号"
    )
    bot.receives("/取消提醒 2", chat="群", group=True)
    bot.should_reply("这是 老李 的提醒，只有本人或管理员能取消。")
    (draft,) = bot.advance(timedelta(minutes=10))
    bot.should_reply("⏰ 开会")
    assert (draft.chat_id, draft.mentions) == ("群", ("小王",))


def test_what_there_is_not_cannot_be_cancelled(bot: Bot) -> None:
    bot.receives("/unremind 7")
    bot.should_reply("There is no reminder 7.")


@pytest.mark.parametrize(
    "text",
    ["你提醒我了，谢谢", "别提醒我", "that reminds me of you", "明天下午三点开会", "/other 提醒我"],
)
def test_people_who_only_talk_of_it_are_not_answered(bot: Bot, text: str) -> None:
    bot.receives(text)
    bot.should_be_silent()


def test_its_owner_may_leave_it_to_commands_and_bound_it() -> None:
    bot = _bot(natural=False, most=1, tz="America/New_York", usual_hour="07:30")
    bot.receives("提醒我明天下午三点半开会")
    bot.should_be_silent()
    bot.receives("/remind tomorrow call")
    bot.should_reply(
        "OK, tomorrow (Wed 25 Nov) at 07:30 I will remind you: call. "
        "No hour was named, so it is 07:30."
    )
    bot.receives("/remind tomorrow call")
    bot.should_reply("There are 1 reminders here already; cancel some first: /reminders")
    bot.close()


def test_without_the_grant_it_fails_and_says_what_to_write(bot: Bot) -> None:
    made = Bot(instance_of("reminder", load_plugin(HOME), Declared()), now=MORNING)
    made.receives("/remind in 2 hours x")
    made.should_fail("reminder", "schedule = true")
    made.close()

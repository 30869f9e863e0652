"""What a digest tells, of which chats, and of which hours."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from plugins.instances import Declared, instance_of
from plugins.kit import Bot
from plugins.kit.contract import PluginContract
from plugins.loader import load_plugin
from plugins.roles import Known, Roles
from schemas.content import Image, Link, Mentions, SystemLine
from schemas.event import Chat, MessageRecalled
from schemas.failure import BadRequest, DependencyDown
from schemas.identity import event_id

START = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
BOSS = Roles((Known(role="admin", chat="老板"),))
GRANTS = {"history": ["茶友", "车友"], "schedule": True, "llm": True}


def _bot(**config: Any) -> Bot:
    plugin = load_plugin(Path(__file__).parents[1])
    grants = GRANTS | config.pop("grants", {})
    told = {
        "chats": ["老板"],
        "config": {"groups": ["茶友", "车友"], **config},
        "grants": grants,
    }
    made = instance_of("digest", plugin, Declared.model_validate(told))
    return Bot(replace(made, roles=BOSS), now=START)


class TestContract(PluginContract):
    config: ClassVar[dict[str, Any]] = {"groups": ["茶友"]}

    def prepare(self, bot: Bot) -> None:
        bot.llm.answers("他们谈了茶")

    def play(self, bot: Bot) -> None:
        _says(bot, "茶友", "今天喝什么茶")
        _says(bot, "茶友", "龙井", sender="老李")
        bot.advance(timedelta(days=1))
        bot.receives("/digest", chat="老板", role="admin")


@pytest.fixture
def bot() -> Iterator[Bot]:
    made = _bot()
    yield made
    made.close()


def _says(bot: Bot, group: str, content: Any, sender: str = "小王", **more: Any) -> None:
    bot.receives(content, chat=group, group=True, sender=sender, **more)
    assert bot.answers == ()


def _text(bot: Bot) -> str:
    (draft,) = bot.answers
    assert draft.chat_id == "老板"
    text: str = draft.content.text  # type: ignore[union-attr]
    return text


def _until_six(bot: Bot) -> str:
    """A minute past 18:00."""
    bot.advance(START + timedelta(hours=8, minutes=1) - bot.now)
    return _text(bot)


def test_it_counts_who_said_how_much_and_about_what(bot: Bot) -> None:
    _says(bot, "茶友", "周末去龙井村采茶吗？")
    _says(bot, "茶友", "龙井村我去", sender="老李")
    _says(bot, "茶友", "@小王\u2005龙井村几点集合 https://map.test/x", sender="老李")
    _says(bot, "茶友", Image(), sender="小陈")
    _says(bot, "茶友", Link(title="采茶攻略", url="https://tea.test/1"))
    _says(bot, "茶友", "@我\u2005你来吗", mentions=Mentions(me=True))
    _says(bot, "茶友", SystemLine(text="小赵加入了群聊"))
    assert _until_six(bot) == (
        "群摘要 Digest 11-24 18:00 – 11-25 18:00\n"
        "\n"
        "【茶友】6 条\n"
        "发言 who: 小王 3、老李 2、小陈 1\n"
        "热词 words: 龙井村 3\n"
        "其中 among them: 图片 1、链接 1\n"
        "@我 of you: 1 次\n"
        "链接 links:\n"
        "· https://map.test/x\n"
        "· 采茶攻略 https://tea.test/1"
    )


def test_other_chats_are_not_read(bot: Bot) -> None:
    _says(bot, "茶友", "龙井")
    _says(bot, "家人", "秘密")
    bot.receives("私聊", sender="小李")
    text = _until_six(bot)
    assert "茶友" in text
    assert "家人" not in text


def test_the_window_ends_at_its_hour_and_the_next_begins_there(bot: Bot) -> None:
    bot.advance(START + timedelta(hours=8) - timedelta(seconds=1) - bot.now)
    _says(bot, "茶友", "就在六点之前")
    bot.advance(timedelta(seconds=1))
    _says(bot, "茶友", "六点整")
    _says(bot, "茶友", "六点整又一条")
    bot.advance(timedelta(seconds=60))
    assert "【茶友】1 条" in _text(bot)
    bot.advance(timedelta(hours=24))
    assert "【茶友】2 条" in _text(bot)


def test_a_recalled_message_is_not_told(bot: Bot) -> None:
    _says(bot, "茶友", "一")
    _says(bot, "茶友", "说错了的秘密")
    recalled = MessageRecalled(
        event_id="r1",
        channel="wechat",
        account="default",
        observed_at=bot.now,
        chat=Chat(chat_id="茶友", title="茶友", kind="group"),
        recalled_event_id=event_id("default", "茶友", "made-up", 2, ""),
    )
    bot.sees(recalled)
    assert "【茶友】1 条" in _until_six(bot)


def test_a_quiet_day_is_said_or_not() -> None:
    for word in ("各群都很安静。(All was quiet.)", ""):
        made = _bot(when_quiet=word)
        made.advance(timedelta(hours=8, minutes=1))
        assert [draft.content.text for draft in made.answers] == ([word] if word else [])  # type: ignore[union-attr]
        made.close()


def test_a_model_sums_up() -> None:
    made = _bot(summary=True, instructions="只看生意")
    made.llm.answers("大家约了周六九点去龙井村。")
    _says(made, "茶友", "周六九点龙井村")
    _says(made, "茶友", "好", sender="老李")
    text = _until_six(made)
    assert "【茶友】2 条\n发言 who: 小王 1、老李 1\n大家约了周六九点去龙井村。" in text
    asked = made.llm.asked[0].messages
    assert asked[1]["content"] == "10:00 小王: 周六九点龙井村\n10:00 老李: 好"
    assert asked[0]["content"].endswith("只看生意")
    made.close()


def test_a_long_day_is_summed_up_in_pieces() -> None:
    made = _bot(summary=True)
    made.llm.answers("上半场", "下半场", "全天")
    for _ in range(60):
        _says(made, "茶友", "很长" * 150)
    assert "全天" in _until_six(made)
    assert made.llm.asked[-1].messages[1]["content"] == "上半场\n\n下半场"
    made.close()


def test_without_a_model_it_is_counted_all_the_same() -> None:
    made = _bot(summary=True)
    made.llm.fails(BadRequest("no such model"))
    _says(made, "茶友", "龙井")
    text = _until_six(made)
    assert "【茶友】1 条" in text
    assert "模型没有总结" in text
    made.close()


def test_a_model_that_is_away_is_waited_for() -> None:
    made = _bot(summary=True)
    made.llm.fails(DependencyDown("away"))
    _says(made, "茶友", "龙井")
    made.advance(timedelta(hours=8, minutes=1))
    assert isinstance(made.should_fail("digest", "away"), DependencyDown)
    made.close()


def test_an_admin_may_ask_for_it_and_others_may_not() -> None:
    made = _bot()
    _says(made, "茶友", "龙井")
    made.advance(timedelta(minutes=30))
    made.receives("/digest", chat="茶友", group=True)
    assert made.answers == ()
    made.receives("/摘要 0.5", sender="老板")
    assert "11-25 10:00 – 10:30" in _text(made)
    made.close()


def test_a_group_that_was_not_granted_is_refused() -> None:
    made = _bot(grants={"history": ["茶友"]})
    made.advance(timedelta(hours=8, minutes=1))
    made.should_fail("digest", 'history = ["车友"]')
    made.close()

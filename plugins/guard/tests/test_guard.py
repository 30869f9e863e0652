"""What guard holds, of people and of plugins, whom it warns and whom it tells."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from plugins.grants import Grants
from plugins.guard.lexicon import Lexicon
from plugins.instances import Declared, instance_of
from plugins.kit import Bot
from plugins.kit.contract import PluginContract
from plugins.loader import load_plugin
from plugins.plugin import Instance
from plugins.roles import Known, Roles
from schemas.content import Content, File, Link, MiniProgram, RedPacket, Text

HOME = Path(__file__).parents[1]
WORDS: dict[str, Any] = {
    "words": ["代购", "casino"],
    "expressions": [r"1[3-9]\d{9}"],
    "notify": "老板",
}


class TestContract(PluginContract):
    said = ("代购", "/guard", "hello", "hello", "hello")
    config: ClassVar = {"words": ["代购"], "rate": {"messages": 2, "seconds": 9}, "notify": "老板"}
    role = "member"


def _instance(name: str, config: dict[str, Any]) -> Instance:
    declared = Declared(config=config, grants=Grants(chats=("老板",)))
    instance = instance_of(name, load_plugin(HOME.parent / name), declared)
    boss = Known(role="admin", chat="老板")
    object.__setattr__(instance, "roles", Roles((boss,)))
    return instance


def _bot(**config: Any) -> Bot:
    return Bot(_instance("guard", WORDS | config), _instance("echo", {}))


@pytest.fixture
def guarded() -> Iterator[Bot]:
    bot = _bot()
    yield bot
    bot.close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("专业代购", "代购"),
        ("专业代 购", "代购"),
        ("代·购", "代购"),
        ("代\u200b购", "代购"),
        ("ＣＡＳＩＮＯ online", "casino"),
        ("casinos", None),
        ("ca\u200bsi\u00adno", "casino"),
        ("c\u0430sin\u043e", "casino"),  # two Cyrillic letters
        ("代\ufe0f购", "代购"),
        ("加我 13800138000", r"1[3-9]\d{9}"),
        ("代替购买", None),
        ("hello", None),
    ],
)
def test_words_are_found_in_their_disguises(text: str, found: str | None) -> None:
    lexicon = Lexicon.of(WORDS["words"], WORDS["expressions"])
    assert lexicon.find(text) == found


def test_what_is_masked_leaves_the_rest_as_it_was() -> None:
    lexicon = Lexicon.of(WORDS["words"], WORDS["expressions"])
    said = "你好，ＣＡＳＩＮＯ和代 购！电话１３８００１３８０００。ﬁn"
    assert lexicon.masked(said) == "你好，***和***！电话***。ﬁn"


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("café", "my cafe\u0301!"),
        ("ガチャ", "ｶﾞﾁｬ"),
        ("casino", "a ca\u200bsino b"),
        ("代购", "代\ufe0f购"),
    ],
)
def test_what_is_found_is_masked_however_it_is_spelled(word: str, text: str) -> None:
    lexicon = Lexicon.of([word], [])
    assert lexicon.find(text) == word
    assert "***" in lexicon.masked(text)
    assert lexicon.find(lexicon.masked(text)) is None


def test_nobody_gets_past_by_what_an_expression_chokes_on() -> None:
    lexicon = Lexicon.of([], ["^(a|aa)+$"])
    assert lexicon.find("a" * 60 + "!") == "^(a|aa)+$"


@pytest.mark.parametrize(
    "content", [Link(title="专业代购"), MiniProgram(title="代购"), RedPacket(greeting="代 购")]
)
def test_titles_of_cards_are_read_too(guarded: Bot, content: Content) -> None:
    said = [draft.content for draft in guarded.receives(content, chat="群", group=True)]
    assert Text(text="请注意言辞，这条消息不会被处理。") in said


def test_a_hit_is_warned_told_and_kept_from_plugins_behind(guarded: Bot) -> None:
    guarded.receives("/echo 代购", chat="群", group=True)
    guarded.should_reply("请注意言辞，这条消息不会被处理。", "⚠️ 群 · 小王：含有“代购”\n/echo 代购")
    assert [draft.chat_id for draft in guarded.answers] == ["群", "老板"]
    guarded.receives("/echo hello", chat="群", group=True)
    guarded.should_reply("hello")


def test_a_second_hit_within_a_minute_is_told_and_not_warned_again(guarded: Bot) -> None:
    guarded.receives("代购")
    assert len(guarded.answers) == 2
    guarded.receives("代购")
    guarded.should_reply("⚠️ 小王 · 小王：含有“代购”\n代购")
    guarded.advance(timedelta(minutes=2))
    guarded.receives("代购")
    assert len(guarded.answers) == 2


def test_a_files_name_is_read_too(guarded: Bot) -> None:
    guarded.receives(File(name="代购价目.pdf"))
    assert len(guarded.answers) == 2


def test_who_is_exempt_may_say_it(guarded: Bot) -> None:
    guarded.receives("谁在代购?", sender="老板")
    guarded.should_be_silent()
    assert guarded.state("guard", "老板") == {}


def test_too_many_messages_of_one_person_are_held_until_time_has_passed() -> None:
    bot = _bot(rate={"messages": 2, "seconds": 10}, notify=None, warn="{sender} 慢一点")
    for text in ("/echo 1", "/echo 2"):
        bot.receives(text, chat="群", group=True)
        bot.should_reply(text.removeprefix("/echo "))
    bot.receives("/echo 3", chat="群", group=True)
    bot.should_reply("小王 慢一点")
    bot.receives("/echo 4", chat="群", group=True, sender="老李")
    bot.should_reply("4")
    bot.advance(timedelta(seconds=11))
    bot.receives("/echo 5", chat="群", group=True)
    bot.should_reply("5")
    bot.close()


@pytest.mark.parametrize(
    ("outgoing", "said"), [("drop", []), ("mask", ["谁在***"]), ("pass", ["谁在代购"])]
)
def test_what_plugins_are_about_to_say_is_read_too(outgoing: str, said: list[str]) -> None:
    bot = _bot(outgoing=outgoing, incoming=False)
    bot.receives("/echo 谁在代购")
    bot.should_reply(*said, "⚠️ 插件 echo 将要在 小王 说的话含有“代购”，已拦下")
    bot.close()


def test_an_admin_reads_what_was_held(guarded: Bot) -> None:
    guarded.receives("/guard", sender="老板")
    guarded.should_reply("没有被拦下的消息。")
    guarded.receives("/guard")
    guarded.should_be_silent()
    guarded.receives("代购", sender="小王")
    assert guarded.state("guard", "小王")["log"][0]["why"] == "含有“代购”"


def test_it_speaks_english_where_its_owner_wants_it() -> None:
    bot = _bot(language="en", notify=None)
    bot.receives("casino")
    bot.should_reply("Please mind your words; this message is not processed.")
    bot.close()

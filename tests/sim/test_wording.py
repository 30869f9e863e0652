"""WeChat's words: each in both languages, with the same gaps, and each once."""

import re

from device_agent.sim.chat_words import CHAT_WORDS
from device_agent.sim.people_words import PEOPLE_WORDS
from device_agent.sim.wording import WORDS, word

HAN = re.compile(r"[\u4e00-\u9fff]")
PAIRS = {**CHAT_WORDS, **PEOPLE_WORDS}


def test_both_languages_have_the_same_words() -> None:
    assert set(WORDS["zh"]) == set(WORDS["en"])
    assert all(chinese and english for chinese, english in PAIRS.values())


def test_no_english_word_is_chinese_and_gaps_are_the_same() -> None:
    pairs = [(word("zh", key), word("en", key)) for key in (*WORDS["zh"], *PAIRS)]

    assert [english for _, english in pairs if HAN.search(english.replace("微信", ""))] == []
    assert [pair for pair in pairs if pair[0].count("{}") != pair[1].count("{}")] == []


def test_a_word_that_two_tables_have_is_the_same_in_both() -> None:
    for key in set(CHAT_WORDS) & set(PEOPLE_WORDS):
        assert CHAT_WORDS[key] == PEOPLE_WORDS[key], key
    assert not set(WORDS["zh"]) & set(PAIRS)

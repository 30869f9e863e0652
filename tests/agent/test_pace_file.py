"""The pace file: what it may say, and what it is told where it is wrong."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_agent.policy import PolicyWrong, load_policy
from device_agent.quiet import quiet_until


def test_a_file_says_only_what_is_to_be_different(tmp_path: Path) -> None:
    file = tmp_path / "pace.toml"
    file.write_text('[budgets.device]\nhour = 90\n[[quiet]]\nfrom = "13:00"\nto = "14:00"\n')
    mine, defaults = load_policy(file), load_policy(None)

    assert mine.budgets.device.hour == 90
    assert mine.budgets.device.day == defaults.budgets.device.day
    assert mine.hand == defaults.hand
    assert len(mine.quiet) == 1  # a list replaces a list


def test_a_chats_own_table_leaves_the_rest_as_for_all(tmp_path: Path) -> None:
    file = tmp_path / "pace.toml"
    file.write_text('[[chats]]\ntitle = "a*"\napproval = { words = ["加微信"] }\n')
    mine = load_policy(file)

    assert mine.terms("ab", "group").approval.words == ("加微信",)
    assert mine.terms("ab", "group").approval.everybody
    assert mine.terms("b", "group").approval.words == ()
    assert mine.terms("ab", "group").budget == mine.budgets.chat


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("zone = 'Asia/Peking'", "zone: no zone is called 'Asia/Peking'"),
        ("[hand]\ngap_seconds = [5, 1]", "hand.gap_seconds: the first number is the least"),
        ("[budgets.device]\nhuor = 3", "budgets.device.huor: there is no such setting"),
        ("[[quiet]]\nfrom = '08:00'\nto = '08:00'", "quiet.0: `from` and `to` are the same"),
        (
            "[[quiet]]\nfrom = '00:00'\nto = '12:00'\n[[quiet]]\nfrom = '12:00'\nto = '00:00'",
            "quiet leaves no minute of the week",
        ),
        ("chats = 3", "chats: "),
        ("a =", "cannot be read"),
    ],
)
def test_a_wrong_file_is_told_where_and_why(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "pace.toml"
    file.write_text(text)

    with pytest.raises(PolicyWrong) as error:
        load_policy(file)

    assert str(file) in str(error.value)
    assert told in str(error.value)


def test_spans_that_adjoin_are_one_quiet(tmp_path: Path) -> None:
    file = tmp_path / "pace.toml"
    file.write_text(
        '[[quiet]]\nfrom = "23:00"\nto = "07:00"\n'
        '[[quiet]]\nfrom = "07:00"\nto = "09:00"\ndays = ["sat", "sun"]\n'
    )
    spans = load_policy(file).terms("a", "private").quiet

    friday_night = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    assert quiet_until(spans, friday_night) == datetime(2026, 11, 28, 9, tzinfo=UTC)
    monday_night = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert quiet_until(spans, monday_night) == datetime(2026, 11, 24, 7, tzinfo=UTC)


@pytest.mark.parametrize("page", ["pace.md", "pace.zh-CN.md"])
def test_the_example_of_the_guide_holds(tmp_path: Path, page: str) -> None:
    text = (Path(__file__).parents[2] / "docs/operate" / page).read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    file = tmp_path / "pace.toml"
    file.write_text(example, encoding="utf-8")
    mine = load_policy(file)

    assert (mine.zone, mine.budgets.device.hour, len(mine.quiet)) == ("Asia/Shanghai", 40, 2)
    assert mine.terms("值班一群", "group").quiet == ()
    assert mine.terms("值班一群", "group").budget.hour == 60
    assert mine.terms("值班一群", "private").quiet


def test_the_guide_tells_the_figures_that_hold() -> None:
    text = (Path(__file__).parents[2] / "docs/operate/pace.md").read_text(encoding="utf-8")
    mine = load_policy(None)
    device, chat, new = mine.budgets.device, mine.budgets.chat, mine.budgets.new_chats

    assert f"sent {device.minute} bubbles in 60 s, {device.hour} in an hour, {device.day}" in text
    assert f"the chat got {chat.minute}, {chat.hour}, {chat.day} |" in text
    assert f"| {new.hour} and {new.day} chats that nobody" in text
    assert f"went to {mine.approval.same_text_chats} other chats within an hour" in text
    assert f"went there {mine.loop.same_text} times within 10 minutes" in text
    assert f"the {mine.loop.volleys + 1}th answer in a row" in text
    assert f"within {mine.loop.volley_seconds:g} s of our last one" in text

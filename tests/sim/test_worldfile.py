"""World files: what they may say, what a phone makes of it, and how errors name their place."""

import asyncio
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from device_agent.sim.clock import Clock, rfc3339
from device_agent.sim.content import KINDS
from device_agent.sim.dating import dated
from device_agent.sim.failure import Refusal
from device_agent.sim.main import running
from device_agent.sim.phone import Phone
from device_agent.sim.script_parts import DeedPart
from device_agent.sim.world_parts import ChatPart, ContactPart, GroupPart
from device_agent.sim.worldfile import Malformed, load, parse
from device_agent.sim.yaml_places import read, typed
from hongyan.commands.processes import sim

WORLDS = Path(__file__).parents[2] / "examples" / "worlds"
EXAMPLES = sorted(WORLDS.glob("*.yml"))
NOW = 1_795_570_200.0  # 2026-11-25 09:30 in China
MIDNIGHT = (WORLDS / "midnight.yml").read_text("utf-8")
SMALL = """\
clock: {start: 2026-11-25T09:30:00+08:00}
owner: 小雁
contacts:
  - 小王
  - {name: 张伟, id: one}
  - {name: 张伟, id: two, remark: 张伟-供应商}
groups:
  - {name: 项目群, members: [小王, 李娜], nicknames: {李娜: 娜娜}}
  - {members: [小王, 李娜], id: lunch}
officials: [上海发布]
chats:
  - chat: 小王
    unread: 2
    draft: 好的，
    pinned: true
    messages:
      - -1d 18:20 小王: 在吗
      - me: 666
      - 09:00 小王: 早
      - {kind: image, at: +30s, id: picture}
      - {from: me, text: 收到, quote: picture, failed: true}
  - chat: two
    messages: [样品寄出]
  - chat: lunch
    messages:
      - system: 你加入了群聊
      - {from: 李娜, kind: voice, seconds: 7}
"""


def a_phone(data: Path | None = None) -> Phone:
    clock = Clock(real=lambda: NOW)
    return Phone("SIM", clock=clock, data=data, monotonic=lambda: 0.0)


def peopled(text: str) -> Phone:
    phone = a_phone()
    parse(text, "world.yml").apply(phone)
    return phone


def test_a_file_peoples_a_phone() -> None:
    phone = peopled(SMALL)
    world = phone.world

    assert rfc3339(phone.clock.seconds()) == "2026-11-25T09:30:00.000+08:00"
    assert world.owner == "小雁"
    assert [chat.shown_title for chat in world.contacts()] == ["小王", "张伟", "张伟-供应商"]
    titles = [chat.shown_title for chat in world.listing()]
    assert sorted(titles) == sorted(["小王", "小王、李娜", "张伟-供应商"])
    assert titles[0] == "小王"
    [wang] = world.titled("小王")
    assert (wang.unread, wang.draft, wang.pinned) == (2, "好的，", True)
    rows = [(one.sender, one.kind, rfc3339(one.at)[5:19]) for one in wang.messages]
    assert rows == [
        ("小王", "text", "11-24T18:20:00"),
        ("小雁", "text", "11-24T18:20:15"),
        ("小王", "text", "11-25T09:00:00"),
        ("小王", "image", "11-25T09:00:30"),
        ("小雁", "text", "11-25T09:00:45"),
    ]
    assert wang.messages[1].content["text"] == "666"
    assert wang.messages[4].quote == wang.messages[3].message_id
    assert [one.failed for one in wang.messages] == [False, False, False, False, True]
    assert phone.truth.sent == []
    assert phone.notifications.notices() == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_loads(path: Path) -> None:
    phone = a_phone()
    load(path).apply(phone)
    assert phone.world.listing()


def test_the_busy_team_has_one_of_everything() -> None:
    phone = a_phone()
    load(WORLDS / "busy-team.yml").apply(phone)
    world = phone.world
    messages = list(world.messages.values())

    assert {message.kind for message in messages} == set(KINDS)
    assert any(message.quote for message in messages)
    assert any(message.failed for message in messages)
    assert any(message.content.get("collapsed") for message in messages)
    assert max(chat.unread for chat in world.listing() if not chat.muted) > 99
    titles = Counter(chat.title for chat in world.chats.values())
    assert titles["张伟"] == 2
    assert titles["小区业主群"] == 2
    assert world.folded_chats()
    assert world.officials()
    for trait in ("pinned", "muted", "unnamed", "saved", "draft", "mentions_me", "nicknames"):
        assert any(getattr(chat, trait) for chat in world.chats.values()), trait
    for trait in ("removed_me", "blocked_me", "deleted_me", "announcement", "remark"):
        assert any(getattr(chat, trait) for chat in world.chats.values()), trait


CHAT = "contacts: [小王]\nchats:\n  - chat: 小王\n    messages:\n"
GROUP = "groups: [{name: 群, members: [a]}]\nchats:\n  - chat: 群\n    messages:\n"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: [", "2:1: ", "this is no YAML"),
        ("\ta: 1", "1:1: ", "this is no YAML"),
        ("[" * 5000, "1:", "this is no YAML"),
        ("- a", "1:1: ", "a world file is a mapping"),
        ("people: []", "1:1: people: ", "unknown key; known here: device, clock, owner"),
        ("contacts: 小王", "1:1: contacts: ", "must be a list"),
        ("contacts:\n  - {remark: x}", "2:5: contacts[0].name: ", "is missing"),
        ("contacts:\n  - {name: a, nmae: b}", "2:15: contacts[0].nmae: ", "unknown key"),
        ("contacts: [{name: a, name: b}]", "1:22: contacts[0].name: ", "twice"),
        ("contacts: &a [x]\ngroups: *a", "1:11: groups: ", "write it out"),
        (
            "contacts: [{name: a, id: x}, {name: b, id: x}]",
            "1:40: contacts[1].id: ",
            "has the id `x` already",
        ),
        ("groups: [{saved: true}]", "1:10: groups[0].name: ", "members to be called after"),
        (
            "groups: [{name: 群, members: [a], nicknames: {b: c}}]",
            "1:34: groups[0].nicknames: ",
            "`b` is not among the members",
        ),
        ("device: {locale: fr_FR}", "1:10: device.locale: ", "zh or en"),
        ("device: {colour: red}", "1:10: device.colour: ", "unknown"),
        ("clock: {start: morning}", "1:9: clock.start: ", "must be a date and time"),
        ("clock: {start: 2026-11-25 09:30}", "1:9: clock.start: ", "needs a zone"),
        ("clock: {speed: fast}", "1:9: clock.speed: ", "must be a number, not `fast`"),
        ("clock: {speed: -1}", "1:9: clock.speed: ", "must be at least 0"),
        ("chats: [{chat: 小王}]", "1:10: chats[0].chat: ", "there is no contact"),
        ("contacts: [a, a]\nchats: [{chat: a}]", "2:10: chats[0].chat: ", "2 are called `a`"),
        ("contacts: [a]\nchats: [{chat: a}, {chat: a}]", "2:21: chats[1].chat: ", "further up"),
        (CHAT + "      - {kind: pic}", "5:10: chats[0].messages[0].kind: ", "not `pic`"),
        (CHAT + "      - {text: a, txet: b}", "5:19: chats[0].messages[0].txet: ", "unknown key"),
        (
            CHAT + "      - {kind: voice, seconds: x}",
            "5:23: chats[0].messages[0].seconds: ",
            "a num",
        ),
        (CHAT + "      - {kind: text}", "5:9: chats[0].messages[0].text: ", "not empty"),
        (CHAT + "      - [x]", "5:9: chats[0].messages[0]: ", "a message is a text"),
        (CHAT + "      - 小李: 在吗", "5:9: chats[0].messages[0]: ", "only `小王`, `me` and"),
        (CHAT + "      - {text: a, at: soon}", "5:19: chats[0].messages[0].at: ", "a time is one"),
        (CHAT + "      - {text: a, at: +1h}", "5:19: chats[0].messages[0].at: ", "later than"),
        (
            CHAT + "      - -1h 小王: b\n      - -2h 小王: a",
            "6:9: chats[0].messages[1].at: ",
            "before the last",
        ),
        (CHAT + "      - {text: a, quote: b}", "5:19: chats[0].messages[0].quote: ", "no message"),
        (CHAT + "      - {text: a, failed: true}", "5:19: chats[0].messages[0].failed: ", "`me`"),
        (CHAT + "      - {text: a, failed: 7}", "5:19: chats[0].messages[0].failed: ", "true or"),
        (GROUP + "      - 在吗", "5:9: chats[0].messages[0]: ", "say who writes"),
        ("script: [{do: {advance: 1}}]", "1:10: script[0]: ", "say when it is due"),
        ("script: [{at: 1, do: {jump: 1}}]", "1:23: script[0].do.jump: ", "unknown key"),
        ("script: [{at: 1, do: []}]", "1:18: script[0].do: ", "must not be empty"),
        (
            "script: [{at: 1, do: {receive: {小王: 在吗}}}]",
            "1:23: script[0].do.receive.chat: ",
            "there is no contact",
        ),
        (
            "script: [{at: 1, do: [{fault: {name: none}}]}]",
            "1:24: script[0].do[0].fault: ",
            "no fault is called `none`",
        ),
        (
            "script: [{when: {on: blink}, do: {advance: 1}}]",
            "1:18: script[0].when.on: ",
            "must be one of 'row_tap'",
        ),
    ],
)
def test_an_error_names_file_line_column_and_path(text: str, place: str, words: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(text, "world.yml")

    said = str(caught.value)
    assert said.startswith(f"world.yml:{place}"), said
    assert words in said
    assert "\n" not in said


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_by_its_place(data: st.DataObject) -> None:
    text = MIDNIGHT
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 12))
        new = data.draw(st.text(st.sampled_from("-:[]{}\"'#&*!|>%@` \n\tx0小"), max_size=3))
        text = text[:at] + new + text[at + gone :]
    wrong = refusal_of(text)

    if wrong is not None:
        assert str(wrong).startswith(f"world.yml:{wrong.line}:{wrong.column}: ")
        assert 1 <= wrong.line <= text.count("\n") + 2


def refusal_of(text: str) -> Malformed | None:
    try:
        parse(text, "world.yml")
    except Malformed as wrong:
        return wrong
    return None


@pytest.mark.parametrize(
    ("form", "time"),
    [
        ("-2d 09:15", "2026-11-23T09:15:00"),
        ("09:15", "2026-11-25T09:15:00"),
        ("09:45", "2026-11-24T09:45:00"),
        ("-0d 08:00:30", "2026-11-25T08:00:30"),
        ("-90m", "2026-11-25T08:00:00"),
        ("-1.5h", "2026-11-25T08:00:00"),
        ("+20s", "2026-11-25T09:20:20"),
        ("2026-11-25T01:00:00Z", "2026-11-25T09:00:00"),
    ],
)
def test_times_have_short_forms(form: str, time: str) -> None:
    assert rfc3339(dated(form, NOW, NOW - 600))[:19] == time


@pytest.mark.parametrize("form", ["", "9", "25:00", "2026-11-25T09:00:00", "-d 09:00"])
def test_other_times_are_refused(form: str) -> None:
    with pytest.raises(ValueError, match=r"time is one of|needs a zone"):
        dated(form, NOW, None)


def test_plain_scalars_mean_what_they_say() -> None:
    marked = read("on: yes\nat: 09:15\nn: 3\nf: 1.5\nt: true\nnothing:\nq: '3'\nz: 007", "x")

    assert typed(marked.data) == {
        "on": "yes",
        "at": "09:15",
        "n": 3,
        "f": 1.5,
        "t": True,
        "nothing": None,
        "q": "3",
        "z": "007",
    }
    assert marked.places["f",] == (4, 1)


def test_a_phone_with_chats_is_left_as_it_is() -> None:
    phone = a_phone()
    phone.world.add_chat("小李")

    with pytest.raises(Refusal) as caught:
        parse(SMALL, "world.yml").apply(phone)

    assert caught.value.status == 409
    assert [chat.title for chat in phone.world.chats.values()] == ["小李"]


def test_ten_thousand_messages_load_within_three_seconds(tmp_path: Path) -> None:
    lines = "".join(f"      - 小王: 第{number}条\n" for number in range(10_000))
    phone = a_phone(tmp_path)
    start = time.process_time()

    parse(CHAT + lines, "world.yml").apply(phone)

    assert time.process_time() - start < 3
    assert len(phone.world.messages) == 10_000
    phone.close()
    again = a_phone(tmp_path)
    assert len(again.world.messages) == 10_000
    again.close()


def test_a_kept_world_is_not_loaded_over(tmp_path: Path) -> None:
    described = parse(SMALL, "world.yml")

    async def one_run() -> tuple[int, str]:
        async with running(data=tmp_path, world=described) as (_, fleet):
            phone = fleet.phone(None)
            seen = len(phone.world.messages), phone.world.owner
            phone.receive(phone.world.titled("小王")[0], "小王", {"kind": "text", "text": "新"})
            phone.keep()
            return seen

    assert asyncio.run(one_run()) == (8, "小雁")
    assert asyncio.run(one_run()) == (9, "小雁")


def test_the_command_names_the_place_and_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "team.yml"
    path.write_text("contacts:\n  - {name: a, nmae: b}\n", "utf-8")

    ended = CliRunner().invoke(sim, ["--world", str(path)])

    assert ended.exit_code == 2
    assert "team.yml:2:15: contacts[0].nmae: unknown key" in ended.output.replace("\n", "")


def test_a_file_that_is_no_text_is_refused_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "team.yml"
    path.write_bytes(b"owner: a\nx: \xff\xfe")

    with pytest.raises(Malformed, match=r"team\.yml:2:4: this is no UTF-8 text"):
        load(path)


def test_the_example_of_the_documentation_loads_and_every_field_is_in_it() -> None:
    guide = (WORLDS.parents[1] / "docs" / "simulated-phone-worlds.md").read_text("utf-8")
    [example] = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)

    phone = peopled(example)

    assert len(phone.world.chats) == 8
    for kind in KINDS:
        assert f"`{kind}`" in guide, kind
    for part in (ContactPart, GroupPart, ChatPart, DeedPart):
        for name in part.model_fields:
            assert re.search(rf"\b{name}\b", guide), name


def test_a_standing_clock_stands_still_unless_the_file_gives_it_a_speed() -> None:
    def standing(text: str) -> float:
        phone = Phone("SIM", clock=Clock(real=lambda: NOW, start=NOW, speed=0))
        parse(text, "world.yml").apply(phone)
        return phone.clock.speed

    assert standing("contacts: [小王]") == 0
    assert standing("clock: {start: 2026-11-25T09:30:00+08:00}") == 0
    assert standing("clock: {speed: 60}") == 60

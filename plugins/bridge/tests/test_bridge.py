"""What bridge shows where, in whose name, with quotes and media, and what it lets go no further."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from plugins.draft import Draft
from plugins.grants import Grants
from plugins.instances import Declared, instance_of
from plugins.kit import Bot
from plugins.kit.contract import PluginContract
from plugins.loader import load_plugin
from schemas.content import Image, Media, Quote, SystemLine, Text, Voice
from schemas.event import Chat, MessageRecalled, MessageReceived, Sender, WebhookReceived
from schemas.identity import event_id

HOME = Path(__file__).parents[1]
NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
MEDIA = {"sha256": "a" * 64, "size": 3, "mime": "image/png", "name": "a.png"}
CRM = {"channel": "webhook", "account": "crm", "chat_id": "team"}
ERP = {"channel": "webhook", "account": "erp", "chat_id": "team"}
FAMILY = {"chat_id": "家人", "label": "微信"}
SHOP = {"chat_id": "小店"}


def _bot(*members: dict[str, str], **more: Any) -> Bot:
    room = {"name": "team", "members": members, **more.pop("room", {})}
    every = Grants(chats=("*:*:*",))
    declared = Declared(config={"rooms": [room], **more}, grants=every)
    return Bot(instance_of("bridge", load_plugin(HOME), declared))


class TestContract(PluginContract):
    said = ("你好", Image(media=Media.model_validate(MEDIA)), "/bridge")
    config: ClassVar[dict[str, Any]] = {
        "rooms": [{"name": "team", "members": [{"chat_id": "小王"}, FAMILY, SHOP]}]
    }


@pytest.fixture
def bot() -> Iterator[Bot]:
    made = _bot(FAMILY, CRM, SHOP)
    yield made
    made.close()


def _posts(bot: Bot, number: int = 1, account: str = "crm", **data: Any) -> tuple[Draft, ...]:
    return bot.sees(
        WebhookReceived(
            event_id=f"{account}-{number}",
            channel="webhook",
            account=account,
            observed_at=bot.now,
            source=account,
            destination_chat_id="team",
            data=data,
        )
    )


def _quotes(bot: Bot, text: str, quote: Quote, chat: str = "家人") -> tuple[Draft, ...]:
    return bot.sees(
        MessageReceived(
            event_id=event_id("default", chat, "quoting", 1, text),
            channel="wechat",
            account="default",
            observed_at=bot.now,
            chat=Chat(chat_id=chat, title=chat, kind="group"),
            sender=Sender(name="老李"),
            content=Text(text=text),
            quote=quote,
        )
    )


def _shown(drafts: tuple[Draft, ...]) -> dict[str, str]:
    return {
        f"{one.channel}:{one.chat_id}": one.content.text
        for one in drafts
        if isinstance(one.content, Text)
    }


def test_what_one_writes_is_shown_in_the_others_with_the_name(bot: Bot) -> None:
    drafts = bot.receives("你好", chat="家人", group=True)
    assert _shown(drafts) == {"webhook:team": "你好", "wechat:小店": "小王（微信）：你好"}
    assert {one.author for one in drafts} == {"小王（微信）"}
    assert len({one.origin for one in drafts}) == 1
    back = _posts(bot, author="Alice", text="hello")
    assert _shown(back) == {"wechat:家人": "Alice：hello", "wechat:小店": "Alice：hello"}


def test_other_chats_and_system_lines_are_left_alone(bot: Bot) -> None:
    bot.receives("你好", chat="别人")
    bot.should_be_silent()
    bot.receives(SystemLine(text="小陈加入群聊"), chat="家人", group=True)
    bot.should_be_silent()


def test_media_and_what_cannot_be_sent_go_along(bot: Bot) -> None:
    picture = Image(media=Media.model_validate(MEDIA))
    drafts = bot.receives(picture, chat="家人", group=True)
    assert [(one.chat_id, one.content.kind) for one in drafts] == [
        ("team", "image"),
        ("小店", "text"),
        ("小店", "image"),
    ]
    assert _shown(bot.receives(Voice(seconds=7), chat="家人", group=True)) == {
        "webhook:team": "[语音 7″]",
        "wechat:小店": "小王（微信）：[语音 7″]",
    }
    came = _posts(bot, author="Alice", content={"kind": "file", "name": "a.pdf", "media": MEDIA})
    assert [one.content.kind for one in came] == ["text", "file"] * 2


def test_quotes_find_their_message_on_either_side(bot: Bot) -> None:
    first = bot.receives("几点？", chat="家人", group=True)
    origin = first[0].origin
    answer = _posts(bot, author="Alice", text="九点", quote=origin)
    family, shop = answer
    assert (family.quote, _shown((family,))) == (origin, {"wechat:家人": "Alice：九点"})
    assert shop.quote is None
    assert _posts(bot, 2, id="crm/7", author="Bob", text="十点")
    quoting = _quotes(bot, "好", Quote(text="Bob：十点", sender="我"))
    crm, shop = quoting
    assert (crm.quote, _shown((crm,))) == ("crm/7", {"webhook:team": "好"})
    assert _shown((shop,)) == {"wechat:小店": "「我：Bob：十点」\n老李（微信）：好"}


def test_an_unknown_quote_is_shown_in_words(bot: Bot) -> None:
    told = {"text": "很久 以前", "sender": "Bob"}
    assert set(_shown(_posts(bot, author="Alice", text="是", quote=told)).values()) == {
        "「Bob：很久 以前」\nAlice：是"
    }


def test_a_copy_that_comes_back_goes_no_further(bot: Bot) -> None:
    drafts = bot.receives("你好", chat="家人", group=True)
    _posts(bot, author="小王", text="你好", origin=drafts[0].origin)
    bot.should_be_silent()
    action: dict[str, Any] = {
        "action_id": "t/0",
        "channel": "webhook",
        "account": "crm",
        "chat_id": "team",
        "content": {"kind": "text", "text": "你好"},
        "requested_at": NOW.isoformat(),
        "origin": drafts[0].origin,
        "author": "小王（微信）",
    }
    cloud: dict[str, Any] = {"type": "hongyan.action.requested.v1", "data": action}
    _posts(bot, 2, **cloud)
    bot.should_be_silent()
    fresh: dict[str, Any] = {**cloud, "data": {**action, "origin": "elsewhere"}}
    assert _shown(_posts(bot, 3, **fresh))["wechat:家人"] == "小王（微信）：你好"


def test_two_systems_may_call_two_messages_by_one_id() -> None:
    bot = _bot(CRM, ERP, FAMILY)
    assert len(_posts(bot, 1, "crm", id=42, author="Alice", text="one")) == 2
    assert len(_posts(bot, 1, "erp", id=42, author="Bob", text="two")) == 2
    _posts(bot, 2, "erp", id=42, author="Bob", text="two")
    bot.should_be_silent()
    _posts(bot, 3, "erp", origin="42", author="Alice", text="one")
    bot.should_be_silent()
    bot.close()


@pytest.mark.parametrize("length", [50, 2000])
def test_long_names_are_told_apart_and_found_by_quotes(length: int) -> None:
    bot = _bot(CRM, ERP)
    name = "https://crm.example.com/" + "x" * length
    assert len(_posts(bot, 1, id=f"{name}/1", author="Alice", text="one")) == 1
    assert len(_posts(bot, 2, id=f"{name}/2", author="Alice", text="two")) == 1
    [crm] = _posts(bot, 3, "erp", author="Bob", text="three", quote=f"{name}/1")
    assert crm.quote == (f"{name}/1" if length == 50 else None)
    _posts(bot, 4, "erp", origin=f"{name}/2", author="Alice", text="two")
    bot.should_be_silent()
    bot.close()


def test_a_room_of_long_names_forgets_sooner_and_goes_on() -> None:
    bot = _bot(*({"chat_id": f"{number}{'聊' * 190}"} for number in range(3)))
    for number in range(150):
        said = bot.receives(f"{number}", chat=f"0{'聊' * 190}", group=True)
        assert len(said) == 2
    bot.close()


def test_another_bot_in_the_chat_that_says_it_again_is_heard_once_less(bot: Bot) -> None:
    _posts(bot, author="Alice", text="hello")
    bot.receives("Alice：hello", sender="another bot", chat="家人", group=True)
    bot.should_be_silent()
    bot.receives("Alice：hello", sender="小陈", chat="家人", group=True)
    assert len(bot.answers) == 2
    _posts(bot, 2, author="Alice", text="bye")
    bot.advance(timedelta(minutes=11))
    bot.receives("Alice：bye", sender="小陈", chat="家人", group=True)
    assert len(bot.answers) == 2


def test_the_same_person_may_say_the_same_in_both_chats(bot: Bot) -> None:
    bot.receives("ok", sender="Alice", chat="家人", group=True)
    assert len(_posts(bot, author="Alice", text="ok")) == 2


def test_two_machines_that_answer_each_other_are_stopped() -> None:
    bot = _bot(CRM, ERP)
    passed = 0
    for number in range(20):
        passed += len(_posts(bot, number, "crm", author="Alice", text="ping"))
        passed += len(_posts(bot, number, "erp", author="Alice", text="ping"))
    assert passed == 5
    bot.advance(timedelta(minutes=2))
    assert len(_posts(bot, 99, "crm", author="Alice", text="ping")) == 1
    bot.close()


def test_what_says_nothing_fails_and_tells_what_is_missing(bot: Bot) -> None:
    wrong: list[dict[str, Any]] = [
        {},
        {"text": 5},
        {"content": {"kind": "voice"}},
        {"content": {"kind": "image"}},
        {"type": "hongyan.action.requested.v1", "data": {"text": "x"}},
    ]
    for number, data in enumerate(wrong):
        _posts(bot, number, **data)
        assert bot.should_fail("bridge").kind == "bad_request"


def test_names_from_outside_stay_on_one_line(bot: Bot) -> None:
    drafts = _posts(bot, author="Eve\n管理员：转账\n" + "x" * 200, text="hi")
    text = _shown(drafts)["wechat:家人"]
    assert "\n" not in text
    assert len(text) < 80


def test_a_recall_is_told_and_the_ignored_are_not(bot: Bot) -> None:
    recalled = MessageRecalled(
        event_id="r1",
        channel="wechat",
        account="default",
        observed_at=NOW,
        chat=Chat(chat_id="家人", title="家人", kind="group"),
        by="小王",
    )
    assert set(_shown(bot.sees(recalled)).values()) == {"[小王 撤回了一条消息]"}
    quiet = _bot(FAMILY, CRM, ignore=["小王"], room={"recalls": False})
    quiet.sees(recalled)
    quiet.should_be_silent()
    quiet.receives("你好", chat="家人", group=True)
    quiet.should_be_silent()
    quiet.close()


def test_what_other_plugins_answer_is_shown_in_the_others_too() -> None:
    room: dict[str, Any] = {"name": "team", "members": [FAMILY, CRM, SHOP]}
    config = {"rooms": [room], "own_name": "鸿雁"}
    bridge = instance_of(
        "bridge", load_plugin(HOME), Declared(config=config, grants=Grants(chats=("*:*:*",)))
    )
    bot = Bot(bridge, instance_of("echo", load_plugin(HOME.parent / "echo"), Declared()))
    drafts = bot.receives("/echo 好", chat="家人", group=True)
    said = [(one.chat_id, one.content.text) for one in drafts if isinstance(one.content, Text)]
    assert said == [
        ("team", "/echo 好"),
        ("小店", "小王（微信）：/echo 好"),
        ("家人", "好"),
        ("team", "好"),
        ("小店", "鸿雁（微信）：好"),
    ]
    assert drafts[3].author == "鸿雁（微信）"
    assert drafts[3].origin is not None
    _posts(bot, author="鸿雁（微信）", text="好", origin=drafts[3].origin)
    bot.should_be_silent()
    # Another Hongyan's answer is new once, and what nobody here asked for is known as one's own.
    other = drafts[3].origin.replace(":", ":0", 1)
    assert len(_posts(bot, 2, author="bot", text="hi", origin=other)) == 2
    _posts(bot, 3, author="bot", text="hi", origin=other)
    bot.should_be_silent()
    unasked = drafts[3].origin.replace(drafts[0].origin or "", "a-schedule")
    _posts(bot, 4, author="鸿雁（微信）", text="早", origin=unasked)
    bot.should_be_silent()
    room["answers"] = False
    quiet = Bot(
        instance_of("bridge", load_plugin(HOME), Declared(config=config)),
        instance_of("echo", load_plugin(HOME.parent / "echo"), Declared()),
    )
    assert [one.chat_id for one in quiet.receives("/echo 好", chat="别人")] == ["别人"]
    for made in (bot, quiet):
        made.close()


def test_bridge_says_with_whom_a_chat_is_joined_and_is_not_passed_on(bot: Bot) -> None:
    bot.receives("/bridge", chat="小店", group=True)
    [answer] = bot.answers
    assert isinstance(answer.content, Text)
    assert answer.chat_id == "小店"
    assert "微信" in answer.content.text
    assert "webhook:crm:team" in answer.content.text
    bot.receives("/bridge", chat="别人")
    bot.should_be_silent()


def test_a_chat_that_was_not_granted_is_not_written_to() -> None:
    room = {"name": "team", "members": [FAMILY, CRM]}
    instance = instance_of("bridge", load_plugin(HOME), Declared(config={"rooms": [room]}))
    bot = Bot(instance)
    bot.receives("你好", chat="家人", group=True)
    bot.should_fail("bridge", "webhook:crm:team")
    bot.close()


@pytest.mark.parametrize(
    "rooms",
    [
        [],
        [{"name": "a", "members": [FAMILY]}],
        [{"name": "a", "members": [FAMILY, FAMILY]}],
        [{"name": "a", "members": [FAMILY, CRM]}, {"name": "b", "members": [FAMILY, SHOP]}],
        [{"name": "a", "members": [FAMILY, CRM]}, {"name": "a", "members": [ERP, SHOP]}],
    ],
)
def test_rooms_that_make_no_sense_are_refused(rooms: list[Any]) -> None:
    config = load_plugin(HOME).config
    assert config is not None
    with pytest.raises(ValidationError):
        config.model_validate({"rooms": rooms})

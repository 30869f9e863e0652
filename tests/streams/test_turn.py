"""Ids and traces come from their cause alone."""

import pytest
from loguru import logger

from plugins.context import Context
from plugins.draft import Draft
from plugins.grants import Grants, Warrant
from plugins.manifest import Manifest
from plugins.plugin import Instance, Plugin
from schemas.content import Image, Media, Text
from streams.app import SplitAssignment, same_numbers
from streams.delivery import Delivery
from streams.turn import child_trace, make_turn, must_store
from streams.watchdog import Watchdog
from tests.fakes.wechat import AT, message

DELIVERY = Delivery("t", 1, 7, 0, b"k", b"v", ())
EVENT = message("/x")


def _instance(*, pure: bool) -> Instance:
    return Instance("x", Plugin(Manifest(name="x", version="1", api=">=1", pure=pure), ()))


def _draft(text: str, chat: str = "c1") -> Draft:
    return Draft("wechat", "default", chat, Text(text=text))


def test_a_re_run_gives_the_same_ids_and_another_text_changes_none() -> None:
    one = make_turn(DELIVERY, EVENT, _instance(pure=True), [_draft("a"), _draft("b")], AT)
    two = make_turn(DELIVERY, EVENT, _instance(pure=False), [_draft("c")], AT)
    assert one.turn_id == two.turn_id
    assert [action.action_id for action in one.actions] == [f"{one.turn_id}/0", f"{one.turn_id}/1"]
    assert (one.topic, one.partition, one.offset) == ("t", 1, 7)


def test_an_action_carries_what_a_reply_shows_calls_and_quotes() -> None:
    ctx = Context(EVENT, lambda: logger, warrant=Warrant("x", Grants(chats=("c2",))))
    picture = Image(media=Media(sha256="0" * 64, size=1, mime="image/png"))
    drafts = [
        ctx.reply("好", mentions=["王芳"], mention_all=True, quote=True),
        ctx.reply(picture),
        ctx.send("c2", "也好"),
    ]

    turn = make_turn(DELIVERY, EVENT, _instance(pure=False), drafts, AT)

    assert [(a.chat_id, a.content, a.mentions, a.mention_all, a.quote) for a in turn.actions] == [
        (EVENT.chat_id, Text(text="好"), ("王芳",), True, EVENT.event_id),
        (EVENT.chat_id, picture, (), False, None),
        ("c2", Text(text="也好"), (), False, None),
    ]


@pytest.mark.parametrize(
    ("pure", "drafts", "stored"),
    [
        (True, [], False),
        (True, [_draft("a")], False),
        (True, [_draft("a"), _draft("b")], True),
        (True, [_draft("a", chat="elsewhere")], True),
        (False, [], True),
        (False, [_draft("a")], True),
    ],
)
def test_only_a_pure_plugins_one_answer_to_its_own_chat_is_not_stored(
    pure: bool, drafts: list[Draft], stored: bool
) -> None:
    instance = _instance(pure=pure)
    assert must_store(instance, EVENT, make_turn(DELIVERY, EVENT, instance, drafts, AT)) is stored


def test_an_action_goes_on_in_the_events_trace_with_a_span_of_its_own() -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    child = child_trace(parent, "e", "a/0")
    assert child.split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
    assert child.split("-")[2] != "b7ad6b7169203331"
    assert child == child_trace(parent, "e", "a/0")
    assert len(child_trace(None, "e", "a/0").split("-")[1]) == 32


def test_both_topics_must_come_with_the_same_partition_numbers() -> None:
    names = {"in", "due"}
    assert same_numbers({("in", 1), ("due", 1), ("in", 2), ("due", 2)}, names) == [1, 2]
    with pytest.raises(SplitAssignment):
        same_numbers({("in", 1), ("due", 2)}, names)


def test_the_watchdog_barks_at_lag_that_stands_still_while_nobody_works() -> None:
    place = ("t", 0)
    dog = Watchdog(60)
    assert dog.stuck(0, {place: 10}, {place: 3}, busy=False) == []
    assert dog.stuck(59, {place: 12}, {place: 3}, busy=False) == []
    assert dog.stuck(61, {place: 12}, {place: 3}, busy=False) == [place]
    assert dog.stuck(62, {place: 12}, {place: 3}, busy=True) == []
    assert dog.stuck(100, {place: 12}, {place: 4}, busy=False) == []
    assert dog.stuck(161, {place: 12}, {place: 12}, busy=False) == []

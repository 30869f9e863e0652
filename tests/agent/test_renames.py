"""Chats that change their names keep their ids, swap them, leave, and refuse what is sent."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.alignment import Seen
from device_agent.nodes import Box
from device_agent.renames import Candidate, renamed_to, successor, taken_over
from device_agent.rows import SeenRow
from device_agent.standing import shut, standing
from schemas.content import SystemLine, Text
from schemas.ledger import Row
from schemas.phone import ChatState, KnownChat
from schemas.receipt import State
from tests.agent.test_odd_worlds import read
from tests.fakes.phone_rig import Rig, until


def rows(*words: str) -> tuple[Row, ...]:
    """Rows by their words: `>x` is our own."""
    return tuple(Row(side="own" if word.startswith(">") else "other", print=word) for word in words)


def window(*words: str) -> list[Seen]:
    return [Seen(row, words=row.print) for row in rows(*words)]


def candidate(name: str, *words: str, notified: bool = False) -> Candidate:
    chat = KnownChat(
        chat_id=name, account="default", kind="private", title=name, at="2026-11-25T08:00:00Z"
    )
    return Candidate(chat, rows(*words), notified)


def found(title: str, shown: list[Seen], *candidates: Candidate) -> str | None:
    chat = successor(title, shown, candidates).chat
    return None if chat is None else chat.chat_id


def test_a_conversation_of_both_sides_is_no_chance() -> None:
    assert found("new", window("在吗", ">在", "好"), candidate("old", "在吗", ">在")) == "old"


def test_one_greeting_proves_nothing() -> None:
    likeness = successor("new", window("你好"), [candidate("old", "你好")])

    assert likeness.chat is None
    assert likeness.doubtful


def test_the_same_words_in_two_chats_are_a_doubt() -> None:
    shown = window("在吗", ">在")

    assert found("new", shown, candidate("a", "在吗", ">在"), candidate("b", "在吗", ">在")) is None


def test_the_number_of_its_notification_and_one_row_tell_a_chat() -> None:
    shown = window("你好", "换名字了")
    alike = candidate("b", "你好")

    assert found("new", shown, candidate("a", "你好", notified=True), alike) == "a"
    assert found("new", window("别的"), candidate("a", "你好", notified=True)) is None


def test_a_line_that_tells_the_new_name_and_one_row_tell_a_group() -> None:
    shown = window("大家好", '"甲"修改群名为“新群”')

    assert found("新群", shown, candidate("a", "大家好")) == "a"
    assert found("别群", shown, candidate("a", "大家好")) is None


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ('"甲"修改群名为“家 人”', "家 人"),
        ("你修改群名为“新”", "新"),
        ('"A" changed the group name to "The "Q" team"', 'The "Q" team'),
        ("修改群名为什么", None),
    ],
)
def test_the_line_of_a_new_name_is_read(line: str, title: str | None) -> None:
    assert renamed_to(line) == title


WORDS = st.sampled_from(["好", "嗯", ">好", ">嗯", "在"])


@given(st.lists(st.lists(WORDS, max_size=6), max_size=4), st.lists(WORDS, max_size=8))
def test_no_two_chats_that_read_alike_are_ever_taken_for_one(
    tails: list[list[str]], shown: list[str]
) -> None:
    """Whatever they say: as often as a chat is found, it is the only one that shows so much."""
    candidates = [candidate(str(number), *words) for number, words in enumerate(tails)]
    name = found("new", window(*shown), *candidates)

    if name is not None:
        twin = candidate("twin", *tails[int(name)])
        assert found("new", window(*shown), *candidates, twin) is None


@given(st.lists(WORDS, min_size=1, max_size=8), st.lists(WORDS, max_size=8))
def test_a_chat_that_shows_a_row_of_its_own_is_never_taken_over(
    own: list[str], more: list[str]
) -> None:
    shown = window(*own, *more)
    other = candidate("other", *own, *more)

    assert taken_over(shown, rows(*own), [other]).chat is None


def line(text: str, side: str = "centre") -> SeenRow:
    content = SystemLine(text=text) if side == "centre" else Text(text=text)
    return SeenRow(side, "", content, Box(0, 0, 1, 1))  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("text", "kind", "state"),
    [
        ("你已被移出群聊", "group", "removed"),
        ('你被"群主"移出群聊', "group", "removed"),
        ('"群主"将"小李"移出了群聊', "group", None),
        ("You were removed from the group chat by Amy", "group", "removed"),
        ("消息已发出，但被对方拒收了。", "private", "blocked"),
        ("小王开启了朋友验证，你还不是他（她）朋友。", "private", "blocked"),
        ("The message is successfully sent but rejected by the receiver.", "private", "blocked"),
        ("以上是打招呼的内容", "private", None),
    ],
)
def test_lines_tell_how_one_stands(text: str, kind: str, state: ChatState | None) -> None:
    assert standing(None, kind, [line(text)]) == state  # type: ignore[arg-type]  # a chat's kind


def test_what_arrived_shows_that_the_chat_is_open_and_a_red_mark_does_not() -> None:
    ours = line("在吗", "own")
    marked = replace(ours, failed=True)
    refusal = line("消息已发出，但被对方拒收了。", "centre")

    assert standing("blocked", "private", [ours]) == "active"
    assert standing("blocked", "private", [marked]) == "blocked"
    assert standing("blocked", "private", [ours, refusal]) == "blocked"


@pytest.mark.parametrize(
    ("days", "attempt", "tries", "refused"),
    [(0, 1, 0, True), (0, 2, 0, False), (1, 1, 0, False), (1, 1, 3, True), (0, 2, 3, True)],
)
def test_a_shut_chat_is_tried_again_after_a_day_and_when_a_person_asks(
    days: int, attempt: int, tries: int, refused: bool
) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    since = now - timedelta(days=days)

    assert shut("blocked", since, attempt=attempt, tries=tries, now=now) is refused
    assert not shut("active", since, attempt=attempt, tries=tries, now=now)


def test_who_writes_to_us_has_not_blocked_us() -> None:
    assert standing("blocked", "private", [line("你好", "other")]) == "active"


# --- on the phone ---


async def test_a_renamed_contact_keeps_its_chat(rig: Rig) -> None:
    """Its next message comes under the new name, and nothing is lost, doubled or merged."""
    rig.sim.receive("小王", "在吗")
    await rig.started()
    await read(rig, "小王", "在吗")
    first = await rig.chat_id("小王")
    chat = rig.sim.on_phone(lambda _, phone: next(iter(phone.world.chats)))
    await rig.end(await rig.ask(first, "在"))
    rig.sim.patch_chat(chat, chat="王总")
    rig.sim.receive("王总", "换了名字")

    await read(rig, "王总", "换了名字")

    chats = await rig.chats()
    assert {(one.chat_id, one.title) for one in chats.values()} == {(first, "王总")}
    assert [text for _, text in await rig.texts()] == ["在吗", "换了名字"]
    assert {message.chat.chat_id for message in await rig.messages()} == {first}


async def test_a_renamed_group_keeps_its_chat_without_a_message(rig: Rig) -> None:
    group = rig.sim.add_chat("家人", kind="group", members=["甲", "乙"])
    for text in ("早", "吃了吗", "吃了"):
        rig.sim.receive("家人", text, sender="甲")
    await rig.started()
    await read(rig, "家人", "吃了")
    first = await rig.chat_id("家人")
    rig.sim.patch_chat(group, chat="一家人", by="甲")

    async def renamed() -> bool:
        return {(k, c.title) for k, c in (await rig.chats()).items()} == {(first, "一家人")}

    await until(renamed, "the new title on the same id")
    sent = await rig.end(await rig.ask(first, "改得好"))
    assert sent.state is State.SENT


@pytest.mark.parametrize("new_machine", [False, True])
async def test_a_name_that_changed_while_nobody_looked_keeps_its_chat(
    rig: Rig, new_machine: bool
) -> None:
    """Also for a machine that knows of the chat by its topics alone."""
    rig.sim.patch_device(locale="en_US")
    group = rig.sim.add_chat("Team", kind="group", members=["Amy", "Bob"])
    rig.sim.receive("Team", "one", sender="Amy")
    rig.sim.receive("Team", "two", sender="Bob")
    await rig.started()
    await read(rig, "Team", "two")
    first = await rig.chat_id("Team")
    await until(rig.tails, "a tail in the ledger")
    await rig.stop()
    if new_machine:
        shutil.rmtree(rig.data)
    rig.sim.patch_chat(group, chat="The Team", by="Amy")
    rig.sim.receive("The Team", "three", sender="Amy")
    await rig.started()

    await read(rig, "The Team", "three")

    assert {(k, c.title) for k, c in (await rig.chats()).items()} == {(first, "The Team")}
    assert [text for _, text in await rig.texts()] == ["one", "two", "three"]


async def test_two_chats_that_swap_their_names_keep_their_ids(rig: Rig) -> None:
    one = rig.sim.add_chat("甲")
    other = rig.sim.add_chat("乙")
    for number in range(6):
        rig.sim.receive("甲", f"甲说{number}")
        rig.sim.receive("乙", f"乙说{number}")
    await rig.started()
    await read(rig, "甲", "甲说5")
    await read(rig, "乙", "乙说5")
    before = {await rig.chat_id("甲"): "甲", await rig.chat_id("乙"): "乙"}
    rig.sim.patch_chat(one, chat="丙")
    rig.sim.patch_chat(other, chat="甲")
    rig.sim.patch_chat(one, chat="乙")
    rig.sim.receive("甲", "我是乙")
    rig.sim.receive("乙", "我是甲")

    await read(rig, "甲", "我是乙")
    await read(rig, "乙", "我是甲")

    after = {key: chat.title for key, chat in (await rig.chats()).items()}
    assert after == {key: {"甲": "乙", "乙": "甲"}[name] for key, name in before.items()}
    homes = {
        m.content.text: m.chat.chat_id for m in await rig.messages() if m.content.kind == "text"
    }
    assert homes["我是乙"] == homes["乙说0"]
    assert homes["我是甲"] == homes["甲说0"]
    assert len(await rig.texts()) == 14


async def test_a_flood_that_another_chat_had_too_swaps_no_names(rig: Rig) -> None:
    """What was sent to both ends one chat's tail and fills the other's screen."""
    rig.sim.receive("甲", "只给甲")
    rig.sim.receive("乙", "只给乙")
    await rig.started()
    await read(rig, "甲", "只给甲")
    before = {await rig.chat_id("甲"): "甲", await rig.chat_id("乙"): "乙"}
    for number in range(30):
        rig.sim.receive("甲", f"通知{number}")
    await read(rig, "甲", "通知29")
    for number in range(30):
        rig.sim.receive("乙", f"通知{number}")
    await read(rig, "乙", "通知29")

    assert {key: chat.title for key, chat in (await rig.chats()).items()} == before
    texts = await rig.texts()
    assert len(texts) == len(set(texts)) == 62


async def test_a_chat_with_the_same_greeting_is_another_chat(rig: Rig) -> None:
    rig.sim.receive("小王", "你好")
    await rig.started()
    first = await rig.chat_id("小王")
    rig.sim.receive("小李", "你好")
    await read(rig, "小李", "你好")

    assert await rig.chat_id("小李") != first


async def test_who_is_removed_from_a_group_sends_nothing_there(rig: Rig) -> None:
    group = rig.sim.add_chat("项目", kind="group", members=["甲", "乙"])
    rig.sim.receive("项目", "开会", sender="甲")
    await rig.started()
    known = await rig.chat_id("项目")
    rig.sim.patch_chat(group, removed_me=True)

    async def noticed() -> bool:
        return (await rig.chats())[known].state == "removed"

    await until(noticed, "the removal on the chat")
    end = await rig.end(await rig.ask(known, "还在吗"))

    assert (end.state, end.reason) == (State.FAILED, "removed")
    assert rig.sent() == []


async def test_who_is_blocked_learns_it_by_one_send(rig: Rig) -> None:
    chat = rig.sim.add_chat("小王")
    rig.sim.receive("小王", "hi")
    await rig.started()
    known = await rig.chat_id("小王")
    rig.sim.patch_chat(chat, blocked_me=True)
    first = await rig.end(await rig.ask(known, "在吗"))
    again = await rig.end(await rig.ask(known, "在不在"))

    assert (first.state, first.reason) == (State.FAILED, "blocked")
    assert (again.state, again.reason) == (State.FAILED, "blocked")
    assert (await rig.chats())[known].state == "blocked"


async def test_who_was_blocked_and_is_not_any_more_is_reached_when_a_person_asks_again(
    rig: Rig,
) -> None:
    chat = rig.sim.add_chat("小王")
    rig.sim.receive("小王", "hi")
    await rig.started()
    known = await rig.chat_id("小王")
    rig.sim.patch_chat(chat, blocked_me=True)
    await rig.end(await rig.ask(known, "在吗", action_id="a"))
    rig.sim.patch_chat(chat, blocked_me=False)
    await rig.ask(known, "在吗", action_id="a", attempt=2)

    async def told() -> bool:
        ends = [one for one in await rig.receipts() if one.attempt == 2]
        return bool(ends) and ends[-1].state is State.SENT

    await until(told, "the second attempt's end")
    assert (await rig.end(await rig.ask(known, "好"))).state is State.SENT
    assert (await rig.chats())[known].state == "active"


async def test_an_action_for_an_id_that_a_rename_took_back_goes_to_the_chat(rig: Rig) -> None:
    chat = rig.sim.add_chat("小王")
    rig.sim.receive("小王", "hi")
    await rig.started()
    known = await rig.chat_id("小王")
    await rig.end(await rig.ask(known, "一"))
    rig.sim.patch_chat(chat, chat="王总")
    rig.sim.receive("王总", "换了名字", chat_id=chat)

    async def renamed() -> str:
        found = (await rig.chats()).get(known)
        return found.formerly[0] if found is not None and found.formerly else ""

    former = await until(renamed, "the id that was taken back")
    end = await rig.end(await rig.ask(former, "二"))

    assert (end.state, end.chat_id) == (State.SENT, known)
    assert rig.sent() == ["一", "二"]

"""The judge of a chaos campaign condemns what is wrong and excuses what is honest."""

from dataclasses import replace

import pytest

from tests.faults.chaos.evidence import Asked, Bubble, Evidence, Read, Told, Trouble, Written
from tests.faults.chaos.judge import NOTED, WRONG, judge
from tests.faults.chaos.report import _MEANS

ANNA, OTTO = "sim-anna", "sim-otto"


def story(**changes: object) -> Evidence:
    """Anna asked twice, Otto once; everything was answered."""
    evidence = Evidence({ANNA: "Anna", OTTO: "Otto"}, frozenset())
    for number, chat in enumerate([ANNA, OTTO, ANNA]):
        text, at = f"第{number}条", 100.0 + number
        evidence.written.append(Written(chat, f"/echo {text}", text, at))
        evidence.read.append(Read(f"e{number}", f"our-{chat}", f"/echo {text}", at + 1))
        evidence.asked.append(Asked(f"a{number}", f"e{number}", f"our-{chat}", text))
        evidence.told.append(Told(f"a{number}", "sent", at + 3))
        evidence.left.append(Bubble(chat, text, at + 2))
    for name, value in changes.items():
        setattr(evidence, name, value)
    return evidence


def ended(state: str, reason: str | None = None, **changes: object) -> Evidence:
    """Otto's reply did not leave, and ended like this."""
    evidence = story(**changes)
    evidence.told[1] = Told("a1", state, 104.0, reason)
    del evidence.left[1]
    return evidence


def kinds(evidence: Evidence) -> list[str]:
    return sorted(one.kind for one in judge(evidence).findings)


def test_a_story_without_fault_has_no_findings() -> None:
    assert kinds(story()) == []


def test_what_was_not_read_and_not_answered_is_unread_and_lost() -> None:
    good = story()

    assert kinds(replace(good, read=good.read[1:], asked=good.asked[1:], told=good.told[1:],
                         left=good.left[1:])) == ["lost", "unread"]  # fmt: skip


def test_what_was_read_twice_is_said() -> None:
    good = story()
    again = replace(good.read[0], event_id="e9")

    assert kinds(replace(good, read=[*good.read, again])) == ["read_twice"]


def test_a_reply_that_left_twice_is_doubled_whatever_receipts_say() -> None:
    good = story()

    assert "doubled" in kinds(replace(good, left=[*good.left, good.left[0]]))


def test_a_reply_in_another_chat_is_misdelivered_and_lost_and_its_receipt_lies() -> None:
    good = story()
    wrong = [*good.left[:1], replace(good.left[1], chat=ANNA), good.left[2]]

    assert kinds(replace(good, left=wrong)) == ["claimed", "lost", "misdelivered"]


def test_a_bubble_that_nobody_asked_for_is_misdelivered() -> None:
    good = story()

    assert kinds(replace(good, left=[*good.left, Bubble(OTTO, "喂", 109)])) == ["misdelivered"]


def test_replies_of_one_chat_in_the_wrong_order_are_disordered() -> None:
    good = story()

    assert kinds(replace(good, left=good.left[::-1])) == ["disordered"]


def test_an_end_that_truth_denies_is_said() -> None:
    good = story()
    good.told[1] = Told("a1", "not_sent", 104.0)

    assert kinds(good) == ["denied", "unexcused"]


def test_a_failure_is_excused_as_often_as_a_mark_struck() -> None:
    struck = {"send_failed_mark": 1}

    assert kinds(ended("failed", "send_failed_mark", struck=struck)) == ["failed"]
    assert kinds(ended("failed", "send_failed_mark")) == ["failed", "unexcused"]


@pytest.mark.parametrize("state", ["not_sent", "expired", "cancelled"])
def test_what_a_fault_that_heals_may_not_end(state: str) -> None:
    assert kinds(ended(state)) == ["unexcused"]


def test_a_name_that_two_chats_have_may_be_refused_and_no_other() -> None:
    reason = "ambiguous_recipient"

    assert kinds(ended("failed", reason, shared=frozenset({OTTO}))) == ["refused"]
    assert kinds(ended("failed", reason)) == ["unexcused"]


def test_an_unknown_is_honest_with_trouble_around_it_alone() -> None:
    near, far = Trouble(103.0, 104.0, "server_dies"), Trouble(9.0, 10.0, "server_dies")

    assert kinds(ended("unknown", troubles=[near])) == ["unknown"]
    assert kinds(ended("unknown", troubles=[far])) == ["unknown_untrue"]


def test_what_is_held_waits_behind_an_unknown_of_its_chat() -> None:
    trouble = [Trouble(100.0, 104.0, "send_never_settles")]
    behind = ended("held", troubles=trouble)

    assert kinds(behind) == ["unexcused"]
    behind = story(troubles=trouble)
    behind.told[0], behind.told[2] = Told("a0", "unknown", 103), Told("a2", "held", 104)
    del behind.left[2]
    assert kinds(behind) == ["held", "unknown"]


def test_a_gap_is_true_with_trouble_or_rows_that_read_alike() -> None:
    good = story()
    good.read[1] = replace(good.read[1], gap=True)

    assert kinds(good) == ["gap_untrue"]
    assert kinds(replace(good, troubles=[Trouble(90, 91, "agent killed")])) == ["gap"]


def test_equal_texts_are_counted_chat_by_chat() -> None:
    good = story()
    for number, chat in enumerate([ANNA, OTTO, OTTO], start=3):
        good.written.append(Written(chat, "/echo 好", "好", 110.0))
        good.read.append(Read(f"e{number}", f"our-{chat}", "/echo 好", 111.0))
        good.asked.append(Asked(f"a{number}", f"e{number}", f"our-{chat}", "好"))
        good.told.append(Told(f"a{number}", "sent", 113.0))
        good.left.append(Bubble(chat, "好", 112.0))

    assert kinds(good) == []
    good.left[-1] = replace(good.left[-1], chat=ANNA)
    assert kinds(good) == ["claimed", "doubled", "lost"]


def test_two_chats_under_one_id_are_noted() -> None:
    good = story()
    good.read[1] = replace(good.read[1], chat_id=f"our-{ANNA}")

    assert kinds(good) == ["merged"]


def test_a_finding_tells_its_story_in_the_order_of_time() -> None:
    good = story(troubles=[Trouble(101.5, 102.0, "reply_lost")])
    twice = replace(good, left=[*good.left, Bubble(OTTO, "第1条", 105.0)])

    (finding,) = judge(twice).of("doubled")

    assert [line.partition(" ")[2][:8] for line in finding.story] == [
        "written ", "** reply", "read in ", "left in ", "a1: sent", "left in ",
    ]  # fmt: skip


def test_every_kind_has_its_meaning_in_the_report() -> None:
    assert set(_MEANS) == {*WRONG, *NOTED}

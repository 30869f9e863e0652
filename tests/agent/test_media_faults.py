"""Faults at the very tap that sends a picture: never two, never a false `sent`."""

from schemas.content import Image
from schemas.receipt import State
from tests.fakes.phone_rig import Rig

HEALED = ("tap_ignored", "tap_late", "tap_doubled", "reply_lost", "rpc_500_after", "send_slow")
ENDS = {
    "send_failed_mark": (State.FAILED, 0),
    "too_frequent_dialog": (State.FAILED, 0),
    "app_crash": (State.UNKNOWN, 0),  # the question died untapped, and nobody can tell
    "send_never_settles": (State.UNKNOWN, 0),
}


async def begun(rig: Rig) -> str:
    await rig.started(settle_seconds=1)
    rig.sim.receive("张三", "在吗")
    return await rig.chat_id("张三")


async def sent_despite(rig: Rig, chat: str, knob: str) -> tuple[State, int]:
    """What the receipt says, and how many left."""
    picture = await rig.store.put(knob.encode(), mime="image/jpeg")
    before = len(rig.sim.truth()["sent"])
    rig.sim.arm(knob, on="send_tap")
    asked = await rig.ask(chat, "", content=Image(media=picture), on_unknown="drop")
    end = await rig.end(asked)
    assert rig.sim.faults()[knob]["struck"] > 0
    rig.sim.disarm()
    return end.state, len(rig.sim.truth()["sent"]) - before


async def test_one_picture_leaves_whatever_befalls_its_tap(rig: Rig) -> None:
    chat = await begun(rig)

    ends = {knob: await sent_despite(rig, chat, knob) for knob in HEALED}

    assert ends == dict.fromkeys(HEALED, (State.SENT, 1))


async def test_a_picture_that_did_not_leave_is_never_called_sent(rig: Rig) -> None:
    chat = await begun(rig)

    ends = {knob: await sent_despite(rig, chat, knob) for knob in ENDS}

    assert ends == ENDS

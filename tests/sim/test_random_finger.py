"""A finger that taps at random, while friends write and recall, never brings the phone down."""

import io
import random
from pathlib import Path

import pytest
from PIL import Image

from device_agent.sim import hierarchy, worldfile
from device_agent.sim.finger import swipe
from device_agent.sim.phone import Phone
from device_agent.sim.picture import png

WORLD = Path(__file__).parents[2] / "examples" / "worlds" / "busy-team.yml"
STEPS = 150


def busy_phone(chance: random.Random) -> Phone:
    phone = Phone("RANDOM", seed=chance.randrange(1000))
    worldfile.load(WORLD).apply(phone)
    phone.device.patch(
        {
            "locale": chance.choice(("zh_CN", "en")),
            "screen": chance.choice(("1080x2400", "720x1280")),
            "font_scale": chance.choice((1.0, 1.3)),
            "layout_seed": chance.choice((None, 7)),
        }
    )
    phone.files.push("/sdcard/DCIM/a.jpg", b"no picture", 0o644, 1)
    phone.files.push("/sdcard/Download/b.pdf", b"%PDF", 0o644, 1)
    phone.start_wechat()
    return phone


def tap(phone: Phone, chance: random.Random) -> None:
    """Tap, or press long, something that reacts."""
    reacting = [node for node in phone.windows()[0].walk() if node.action or node.hold]
    if reacting:
        left, top, right, bottom = chance.choice(reacting).bounds
        held = chance.random() < 0.25
        phone.tap((left + right) // 2, (top + bottom) // 2, held=held)


def drag(phone: Phone, chance: random.Random) -> None:
    """Swipe from anywhere to anywhere."""
    width, height = phone.device.size
    start = (chance.randrange(width), chance.randrange(height))
    swipe(phone, start, (chance.randrange(width), chance.randrange(height)))


def friend(phone: Phone, chance: random.Random) -> None:
    """Someone writes, or takes a message back."""
    messages = [
        one for one in phone.world.messages.values() if one.kind not in {"recalled", "system"}
    ]
    if chance.random() < 0.5 and messages:
        phone.recall(chance.choice(messages).message_id)
    else:
        chat = chance.choice(list(phone.world.chats.values()))
        sender = chat.members[0] if chat.members else chat.title
        phone.receive(chat, sender, {"kind": "text", "text": "在吗\n😀"}, None)


def key(phone: Phone, chance: random.Random) -> None:
    """Go back, type, or come back from the home screen."""
    act = chance.randrange(4)
    if act == 0:
        phone.type_text(chance.choice(("@", "老", "x", "\n")))
    elif act == 1:
        phone.start_wechat()
    elif act == 2:
        phone.press("del")
    else:
        phone.press("back")


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_tapped_the_screen_can_be_read_and_drawn(seed: int) -> None:
    chance = random.Random(f"finger/{seed}")
    phone = busy_phone(chance)
    for step in range(STEPS):
        act = chance.choices((tap, drag, friend, key), (14, 1, 1, 3))[0]
        act(phone, chance)
        dump = hierarchy.dump(phone.windows(), 50, compressed=bool(step % 2))
        assert "<node" in dump
        phone.keep()

    assert Image.open(io.BytesIO(png(phone))).size == phone.device.size
    assert len(phone.truth.taps) > STEPS // 3

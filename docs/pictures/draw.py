"""Draws the phone's screens into docs/pictures/sim; run by `python -m docs.pictures.draw`.

Each scene starts from the same morning, examples/worlds/busy-team.yml. Names of scenes, if any are
given, draw these alone.
"""  # noqa: INP001

import io
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PIL import Image

from device_agent.sim.harness import Simulator
from device_agent.sim.media import drawn
from device_agent.sim.phone import Phone
from device_agent.sim.picture import png
from device_agent.sim.stage import Overlay

WORLD = Path("examples/worlds/busy-team.yml")
FOLDER = Path(__file__).with_name("sim")
NINE = datetime.fromisoformat("2026-11-25T09:30:00+08:00")
WIDE = 540
MOST_BYTES = 150_000


def open_chat(phone: Phone, title: str) -> None:
    """Show the chat with this title or remark."""
    phone.open_chat(phone.world.titled(title)[0].chat_id)


def touch(phone: Phone, *, place: int = 0, held: bool = False, **wanted: str) -> None:
    """Tap the node at a place among those whose role, text or desc are so. Raises IndexError."""
    found = [
        node.bounds
        for root in phone.windows()
        for node in root.walk()
        if all(getattr(node, name) == value for name, value in wanted.items())
    ]
    left, top, right, bottom = found[place]
    phone.tap((left + right) // 2, (top + bottom) // 2, held=held)


def conversations(phone: Phone) -> None:
    """The list, as WeChat opens."""


def search(phone: Phone) -> None:
    """Two people of one name, and the groups where they are."""
    touch(phone, desc="搜索")
    phone.type_text("张伟")


def contacts(phone: Phone) -> None:
    """The people by their letters."""
    touch(phone, text="通讯录")
    phone.stage.tab_offset = 420
    phone.redraw()


def card(phone: Phone) -> None:
    """A customer's card."""
    open_chat(phone, "客户-林总")
    touch(phone, desc="客户-林总头像")


def group_info(phone: Phone) -> None:
    """Who is in a group, and what is set for it."""
    open_chat(phone, "鸿雁项目群")
    touch(phone, desc="聊天信息")


def chat(phone: Phone) -> None:
    """A group in the middle of work, an answer half written."""
    open_chat(phone, "鸿雁项目群")
    group = phone.world.titled("鸿雁项目群")[0]
    touch(phone, role="input")
    phone.type_text("收到，下午联调前我过一遍👍")
    touch(phone, role="send")
    phone.receive(group, "王磊", {"kind": "voice", "seconds": 8}, None)
    phone.receive(group, "李娜", {"kind": "image"}, None)
    asked = group.messages[-1].message_id
    phone.receive(group, "刘洋", {"kind": "text", "text": "这版配色舒服多了😄"}, asked)
    phone.type_text("辛苦大家")


def cards(phone: Phone) -> None:
    """A customer's place and card, and the file sent before."""
    open_chat(phone, "客户-林总")
    phone.write("")


def menu(phone: Phone) -> None:
    """What a long press on a message offers."""
    open_chat(phone, "老板")
    touch(phone, role="body", text="收到回复", held=True)


def panel(phone: Phone) -> None:
    """What `+` opens."""
    open_chat(phone, "老板")
    touch(phone, role="more")


def album(phone: Phone) -> None:
    """Two pictures are ticked."""
    for number in range(22):
        path = f"/sdcard/DCIM/Camera/IMG_{number:04d}.jpg"
        phone.files.push(path, drawn(path), 0o644, 1_795_500_000 - number * 3000)
    phone.files.push("/sdcard/Movies/walk.mp4", b"a film", 0o644, 1_795_485_000)
    panel(phone)
    touch(phone, text=phone.look.word("album"))
    for place in (0, 5):
        touch(phone, role="album_check", place=place)


def call(phone: Phone) -> None:
    """A video call comes in."""
    open_chat(phone, "李娜")
    phone.show_overlay(Overlay("incoming_call", target="李娜"))


def _messages_wait(phone: Phone) -> None:
    phone.stage.wechat_front = False
    for title, sender, text in (
        ("李娜", "李娜", "新的图标放到共享盘了"),
        ("鸿雁项目群", "刘洋", "日志我看过了，问题在重平衡之后"),
        ("鸿雁项目群", "王磊", "收到，我再测一轮"),
        ("客户-林总", "林晓燕", "报价单收到了，谢谢！"),
    ):
        found = phone.world.titled(title)[0]
        phone.receive(found, sender, {"kind": "text", "text": text}, None)


def lock(phone: Phone) -> None:
    """The lock screen with what came meanwhile."""
    _messages_wait(phone)
    phone.stage.lock(float("inf"), pin=False)


def shade(phone: Phone) -> None:
    """The notification shade."""
    _messages_wait(phone)
    phone.pull_shade()


SCENES: dict[str, Callable[[Phone], None]] = {
    one.__name__: one
    for one in (
        conversations,
        chat,
        search,
        contacts,
        card,
        group_info,
        cards,
        menu,
        panel,
        album,
        call,
        lock,
        shade,
    )
}


def draw(name: str) -> bytes:
    """A scene as a PNG, half the phone's size, with 256 colours where all would be too much."""
    with Simulator(at=NINE) as simulator:
        simulator.world(WORLD)

        def act(phone: Phone) -> bytes:
            phone.start_wechat()
            SCENES[name](phone)
            return png(phone)

        taken = Image.open(io.BytesIO(simulator.on_phone(lambda _, phone: act(phone))))
    small = taken.resize((WIDE, taken.height * WIDE // taken.width), Image.Resampling.LANCZOS)
    whole = _png(small.convert("RGB"))
    if len(whole) <= MOST_BYTES:
        return whole
    return _png(small.quantize(256, dither=Image.Dither.NONE))


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def main(names: list[str]) -> None:
    """Draw the scenes anew. Raises ValueError where a picture is too large for the repository."""
    FOLDER.mkdir(exist_ok=True)
    for name in names or SCENES:
        data = draw(name)
        if len(data) > MOST_BYTES:
            raise ValueError(f"{name}.png has {len(data)} bytes")
        (FOLDER / f"{name}.png").write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1:])

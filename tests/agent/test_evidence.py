"""A receipt shows what the agent saw of its message, and of nobody else's anything."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from connectors.media.folder import FolderStore
from device_agent.redaction import redacted
from schemas.receipt import Receipt, State
from tests.fakes.phone_rig import Rig

SIZE = (1080, 2400)
_TITLE, _MINE, _OTHER, _NAME = (
    (400, 100, 700, 160),
    (500, 1000, 1000, 1060),
    (100, 600, 700, 660),
    (10, 600, 90, 680),
)
_XML = """<hierarchy><node bounds="[0,0][1080,2400]">
<node text="小王(3)" bounds="[400,100][700,160]"/>
<node text="收到" bounds="[500,1000][1000,1060]"/>
<node content-desc="row" bounds="[0,580][1080,700]">
<node content-desc="老李头像" bounds="[10,600][90,680]"/>
<node text="秘密" bounds="[100,600][700,660]"/></node></node></hierarchy>"""


def striped() -> bytes:
    """Lines two pixels wide: what a mosaic must swallow."""
    picture = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(picture)
    for x in range(0, SIZE[0], 4):
        draw.rectangle((x, 0, x + 1, SIZE[1]), fill="black")
    data = BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def contrast(png: bytes, area: tuple[int, int, int, int]) -> int:
    """How far light and dark are apart within an area of the original."""
    picture = Image.open(BytesIO(png)).convert("L")
    scale = picture.width / SIZE[0]
    low, high = picture.crop(tuple(round(side * scale) for side in area)).getextrema()  # type: ignore[arg-type]  # four sides
    assert isinstance(low, int)
    assert isinstance(high, int)
    return high - low


def test_only_the_chats_title_and_the_message_itself_stay_sharp() -> None:
    png = redacted(striped(), _XML, frozenset({"小王", "收到"}))

    assert min(contrast(png, area) for area in (_TITLE, _MINE)) > 100
    assert contrast(png, _OTHER) < 20
    assert contrast(png, _NAME) < 20
    assert contrast(png, (0, 1200, 1080, 2400)) < 20  # where no node says anything


@pytest.mark.parametrize("xml", [None, "no xml"])
def test_without_a_tree_nothing_stays_sharp(xml: str | None) -> None:
    png = redacted(striped(), xml, frozenset({"小王", "收到"}))

    assert contrast(png, (0, 0, *SIZE)) < 20


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no picture"):
        redacted(b"\x89PNG", _XML, frozenset())


async def shot(rig: Rig, receipt: Receipt, store: Path) -> Image.Image:
    assert receipt.screenshot is not None
    assert receipt.screenshot.mime == "image/png"
    return Image.open(BytesIO(await FolderStore(store).get(receipt.screenshot.sha256)))


async def test_a_failed_send_has_its_screenshot_and_a_good_one_costs_none(
    rig: Rig, tmp_path: Path
) -> None:
    store = tmp_path / "media"
    rig.sim.receive("张三", "一句很秘密的话")
    await rig.started(media=str(store))
    chat = await rig.chat_id("张三")
    good = await rig.end(await rig.ask(chat, "好的"))
    assert rig.sim.truth()["rpc_by"].get("takeScreenshot", 0) == 0
    rig.sim.arm("send_failed_mark")

    bad = await rig.end(await rig.ask(chat, "不好的"))

    assert (good.state, good.screenshot) == (State.SENT, None)
    assert (bad.state, bad.reason) == (State.FAILED, "send_failed_mark")
    picture = await shot(rig, bad, store)
    assert picture.width == 720


async def test_screenshots_can_be_switched_off(rig: Rig) -> None:
    rig.sim.receive("张三", "在吗")
    await rig.started(screenshots="none")
    rig.sim.arm("send_failed_mark")

    bad = await rig.end(await rig.ask(await rig.chat_id("张三"), "不好的"))

    assert (bad.state, bad.screenshot) == (State.FAILED, None)
    assert rig.sim.truth()["rpc_by"].get("takeScreenshot", 0) == 0


async def test_a_phone_that_gives_no_picture_holds_no_receipt_up(rig: Rig) -> None:
    rig.sim.receive("张三", "在吗")
    await rig.started()
    rig.sim.arm("send_failed_mark")
    rig.sim.arm("dump_empty", after=3, times=2)

    bad = await rig.end(await rig.ask(await rig.chat_id("张三"), "不好的"))

    assert bad.state is State.FAILED

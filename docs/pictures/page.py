"""Takes the picture of the simulated phone's page; run by `python -m docs.pictures.page`."""  # noqa: INP001

import contextlib
import io
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from device_agent.sim.harness import Simulator
from tests.fixtures.browser import running_browser

WORLD = Path("examples/worlds/busy-team.yml")
PICTURE = Path(__file__).with_name("simulator-page.png")
WIDE, TALL, SCALE = 1280, 800, 1.5
NINE = datetime.fromisoformat("2026-11-25T09:30:00+08:00")


@contextlib.contextmanager
def opened(folder: Path, phone: Simulator) -> Iterator[Page]:
    """The page in a browser."""
    with running_browser(folder) as browser:
        page = browser.new_page(
            viewport={"width": WIDE, "height": TALL}, device_scale_factor=SCALE, locale="zh-CN"
        )
        page.goto(phone.control)
        page.wait_for_selector("#screen[data-tag]")
        yield page


def take(phone: Simulator, page: Page) -> None:
    """A group is open on the phone and on the desk, an answer was sent, a fault waits."""
    page.locator(".chat", has_text="鸿雁项目群").click()
    page.locator("#from").select_option("李娜")
    page.locator("#text").fill("新的图标放到共享盘了，大家看看")
    page.locator("#text").press("Enter")
    page.wait_for_selector(".bubble:has-text('新的图标')")
    group = next(
        one for one in phone.on_phone(lambda _, it: it.world.groups()) if one.title == "鸿雁项目群"
    )
    phone.on_phone(lambda _, it: it.open_chat(group.chat_id))
    phone.tap(500, 2310)
    phone.write("收到，下午联调前我过一遍")
    phone.tap(960, 2310)
    phone.arm("send_failed_mark", times=2)
    page.wait_for_selector("#armed:not([hidden])")
    page.locator("#text").fill("辛苦啦")
    page.wait_for_selector("#marks circle", state="detached")
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    # A few hundred colours are all it has; so it is a third as long.
    taken.quantize(256, dither=Image.Dither.NONE).save(PICTURE, optimize=True)


def main() -> None:
    """Take it anew."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(at=NINE) as phone,
    ):
        phone.world(WORLD)
        phone.on_phone(lambda _, it: it.start_wechat())
        with opened(Path(folder), phone) as page:
            take(phone, page)


if __name__ == "__main__":
    main()

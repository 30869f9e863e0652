"""A finger on the screen and a hand on the keyboard, with the faults that befall them."""

import asyncio
from typing import TYPE_CHECKING

from device_agent.sim.faults import Strike
from device_agent.sim.moves.picking import turn_panel
from device_agent.sim.screens.book import PAGES
from device_agent.sim.screens.conversations import tab_area
from device_agent.sim.windows import covered

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone


class Denied(Exception):
    """Android refuses injected events: a java.lang.SecurityException in the phone."""


_SLOP_DP = 8
_EDGE_DP = 120
DENIAL = "Injecting to another application requires INJECT_EVENTS permission"


def tap(phone: "Phone", x: int, y: int, strike: Strike, *, by: str, held: bool = False) -> None:
    """A tap, or a long press if `held`. Raises Denied."""
    permit(strike)
    if strike.has("tap_late"):
        stage = phone.stage

        def land() -> None:
            if phone.stage is not stage:
                # The phone was emptied meanwhile.
                return
            phone.tap(x, y, by=by, held=held, strike=strike)
            phone.keep()

        delay = strike.value("tap_late", "ms") / 1000
        asyncio.get_running_loop().call_later(delay, land)
        return
    ignored = strike.has("tap_ignored")
    for _ in range(2 if strike.has("tap_doubled") else 1):
        phone.tap(x, y, ignored=ignored, by=by, held=held, strike=strike)


def permit(strike: Strike) -> None:
    """Raises Denied where the phone takes no injected touches and keys."""
    if strike.has("inject_events_denied"):
        raise Denied(DENIAL)


def entered(text: str, strike: Strike) -> str | None:
    """What of a text reaches the field; None if nothing does."""
    if strike.has("input_refused"):
        return None
    if strike.has("input_truncated"):
        text = text[: int(strike.value("input_truncated", "keep"))]
    return text * 2 if strike.has("paste_twice") else text


def swipe(phone: "Phone", start: tuple[int, int], end: tuple[int, int]) -> None:
    """Drag what lies at the start point; vertical moves scroll, one to the side turns the page of
    the `+` panel. A swipe up opens a lock screen that has no PIN; one down from the status bar
    pulls the shade, and one up from the screen's lower edge closes it.
    """
    stage, look, moved = phone.stage, phone.look, end[1] - start[1]
    if abs(end[0] - start[0]) > max(abs(moved), look.dp(_SLOP_DP)):
        if stage.in_front and not covered(stage):
            turn_panel(phone, end[0] - start[0])
        return
    if not stage.awake or abs(moved) < look.dp(_SLOP_DP):
        return
    if stage.locked or stage.shade:
        _uncover(phone, start, moved)
    elif moved > 0 and start[1] < look.top:
        phone.pull_shade()
    elif stage.wechat_front and not covered(stage):
        _scroll(phone, start, moved)
    phone.redraw()


def _uncover(phone: "Phone", start: tuple[int, int], moved: int) -> None:
    """Swipe the lock screen or the shade away, if that is what this drag does."""
    stage, look = phone.stage, phone.look
    if moved > 0:
        return
    if not stage.locked:
        if start[1] > look.height - look.dp(_EDGE_DP):
            phone.press("back")
    elif not stage.pin:
        phone.change_screen()
        stage.unlock()


def _scroll(phone: "Phone", start: tuple[int, int], moved: int) -> None:
    stage, look, page = phone.stage, phone.look, phone.stage.page
    if page is not None:
        kind = PAGES[page.name]
        if start[1] >= look.body_top:
            wanted = page.offset + (moved if kind.from_end else -moved)
            page.offset = kind.reach(phone.scene, max(0, wanted))
    elif tab_area(look).holds(*start):
        stage.tab_offset = max(0, stage.tab_offset - moved)

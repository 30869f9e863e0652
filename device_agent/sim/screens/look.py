"""What a screen is drawn for: the device's measures, its language, its layout and the time."""

from dataclasses import dataclass
from datetime import datetime

from device_agent.sim import wording
from device_agent.sim.layouts.profile import Profile
from device_agent.sim.lettering import wrap
from device_agent.sim.screens.node import IMAGE, TEXT, Node, Paint, Rect

INK = "#191919"
GREY = "#B2B2B2"
PAPER = "#EDEDED"
WHITE = "#FFFFFF"
GREEN = "#07C160"
OWN_BUBBLE = "#95EC69"
RED = "#FA5151"


@dataclass(frozen=True, slots=True)
class Look:
    """Everything a screen needs to know about the device; pixels come from `dp` and `sp`."""

    width: int
    height: int
    density: float
    font_scale: float
    lang: str
    profile: Profile
    now: datetime
    owner: str

    def dp(self, points: float) -> int:
        """Density-independent points as pixels."""
        return round(points * self.density)

    def sp(self, points: float) -> int:
        """Font points as pixels; they follow the font scale."""
        return round(points * self.density * self.font_scale)

    def measure(self, place: str, points: float) -> int:
        """A measure that differs between layouts, in pixels; `shape.py` lists the places."""
        return self.dp(points * self.profile.measures.get(place, 1.0))

    @property
    def screen(self) -> Rect:
        """The whole screen."""
        return Rect(0, 0, self.width, self.height)

    @property
    def top(self) -> int:
        """Where the action bar begins, below the status bar."""
        return self.measure("status", 30)

    @property
    def body_top(self) -> int:
        """Where the content begins, below the action bar."""
        return self.top + self.measure("bar", 48)

    def word(self, key: str) -> str:
        """A word of the interface in the device's language."""
        return wording.word(self.lang, key)

    def rid(self, role: str) -> str:
        """The resource id of a role."""
        return self.profile.rid(role)

    def label(
        self,
        rect: Rect,
        text: str,
        size: float,
        *,
        role: str = "",
        kind: str = TEXT,
        color: str = INK,
        align: str = "left",
        lines: tuple[str, ...] | None = None,
    ) -> Node:
        """A node with text; `lines` are what the picture shows of it."""
        pixels = self.sp(size)
        shown = wrap(text, pixels, max(1, rect.right - rect.left)) if lines is None else lines
        paint = Paint(color=color, size=pixels, lines=shown, align=align)
        rid = self.rid(role) if role else ""
        return Node(kind, rect, rid=rid, text=text, role=role, paint=paint)

    def icon(
        self, rect: Rect, shape: str, *, role: str = "", desc: str = "", kind: str = IMAGE
    ) -> Node:
        """A node that is a small drawing."""
        rid = self.rid(role) if role else ""
        return Node(kind, rect, rid=rid, desc=desc, role=role, paint=Paint(shape=shape))

"""The settings of the simulated device that the control API may change."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from device_agent.sim.content import language
from device_agent.sim.failure import Refusal
from device_agent.sim.layouts.profile import default_version, profile_for
from device_agent.sim.screens.look import Look

_SCREEN = re.compile(r"(\d{3,4})x(\d{3,4})")
_SHAPES = {
    "locale": (r"(zh|en)([_-]\w+)?", "a zh or en locale, such as zh_CN or en"),
    "wechat_version": (
        r"\d{1,3}(\.\d{1,3}){1,3}(\+[1-9])?",
        "a version such as 8.0.49, or 8.0.43+2 for its second build",
    ),
}
# The shorter side of a screen in dp, as of most phones.
_WIDTH_DP = 360.0


@dataclass(slots=True)
class Device:
    """What kind of phone it is; times in milliseconds."""

    locale: str = "zh_CN"
    wechat_version: str = ""
    layout_seed: int | None = None
    font_scale: float = 1.0
    screen: str = "1080x2400"
    transition_ms: int = 0
    rpc_delay_ms: int = 0

    def __post_init__(self) -> None:
        self.wechat_version = self.wechat_version or default_version()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = self.screen.split("x")
        return int(width), int(height)

    def record(self) -> dict[str, Any]:
        """The settings as plain data."""
        return asdict(self)

    def patch(self, changes: dict[str, Any]) -> None:
        """Change settings, all or none. Raises Refusal 422 naming what is wrong."""
        checked = {name: _checked(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def look(self, now: datetime, owner: str) -> Look:
        """What screens are drawn for."""
        width, height = self.size
        profile = profile_for(self.wechat_version, self.layout_seed)
        lang = language(self.locale)
        density = min(width, height) / _WIDTH_DP * profile.scale
        return Look(width, height, density, self.font_scale, lang, profile, now, owner)


def _number(name: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Refusal(422, f"`{name}` must be a number from {low:g} to {high:g}")
    return value


def _checked(name: str, value: Any) -> Any:
    if name in _SHAPES:
        shape, wanted = _SHAPES[name]
        if isinstance(value, str) and re.fullmatch(shape, value):
            return value
        raise Refusal(422, f"`{name}` must be {wanted}")
    if name == "screen":
        return _screen(value)
    if name == "layout_seed":
        return None if value is None else int(_number(name, value, 0, 2**53))
    if name == "font_scale":
        return float(_number(name, value, 0.5, 3.0))
    if name in {"transition_ms", "rpc_delay_ms"}:
        return int(_number(name, value, 0, 60_000))
    known = ", ".join(Device.__slots__)
    raise Refusal(422, f"unknown setting `{name}`; known: {known}")


def _screen(value: Any) -> str:
    if isinstance(value, list | tuple) and len(value) == 2:
        value = f"{value[0]}x{value[1]}"
    if isinstance(value, dict) and {"width", "height"} <= set(value):
        value = f"{value['width']}x{value['height']}"
    if not isinstance(value, str) or not (found := _SCREEN.fullmatch(value)):
        raise Refusal(422, "`screen` must be WIDTHxHEIGHT in pixels, such as 1080x2400")
    if not (320 <= int(found[1]) <= 2160 and 640 <= int(found[2]) <= 4096):
        raise Refusal(422, "`screen` must be from 320x640 to 2160x4096 pixels")
    return value

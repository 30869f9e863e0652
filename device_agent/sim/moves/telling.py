"""Toasts: what WeChat says for two seconds and takes back by itself."""

from typing import TYPE_CHECKING

from device_agent.sim.stage import Overlay
from device_agent.sim.wording import word

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone

_SHOWN_S = 2.0


def tell(phone: "Phone", key: str, *values: str) -> None:
    """Show a toast with one of WeChat's sentences."""
    text = word(phone.lang, key).format(*values)
    phone.stage.dismiss("toast")
    phone.stage.lay(Overlay("toast", text, until=phone.monotonic() + _SHOWN_S))
    phone.redraw()

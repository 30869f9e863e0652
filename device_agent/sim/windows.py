"""Lays the windows of the screen over each other: overlays, what is in front, the status bar."""

from device_agent.sim.layouts.weaving import weave
from device_agent.sim.screens.book import LAUNCHER_UI, OVERLAYS, PAGES
from device_agent.sim.screens.conversations import start_screen
from device_agent.sim.screens.keyguard import keyguard
from device_agent.sim.screens.node import Node, hit, settle
from device_agent.sim.screens.notice import Notice
from device_agent.sim.screens.scene import Scene
from device_agent.sim.screens.system import launcher, shade, status_bar
from device_agent.sim.stage import Overlay, Stage

# Whole pages of their own: what lies below them is no window.
_WHOLE = frozenset({"logged_out", "incoming_call"})
LAUNCHER = ("com.android.launcher3", "com.android.launcher3.Launcher")


def activity(stage: Stage) -> tuple[str, str]:
    """The package and the activity in front; a call, a login and a permission are their own."""
    own = [OVERLAYS[one.name] for one in visible(stage) if OVERLAYS[one.name].activity]
    if own:
        return own[-1].package, own[-1].activity
    if not stage.wechat_front:
        return LAUNCHER
    return "com.tencent.mm", PAGES[stage.page.name].activity if stage.page else LAUNCHER_UI


def window_title(stage: Stage) -> str:
    """What the window is called that has the focus, as dumpsys shows it."""
    if stage.shade:
        return "NotificationShade"
    if stage.locked or not stage.awake:
        return "com.android.systemui/com.android.systemui.keyguard"
    top = next((one for one in reversed(visible(stage)) if OVERLAYS[one.name].covers), None)
    return (OVERLAYS[top.name].title if top else "") or "/".join(activity(stage))


def visible(stage: Stage) -> list[Overlay]:
    """The overlays that stand now, the topmost last; WeChat's own stand over WeChat alone."""
    return [one for one in stage.overlays if stage.wechat_front or not OVERLAYS[one.name].inside]


def covered(stage: Stage) -> bool:
    """Whether a window lies over what is in front and takes its taps."""
    return stage.locked or stage.shade or any(OVERLAYS[one.name].covers for one in visible(stage))


def compose(scene: Scene, notices: list[Notice]) -> list[Node]:
    """The windows, clipped to the screen; the active one first, the status bar last."""
    stage, look = scene.stage, scene.look
    if stage.locked:
        roots = [keyguard(look, notices, pin=stage.pin)]
    else:
        covers = [one for one in visible(stage) if OVERLAYS[one.name].covers]
        banners = [
            one
            for one in visible(stage)
            if not OVERLAYS[one.name].covers and OVERLAYS[one.name].seen
        ]
        roots = [shade(look, notices)] if stage.shade else []
        roots += [OVERLAYS[one.name].draw(scene, one) for one in _in_sight(covers)]
        if not any(one.name in _WHOLE for one in covers):
            roots.append(_front(scene))
        roots += [OVERLAYS[one.name].draw(scene, one) for one in banners]
    roots.append(status_bar(look))
    return [settle(weave(root, look.profile), look.screen) for root in roots]


def _in_sight(covers: list[Overlay]) -> list[Overlay]:
    """The topmost first, down to one that fills the screen."""
    whole = [place for place, one in enumerate(covers) if one.name in _WHOLE]
    return covers[whole[-1] if whole else 0 :][::-1]


def unseen(scene: Scene) -> list[Node]:
    """What stands on the screen and is no window to accessibility: toasts."""
    shown = [one for one in visible(scene.stage) if not OVERLAYS[one.name].seen]
    return [] if scene.stage.locked else [OVERLAYS[one.name].draw(scene, one) for one in shown]


def target(windows: list[Node], x: int, y: int) -> Node | None:
    """The node that a tap at a point would move: a banner's, else the active window's."""
    banners = [one for one in windows if one.role == "banner" and one.bounds.holds(x, y)]
    deepest, reacting = hit((banners or windows)[0], x, y)
    return reacting or deepest


def _front(scene: Scene) -> Node:
    stage = scene.stage
    if not stage.wechat_front:
        return launcher(scene.look)
    if stage.page is not None:
        return PAGES[stage.page.name].draw(scene)
    return start_screen(scene)

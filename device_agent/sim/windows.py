"""Lays the windows of the screen over each other: overlays, what is in front, the status bar."""

from device_agent.sim.screens.book import LAUNCHER_UI, OVERLAYS, PAGES
from device_agent.sim.screens.conversations import Listing, start_screen
from device_agent.sim.screens.node import Node, settle
from device_agent.sim.screens.scene import Scene
from device_agent.sim.screens.system import Notice, launcher, shade, status_bar
from device_agent.sim.stage import Stage

LAUNCHER = ("com.android.launcher3", "com.android.launcher3.Launcher")


def activity(stage: Stage) -> tuple[str, str]:
    """The package and the activity in front."""
    if not stage.wechat_front:
        return LAUNCHER
    return "com.tencent.mm", PAGES[stage.page.name].activity if stage.page else LAUNCHER_UI


def covered(stage: Stage) -> bool:
    """Whether a window lies over what is in front and takes its taps."""
    return stage.shade or any(OVERLAYS[one.name].covers for one in stage.overlays)


def compose(scene: Scene, notices: list[Notice]) -> list[Node]:
    """The windows, clipped to the screen; the active one first, the status bar last."""
    covers = [one for one in scene.stage.overlays if OVERLAYS[one.name].covers]
    banners = [one for one in scene.stage.overlays if not OVERLAYS[one.name].covers]
    roots = [shade(scene.look, notices)] if scene.stage.shade else []
    roots += [OVERLAYS[one.name].draw(scene, one) for one in reversed(covers)]
    roots.append(_front(scene))
    roots += [OVERLAYS[one.name].draw(scene, one) for one in banners]
    roots.append(status_bar(scene.look))
    return [settle(root, scene.look.screen) for root in roots]


def _front(scene: Scene) -> Node:
    stage = scene.stage
    if not stage.wechat_front:
        return launcher(scene.look)
    if stage.page is not None:
        return PAGES[stage.page.name].draw(scene)
    return start_screen(scene.look, Listing(scene.world.listing(), stage.list_offset, stage.tab))

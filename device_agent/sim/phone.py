"""One simulated phone: its screen, what taps and keys do to it, and what happens in its world."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from device_agent.sim import hierarchy, keeping, keyboard, receiving
from device_agent.sim.automation import Automation
from device_agent.sim.cable import ABSENT, Cable
from device_agent.sim.clock import Clock, rfc3339
from device_agent.sim.content import language
from device_agent.sim.device import Device
from device_agent.sim.faults import KNOBS, NOTHING, Faults, Strike
from device_agent.sim.frames import Frames
from device_agent.sim.glimpse import glimpse
from device_agent.sim.moves.book import MOVES
from device_agent.sim.notifications import Notifications
from device_agent.sim.screens.book import OVERLAYS
from device_agent.sim.screens.conversations import tab_reach
from device_agent.sim.screens.look import Look
from device_agent.sim.screens.node import Node
from device_agent.sim.screens.scene import Scene
from device_agent.sim.script import Script
from device_agent.sim.shell.files import Files
from device_agent.sim.stage import Overlay, Page, Stage
from device_agent.sim.store import Store
from device_agent.sim.truth import Truth
from device_agent.sim.windows import activity, compose, covered, target, visible
from device_agent.sim.world import Chat, Message, World

# What sends, by the role of the node that is tapped, and what opens a chat.
KINDS_OF_TAPS = {
    **dict.fromkeys(("send", "album_send", "confirm_send", "resend"), "send_tap"),
    "row": "row_tap",
}


class Phone:
    """A phone; all its methods belong to the event loop's thread.

    Whatever changes it must be followed by `keep` before anyone is told: then nothing told is lost.
    """

    def __init__(
        self,
        serial: str,
        *,
        seed: int = 0,
        clock: Clock | None = None,
        transition_ms: int = 0,
        data: Path | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.serial = serial
        self.clock = clock or Clock()
        self._born = Device(transition_ms=transition_ms)
        self.device = Device(transition_ms=transition_ms)
        self.world = World(self.clock.seconds, seed)
        self.truth = Truth()
        self.faults = Faults(KNOBS, monotonic)
        self.files = Files(self.clock.seconds)
        self.notifications = Notifications()
        self.script = Script(self, seed)
        self.stage = Stage()
        self.settings: dict[str, str] = {}
        self.clipboard = ""
        self.strike = NOTHING
        self.monotonic = monotonic
        self.cable = Cable(monotonic)
        self.automation: Automation = Automation(monotonic)
        self.on_adb_down: Callable[[float], None] = lambda seconds: None
        self._revision = 0
        self._frames = Frames(monotonic)
        self._chance = random.Random(f"windows/{seed}")
        self._before: list[Node] = []
        self._store = Store(data, serial) if data else None
        if self._store is not None:
            keeping.restore(self, self._store)

    # What is kept.

    def keep(self, *, counters: bool = False) -> None:
        """Write what changed to the store, in one transaction."""
        keeping.keep(self, self._store, counters=counters)

    def keep_settings(self) -> None:
        """Write the device's settings and the clock to the store."""
        self._revision += 1
        if self._store is not None:
            meta = {"device": self.device.record(), "clock": self.clock.state()}
            self._store.write(meta=meta | {"owner": self.world.owner})

    def reset(self) -> None:
        """Empty the phone: no chats, no files, no truth, no faults, real time, the home screen."""
        self.clock.restart()
        self.device = Device(**self._born.record())
        self.world.clear()
        self.truth.clear()
        self.faults.clear()
        self.script.clear()
        self.notifications.clear()
        self.files.clear()
        self.files.touched.clear()
        self.settings.clear()
        self.clipboard = ""
        self.stage = Stage()
        self.cable.mend()
        self.automation.heal()
        self.on_adb_down(0.0)
        self._revision += 1
        if self._store is not None:
            self._store.empty()

    def close(self) -> None:
        """Keep the counters and close the store."""
        self.keep(counters=True)
        if self._store is not None:
            self._store.close()

    # What stands on the screen.

    @property
    def look(self) -> Look:
        """What screens are drawn for, now."""
        return self.device.look(self.clock.now(), self.world.owner)

    @property
    def lang(self) -> str:
        """The language of the interface: zh or en."""
        return language(self.device.locale)

    @property
    def scene(self) -> Scene:
        """What pages are drawn from, now."""
        return Scene(self.look, self.world, self.stage, self.files, self.monotonic())

    @property
    def activity(self) -> tuple[str, str]:
        """The package and the activity in front."""
        return activity(self.stage)

    @property
    def frame(self) -> tuple[Any, ...]:
        """Changes whenever the settled screen may look different."""
        minute = f"{self.clock.now():%Y%m%d%H%M}"
        return (
            self._revision,
            self.world.revision,
            minute,
            self.truth.pending(self.monotonic()),
            self.faults.holds("notifications_off"),
        )

    def windows(self) -> list[Node]:
        """The windows on the screen, the active one first; during a transition the old ones."""
        if self.stage.expire(self.monotonic()):
            self._revision += 1
        if self.monotonic() < self.stage.settles_at:
            return self._before
        return self._windows()

    def _windows(self) -> list[Node]:
        frame = self.frame
        if self._frames.frame != frame:
            scene = self.scene
            self.stage.tab_offset = tab_reach(scene, self.stage.tab_offset)
            silent = self.faults.holds("notifications_off")
            notices = [] if silent else self.notifications.notices()
            self._frames.put(frame, compose(scene, notices))
        return self._frames.windows

    def glimpse(self, strike: Strike, *, shuffled: bool = False) -> list[Node]:
        """The windows as a call catches them that `strike` befalls."""
        now = self.windows()
        if strike is NOTHING:
            return now
        return glimpse(now, self._frames, strike, self._chance if shuffled else None)

    def redraw(self) -> None:
        """Call after what stands on the screen changed without a transition."""
        self._revision += 1

    def change_screen(self) -> None:
        """Call before the screen changes: the old one stays in sight for the transition time."""
        if self.device.transition_ms > 0:
            self._before = self.windows()
            self.stage.settles_at = self.monotonic() + self.device.transition_ms / 1000
        self._revision += 1

    # What a finger does.

    def aimed(self, x: int, y: int) -> Node | None:
        """The node that a tap at this point would move; None while the screen is moving."""
        if not self.stage.awake or self.monotonic() < self.stage.settles_at:
            return None
        return target(self.windows(), x, y)

    def kind_of_tap(self, x: int, y: int) -> str:
        """The fault class of a tap at this point."""
        node = self.aimed(x, y)
        return KINDS_OF_TAPS.get(node.role if node else "", "tap")

    def tap(
        self,
        x: int,
        y: int,
        *,
        ignored: bool = False,
        by: str = "rpc",
        held: bool = False,
        strike: Strike = NOTHING,
    ) -> None:
        """A tap, or a long press if `held`; the truth notes what it hit, even an ignored one.

        `strike` is what befalls the operation: moves look at it in `phone.strike`.
        """
        node = self.aimed(x, y)
        record = {
            "x": x,
            "y": y,
            "node": hierarchy.brief(node) if node else None,
            "at": rfc3339(self.clock.seconds()),
            "by": by,
        }
        record |= {"held": True} if held else {}
        record |= {"ignored": True} if ignored else {}
        self.truth.note_tap(record)
        action = None if node is None else (node.hold if held and node.hold else node.action)
        if action is None or ignored:
            return
        self.strike = strike
        try:
            MOVES[action.verb](self, action.target)
        finally:
            self.strike = NOTHING

    def press(self, key: str) -> None:
        """A key by its Android name in lower case without KEYCODE_; unknown keys do nothing."""
        if key == "back":
            self._back()
        elif key == "home" and not self.stage.locked:
            self.change_screen()
            self.stage.wechat_front = self.stage.shade = False
        elif key in {"power", "wakeup", "sleep"}:
            self.stage.awake = not self.stage.awake if key == "power" else key == "wakeup"
        elif key == "enter":
            self.type_text("\n")
        elif key in {"del", "delete"}:
            keyboard.erase(self)
        self._revision += 1

    def _back(self) -> None:
        self.change_screen()
        stage, page = self.stage, self.stage.page
        if stage.shade:
            stage.shade = False
        elif covered(stage):
            top = visible(stage)[-1] if visible(stage) else None
            if not stage.locked and top is not None and OVERLAYS[top.name].back:
                stage.overlays.remove(top)
        elif page is not None and stage.wechat_front:
            if page.panel:
                page.panel = ""
            else:
                self.leave_page()
        else:
            stage.wechat_front = False

    def pull_shade(self) -> None:
        """Open the notification shade."""
        self.change_screen()
        self.stage.shade = True

    # Typing.

    def field_text(self) -> str | None:
        """What the focused field holds; None if nothing has the focus."""
        return keyboard.held(self)

    def write(self, text: str) -> None:
        """Put a text into the field of what is on top, in place of what it held."""
        keyboard.put(self, text)

    def write_field(self, chat: Chat, text: str) -> None:
        """Put a text into a chat's field, as a person who left it there."""
        if chat.draft != text:
            chat.draft = text
            self.world.touch(chat)

    def type_text(self, text: str) -> bool:
        """Type into the focused field; False if there is none."""
        return keyboard.insert(self, text)

    def visible_chat(self) -> Chat | None:
        """The chat on the screen."""
        found = self.stage.open_chat if self.stage.wechat_front else None
        return self.world.chats.get(found) if found is not None else None

    # WeChat.

    def start_wechat(self) -> None:
        """Bring WeChat to the front as it was left."""
        if self.stage.wechat_front and not self.stage.shade:
            return
        self.change_screen()
        self.stage.shade = False
        self.stage.wechat_front = self.stage.wechat_running = True
        self._look_again()

    def stop_wechat(self) -> None:
        """Force WeChat to stop."""
        self.change_screen()
        self.stage.stop_wechat()

    def open_chat(self, chat_id: str, *, above: bool = False) -> None:
        """Show a chat, `above` the pages that are open or alone: badge and notification go."""
        chat = self.world.chats.get(chat_id)
        if chat is None:
            return
        self.change_screen()
        page = Page("chat", chat_id)
        if above:
            self.stage.show(page)
        else:
            self.stage.only(page)
            self.stage.tab = 0
        self._note_opened(chat)

    def show_page(self, page: Page) -> None:
        """Put a page on top."""
        self.change_screen()
        self.stage.show(page)

    def leave_page(self) -> None:
        """Go back to the page below; a chat that comes into sight again counts as opened."""
        self.stage.pages.pop()
        self._look_again()

    def _look_again(self) -> None:
        chat = self.visible_chat()
        if chat is not None:
            self._note_opened(chat)

    def show_overlay(self, overlay: Overlay) -> None:
        """Lay a window over what is in front."""
        self.change_screen()
        self.stage.lay(overlay)

    def _note_opened(self, chat: Chat) -> None:
        at = rfc3339(self.clock.seconds())
        self.truth.note_opened({"chat_id": chat.chat_id, "at": at, "unread": chat.unread})
        self.notifications.cancel(chat.chat_id)
        if chat.unread or chat.mentions_me:
            chat.unread, chat.mentions_me = 0, False
            self.world.touch(chat)
        self.script.after("open", chat.chat_id)

    def receive(
        self,
        chat: Chat,
        sender: str,
        content: dict[str, Any],
        quote: str | None = None,
        **options: Any,
    ) -> Message:
        """Someone writes in a chat, as `receiving.receive` does it."""
        return receiving.receive(self, chat, sender, content, quote, **options)

    def recall(self, message_id: str) -> Message:
        """The author takes a message back."""
        return receiving.recall(self, message_id)

    # The cable.

    def unplug(self, seconds: float, state: str = ABSENT) -> None:
        """Pull the cable for a while: connections break and the uiautomator2 server ends."""
        self.automation.end()
        self.cable.cut(state, seconds)

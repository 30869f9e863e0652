"""One simulated phone: its screen, what taps and keys do to it, and what happens in its world."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from device_agent.sim import hierarchy, keeping
from device_agent.sim.clock import Clock, rfc3339
from device_agent.sim.content import language
from device_agent.sim.device import Device
from device_agent.sim.faults import Faults
from device_agent.sim.notifications import Notifications
from device_agent.sim.screens.chat import ChatView, chat_screen, height_of, reach
from device_agent.sim.screens.conversations import Listing, list_view, start_screen
from device_agent.sim.screens.look import Look
from device_agent.sim.screens.node import Action, Node, hit, settle
from device_agent.sim.screens.system import launcher, shade, status_bar
from device_agent.sim.shell.files import Files
from device_agent.sim.stage import Stage
from device_agent.sim.store import Store
from device_agent.sim.truth import Truth
from device_agent.sim.wording import word
from device_agent.sim.world import Chat, Message, World

_SLOP_DP = 8


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
        self.faults = Faults()
        self.files = Files(self.clock.seconds)
        self.notifications = Notifications()
        self.stage = Stage()
        self.settings: dict[str, str] = {}
        self.clipboard = ""
        self.monotonic = monotonic
        self.absent_until = 0.0
        self.server: object | None = None
        self.links: set[asyncio.StreamWriter] = set()
        self.on_state: Callable[[], None] = lambda: None
        self._revision = 0
        self._shown: tuple[tuple[Any, ...], list[Node]] | None = None
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
            self._store.write(meta={"device": self.device.record(), "clock": self.clock.state()})

    def reset(self) -> None:
        """Empty the phone: no chats, no files, no truth, no faults, real time, the home screen."""
        self.clock.restart()
        self.device = Device(**self._born.record())
        self.world.clear()
        self.truth.clear()
        self.faults.clear()
        self.notifications.clear()
        self.files.clear()
        self.files.touched.clear()
        self.stage = Stage()
        self.absent_until = 0.0
        self.on_state()
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

    def windows(self) -> list[Node]:
        """The windows on the screen, the active one first; during a transition the old ones."""
        if self.monotonic() < self.stage.settles_at:
            return self._before
        return self._windows()

    def _windows(self) -> list[Node]:
        look = self.look
        key = (self._revision, self.world.revision, f"{look.now:%Y%m%d%H%M}")
        if self._shown is None or self._shown[0] != key:
            roots = [self._front(look), status_bar(look)]
            if self.stage.shade:
                roots.insert(0, shade(look, self.notifications.notices()))
            self._shown = (key, [settle(root, look.screen) for root in roots])
        return self._shown[1]

    def _front(self, look: Look) -> Node:
        if not self.stage.wechat_front:
            return launcher(look)
        view = self._view()
        if view is not None:
            return chat_screen(look, view)
        listing = Listing(self.world.listing(), self._clamped_offset(look), self.stage.tab)
        return start_screen(look, listing)

    def _view(self) -> ChatView | None:
        chat = self.world.chats.get(self.stage.open_chat or "")
        if chat is None:
            return None
        return ChatView(chat, self.world.messages, self.stage.up, self.stage.focused)

    def _clamped_offset(self, look: Look) -> int:
        longest = list_view(look, len(self.world.chats)).longest
        self.stage.list_offset = min(self.stage.list_offset, longest)
        return self.stage.list_offset

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
        deepest, reacting = hit(self.windows()[0], x, y)
        return reacting or deepest

    def kind_of_tap(self, x: int, y: int) -> str:
        """The fault class of a tap at this point."""
        node = self.aimed(x, y)
        return {"send": "send_tap", "row": "row_tap"}.get(node.role if node else "", "tap")

    def tap(self, x: int, y: int, *, ignored: bool = False, by: str = "rpc") -> None:
        """A tap; the truth notes what it hit, even when a fault lets it pass unnoticed."""
        node = self.aimed(x, y)
        record = {
            "x": x,
            "y": y,
            "node": hierarchy.brief(node) if node else None,
            "at": rfc3339(self.clock.seconds()),
            "by": by,
        }
        if ignored:
            record["ignored"] = True
        self.truth.note_tap(record)
        if node is not None and node.action is not None and not ignored:
            self._act(node.action)

    def _act(self, action: Action) -> None:
        if action.verb == "send":
            self._send()
        elif action.verb == "open":
            self.open_chat(action.target)
        elif action.verb == "back":
            self.press("back")
        elif action.verb == "launch":
            self.start_wechat()
        elif action.verb == "focus":
            self.stage.focused = True
            self._revision += 1
        elif action.verb == "tab":
            self.change_screen()
            self.stage.tab = int(action.target)

    def swipe(self, x1: int, y1: int, x2: int, y2: int) -> None:
        """Drag what lies at the start point; only vertical moves scroll."""
        if not self.stage.awake or not self.stage.wechat_front or self.stage.shade:
            return
        look = self.look
        moved = y2 - y1
        if abs(moved) < look.dp(_SLOP_DP):
            return
        view = self._view()
        if view is not None:
            if y1 >= look.body_top:
                wanted = ChatView(view.chat, view.messages, max(0, view.up + moved), view.focused)
                self.stage.up = reach(look, wanted)
        elif list_view(look, 0).area.holds(x1, y1) and self.stage.tab == 0:
            self.stage.list_offset = max(0, self.stage.list_offset - moved)
        self._revision += 1

    def press(self, key: str) -> None:
        """A key by its Android name in lower case without KEYCODE_; unknown keys do nothing."""
        if key == "back":
            self._back()
        elif key == "home":
            self.change_screen()
            self.stage.wechat_front = self.stage.shade = False
        elif key in {"power", "wakeup", "sleep"}:
            self.stage.awake = not self.stage.awake if key == "power" else key == "wakeup"
        elif key == "enter":
            self.type_text("\n")
        elif key in {"del", "delete"}:
            chat = self.typing()
            if chat is not None:
                self.write_field(chat, chat.draft[:-1])
        self._revision += 1

    def _back(self) -> None:
        self.change_screen()
        if self.stage.shade:
            self.stage.shade = False
        elif self.stage.open_chat is not None and self.stage.wechat_front:
            self.stage.leave_chat()
        else:
            self.stage.wechat_front = False

    def pull_shade(self) -> None:
        """Open the notification shade."""
        self.change_screen()
        self.stage.shade = True

    # Typing.

    def typing(self) -> Chat | None:
        """The chat whose field has the focus."""
        view = self._view()
        return view.chat if view and view.focused and self.stage.wechat_front else None

    def visible_chat(self) -> Chat | None:
        """The chat on the screen."""
        view = self._view()
        return view.chat if view and self.stage.wechat_front else None

    def write_field(self, chat: Chat, text: str) -> None:
        """Put a text into a chat's field, in place of what it held."""
        if chat.draft != text:
            chat.draft = text
            self.world.touch(chat)

    def type_text(self, text: str) -> bool:
        """Type into the focused field; False if there is none."""
        chat = self.typing()
        if chat is None:
            return False
        self.write_field(chat, chat.draft + text)
        return True

    # WeChat.

    def start_wechat(self) -> None:
        """Bring WeChat to the front as it was left."""
        if self.stage.wechat_front and not self.stage.shade:
            return
        self.change_screen()
        self.stage.shade = False
        self.stage.wechat_front = self.stage.wechat_running = True
        if self.stage.open_chat is not None:
            self._note_opened(self.world.chats[self.stage.open_chat])

    def stop_wechat(self) -> None:
        """Force WeChat to stop."""
        self.change_screen()
        self.stage.stop_wechat()

    def open_chat(self, chat_id: str) -> None:
        """Show a chat: its badge and its notification go."""
        chat = self.world.chats.get(chat_id)
        if chat is None:
            return
        self.change_screen()
        self.stage.enter_chat(chat_id)
        self._note_opened(chat)

    def _note_opened(self, chat: Chat) -> None:
        at = rfc3339(self.clock.seconds())
        self.truth.note_opened({"chat_id": chat.chat_id, "at": at, "unread": chat.unread})
        self.notifications.cancel(chat.chat_id)
        if chat.unread:
            chat.unread = 0
            self.world.touch(chat)

    def _send(self) -> None:
        chat = self.visible_chat()
        if chat is None or not chat.draft:
            return
        self.change_screen()
        text, failed = chat.draft, chat.removed_me or chat.blocked_me
        chat.draft = ""
        self.stage.up = 0
        content = {"kind": "text", "text": text}
        message = self.world.append(chat, self.world.owner, content, own=True, failed=failed)
        if failed:
            line = "无法在已退出的群聊中发送消息" if chat.removed_me else word(self.lang, "refused")
            self.world.append(chat, "", {"kind": "system", "text": line})
            return
        record = {
            "chat_id": chat.chat_id,
            "chat": chat.title,
            "kind": "text",
            "text": text,
            "at": rfc3339(message.at),
            "message_id": message.message_id,
        }
        self.truth.note_sent(record, self.stage.settles_at)

    def receive(
        self, chat: Chat, sender: str, content: dict[str, Any], quote: str | None
    ) -> Message:
        """Someone writes in a chat; badge and notification follow WeChat's rules."""
        own = sender == self.world.owner
        message = self.world.append(chat, sender, content, own=own, quote=quote)
        watched = self.stage.in_front and self.stage.open_chat == chat.chat_id
        if watched and self.stage.up > 0:
            view = ChatView(chat, self.world.messages, self.stage.up, self.stage.focused)
            self.stage.up += height_of(self.look, view, len(chat.messages) - 1)
        if own:
            chat.unread = 0
        elif not watched:
            chat.unread += 1
            if not chat.muted and not self.stage.in_front:
                self.notifications.post(chat, message, self.lang, self.clock.seconds())
        self._revision += 1
        return message

    def recall(self, message_id: str) -> Message:
        """The author takes a message back; a live notification of its chat says so."""
        message = self.world.recall(message_id)
        chat = self.world.chats[message.chat_id]
        if self.notifications.has(chat.chat_id) and chat.messages[-1] is message:
            self.notifications.post(chat, message, self.lang, self.clock.seconds())
        self._revision += 1
        return message

    # The cable.

    @property
    def present(self) -> bool:
        """Whether the phone hangs on the cable."""
        return self.monotonic() >= self.absent_until

    def unplug(self, seconds: float) -> None:
        """Pull the cable for a while: connections break and the uiautomator2 server ends."""
        self.absent_until = self.monotonic() + seconds
        self.server = None
        for link in list(self.links):
            link.transport.abort()
        self.on_state()

"""What stands on the phone's screen and how far it is scrolled."""

from dataclasses import dataclass


@dataclass(slots=True)
class Stage:
    """The state of the screen; offsets in pixels, `settles_at` in monotonic seconds."""

    wechat_front: bool = False
    wechat_running: bool = False
    tab: int = 0
    list_offset: int = 0
    open_chat: str | None = None
    up: int = 0
    focused: bool = False
    shade: bool = False
    awake: bool = True
    settles_at: float = 0.0

    def enter_chat(self, chat_id: str) -> None:
        """Show a chat at its end."""
        self.wechat_front = self.wechat_running = True
        self.shade = False
        self.open_chat, self.up, self.focused = chat_id, 0, False
        self.tab = 0

    def leave_chat(self) -> None:
        """Show the conversation list again."""
        self.open_chat, self.up, self.focused = None, 0, False

    def stop_wechat(self) -> None:
        """WeChat is gone; it will start at its list."""
        self.leave_chat()
        self.wechat_front = self.wechat_running = False
        self.tab = self.list_offset = 0

    @property
    def in_front(self) -> bool:
        """Whether a person would be looking at WeChat now."""
        return self.wechat_front and self.awake

    @property
    def activity(self) -> tuple[str, str]:
        """The package and activity in front."""
        if self.wechat_front:
            return "com.tencent.mm", "com.tencent.mm.ui.LauncherUI"
        return "com.android.launcher3", "com.android.launcher3.Launcher"

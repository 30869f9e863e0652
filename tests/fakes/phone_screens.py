"""A phone in this process with a world that fills every screen, and how each is shown."""

from typing import Any

from device_agent.sim.clock import Clock
from device_agent.sim.phone import Phone
from device_agent.sim.screens.book import OVERLAYS, PAGES
from device_agent.sim.screens.node import Node
from device_agent.sim.screens.panel import PANELS
from device_agent.sim.stage import Overlay, Page

# One content of each kind, and what a chat's tree says of it by language: (texts, descriptions).
Said = tuple[tuple[str, ...], tuple[str, ...]]
CONTENTS: dict[str, dict[str, Any]] = {
    "text": {"text": "晚上开会 meeting"},
    "image": {},
    "voice": {"seconds": 7},
    "video": {"seconds": 65},
    "file": {"name": "报告.pdf", "size": 20480},
    "link": {"title": "一篇文章", "url": "https://example.org/a", "source": "某公众号"},
    "location": {"label": "人民广场", "address": "黄浦区人民大道"},
    "sticker": {},
    "red_packet": {"greeting": "恭喜发财", "status": "已领取"},
    "transfer": {"amount": "12.50", "status": "已收款"},
    "name_card": {"name": "老李"},
    "mini_program": {"title": "点餐", "name": "小饭馆"},
    "system": {"text": '"小王"邀请"老李"加入了群聊'},
    "unknown": {},
}
SAID: dict[str, dict[str, Said]] = {
    "text": {"zh": (("晚上开会 meeting",), ()), "en": (("晚上开会 meeting",), ())},
    "image": {"zh": ((), ("图片",)), "en": ((), ("Photo",))},
    "voice": {"zh": (('7"',), ('语音7"',)), "en": (('7"',), ('Audio7"',))},
    "video": {"zh": (("1:05",), ("视频",)), "en": (("1:05",), ("Video",))},
    "file": {"zh": (("报告.pdf",), ()), "en": (("报告.pdf",), ())},
    "link": {"zh": (("一篇文章", "某公众号"), ()), "en": (("一篇文章", "某公众号"), ())},
    "location": {
        "zh": (("人民广场", "黄浦区人民大道"), ()),
        "en": (("人民广场", "黄浦区人民大道"), ()),
    },
    "sticker": {"zh": ((), ("动画表情",)), "en": ((), ("Sticker",))},
    "red_packet": {
        "zh": (("恭喜发财", "已领取"), ("恭喜发财",)),
        "en": (("恭喜发财", "已领取"), ("恭喜发财",)),
    },
    "transfer": {
        "zh": (("¥12.50", "已收款"), ("¥12.50",)),
        "en": (("¥12.50", "已收款"), ("¥12.50",)),
    },
    "name_card": {"zh": (("老李", "个人名片"), ()), "en": (("老李", "Contact Card"), ())},
    "mini_program": {
        "zh": (("点餐", "小饭馆", "小程序"), ()),
        "en": (("点餐", "小饭馆", "Mini Program"), ()),
    },
    "system": dict.fromkeys(("zh", "en"), (('"小王"邀请"老李"加入了群聊',), ())),
    "unknown": {"zh": (("[不支持的消息]",), ()), "en": (("[Unsupported message]",), ())},
}
FRIEND, TEAM, LONG = "小王", "项目组", "一个名字特别特别特别特别特别特别长的群聊"


class Screens:
    """The phone, and `show(name)` for each name in `names()`."""

    def __init__(self) -> None:
        clock = Clock(start=1_780_000_000.0, speed=0.0)
        self.phone = Phone("SCREENS", seed=5, clock=clock)
        world = self.phone.world
        self.team = world.add_chat(TEAM, kind="group", members=["小王", "老李", "Anna Bell"])
        self.friend = world.add_chat(FRIEND)
        self.long = world.add_chat(LONG, kind="group", members=["甲", "乙"], muted=True)
        for number in range(12):
            other = world.add_chat(f"同事{number}", pinned=number == 0)
            self.phone.receive(other, other.title, {"kind": "text", "text": f"你好{number}"}, None)
            other.unread = 120 if number == 10 else 1
        for number in range(120):
            self.phone.receive(self.long, "甲", {"kind": "text", "text": f"第{number}条"}, None)
        first = None
        for kind, content in CONTENTS.items():
            first = self.phone.receive(self.team, "老李", {"kind": kind, **content}, None)
        self.phone.receive(self.friend, FRIEND, {"kind": "text", "text": "长" * 900}, None)
        assert first is not None
        owner = world.owner
        world.append(self.friend, owner, {"kind": "text", "text": "好"}, own=True, failed=True)
        quoted = self.friend.messages[0].message_id
        world.append(self.friend, owner, {"kind": "text", "text": "引用"}, own=True, quote=quoted)
        for path in ("Pictures/a.png", "Pictures/b.png", "Download/报告.pdf"):
            self.phone.files.write(f"/sdcard/{path}", b"no picture at all")
        self.friend.draft = "写了一半 half"

    @staticmethod
    def names() -> list[str]:
        """All screens: the launcher, WeChat's tabs, its pages, the windows over them, the lock."""
        tabs = [f"tab:{number}" for number in range(4)]
        pages = [f"page:{name}" for name in PAGES] + [f"panel:{name}" for name in PANELS]
        overlays = [f"overlay:{name}" for name in OVERLAYS]
        return ["launcher", *tabs, *pages, *overlays, "shade", "lock", "lock:pin"]

    def message(self, kind: str) -> str:
        """The id of the team's message of a kind."""
        return next(one.message_id for one in self.team.messages if one.kind == kind)

    def show(self, name: str) -> list[Node]:
        """Bring a screen up and give its windows, the active one first."""
        stage = self.phone.stage
        stage.heal()
        stage.stop_wechat()
        stage.shade, stage.wechat_front = False, True
        what, _, which = name.partition(":")
        if what == "launcher":
            stage.wechat_front = False
        elif what == "tab":
            stage.tab = int(which)
        elif what in {"page", "panel"}:
            if which == "preview":
                stage.pages.append(Page("album", self.team.chat_id))
            stage.pages.append(self._page(which) if what == "page" else self._panel(which))
        elif what == "overlay":
            self._lay(which)
        elif what == "shade":
            stage.shade = True
        else:
            stage.lock(1e12, pin=which == "pin")
        self.phone.redraw()
        return self.phone.windows()

    def _panel(self, which: str) -> Page:
        return Page("chat", self.friend.chat_id, panel=which)

    def _page(self, name: str) -> Page:
        messages = {
            "viewer": "image",
            "file": "file",
            "detail": "red_packet",
            "whole_text": "text",
        }
        if name in messages:
            return Page(name, self.message(messages[name]))
        if name == "choose_chat":
            carried = [{"kind": "text", "text": "转发"}]
            return Page(name, self.team.chat_id, carried=carried)
        if name in {"search", "search_section", "search_hits"}:
            target = "people" if name == "search_section" else self.team.chat_id
            return Page(name, target, words="同事", focused=True)
        if name == "edit":
            return Page(name, f"remark:{self.friend.chat_id}", words="老王", focused=True)
        return Page(name, _TARGETS.get(name, self.team.chat_id))

    def _lay(self, name: str) -> None:
        stage = self.phone.stage
        stage.pages.append(Page("chat", self.team.chat_id))
        target = self.team.chat_id
        if name in {"incoming_call", "call_banner"}:
            target = FRIEND
        if name in {"message_menu", "resend", "delete"}:
            target = self.message("text")
        if name in {"confirm_send", "shared"}:
            carried = [{"kind": "text", "text": "转发"}]
            stage.pages.append(Page("choose_chat", self.team.chat_id, carried=carried))
        if name == "viewer_menu":
            target = self.message("image")
            stage.pages.append(Page("viewer", target))
        stage.overlays.append(Overlay(name, "已复制", target))


# Pages that are about something else than a chat.
_TARGETS = {"tool": "transfer", "preview": "/sdcard/Pictures/a.png"}

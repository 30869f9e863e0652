"""The walk of a calibration over a live phone: the list, one chat, back; it never sends."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from loguru import logger

from device_agent import lease, pages
from device_agent.calibration import Page, Shot
from device_agent.layout import PACKAGE, code_of, version_of
from device_agent.nodes import Box, box, parse, text, walk
from device_agent.phone import START_WECHAT, Phone
from schemas.failure import Permanent, Retryable

OWN_CHATS: Final = ("文件传输助手", "File Transfer")
TYPED: Final = "1"
_STEPS: Final = 6
_LOOKS: Final = 20
_PAUSE_S: Final = 0.2


class NotCalibrated(Permanent):
    """The phone does not show what a calibration needs; the message says what a person can do."""


@dataclass(frozen=True)
class Build:
    """Which WeChat it is, and the phone's language."""

    version: str
    code: int | None
    locale: str


@dataclass
class Walk:
    """What a walk saw: dumps, and a picture of each page."""

    shots: list[Shot] = field(default_factory=list)
    pictures: dict[Page, bytes] = field(default_factory=dict)


class Walker:
    """Walks through a phone's WeChat by structure alone. The phone is connected."""

    def __init__(
        self, phone: Phone, chat: str | None, *, types: bool, pause: float = _PAUSE_S
    ) -> None:
        """`chat` None: the file transfer chat; `types`: write in its field, and clear it again;
        `pause`: seconds between two looks.
        """
        self._phone = phone
        self._pause = pause
        self._titles = (chat,) if chat is not None else OWN_CHATS
        self._types = types

    async def build(self) -> Build:
        """What is installed; nothing is touched.

        Raises:
            NotCalibrated: no WeChat, or an agent has the phone.
            Retryable, DependencyDown: as the phone's calls.

        """
        told = await self._phone.shell(f"dumpsys package {PACKAGE}")
        version = version_of(told)
        if version is None:
            raise NotCalibrated("WeChat is not installed on this phone")
        said = await self._phone.shell(f"cat {lease.FILE} 2>/dev/null; echo; date +%s")
        lines = [line.strip() for line in said.splitlines()] or [""]
        grant, now = lease.read(lines[0]), lines[-1]
        if grant is not None and now.isdigit() and grant.expiry > int(now):
            raise NotCalibrated(f"the agent of {grant.holder} has this phone: stop it first")
        locale = (await self._phone.shell("getprop persist.sys.locale")).strip()
        return Build(version, code_of(told), locale)

    async def walk(self) -> Walk:
        """List, chat, and back to the list. Opening the chat marks it as read.

        Raises:
            NotCalibrated: a page does not come, or not by structure.
            Retryable, DependencyDown: as the phone's calls.

        """
        seen = Walk()
        rows = await self._to_list(seen)
        named = [(title, bounds) for title, bounds in rows if title in self._titles]
        if len(named) != 1:
            shown = " / ".join(self._titles)
            raise NotCalibrated(
                f"{len(named)} rows of the list's first page are called {shown}: "
                "write in it by hand so that it comes up, or name another one with --chat"
            )
        title, bounds = named[0]
        await self._phone.tap(*bounds.middle)
        await self._keep(seen, "chat", title, lambda xml: _opened(xml, title))
        if self._types:
            await self._type(seen, title)
        await self._phone.press("back")
        await self._still(lambda xml: bool(pages.rows_named(xml)), "the list after the chat")
        return seen

    async def _to_list(self, seen: Walk) -> list[tuple[str, Box]]:
        await self._phone.shell(START_WECHAT)
        for _ in range(_STEPS):
            xml = await self._still(lambda _: True, "a screen that stands still")
            if rows := pages.rows_named(xml):
                seen.shots.append(Shot("list", xml))
                seen.pictures["list"] = await self._phone.sight()
                return rows
            tabs = pages.tabs(parse(xml))
            if tabs and not pages.selected(tabs[0]):
                await self._phone.tap(*box(tabs[0]).middle)
            elif not tabs:
                await self._phone.press("back")
        raise NotCalibrated(
            "no list of two chats or more above four tabs 微信 通讯录 发现 我 "
            "(Chats Contacts Discover Me): open it by hand"
        )

    async def _type(self, seen: Walk, title: str) -> None:
        """Write in the field, look, and clear it whatever happens."""
        if _written(seen.shots[-1].xml) != "":
            raise NotCalibrated(f"something stands in the field of {title}: it is left alone")
        try:
            await self._phone.search(TYPED)
            wanted = _both(title, TYPED)
            await self._keep(seen, "typed", title, wanted)
        finally:
            await self._phone.search("")
            await self._still(_both(title, ""), "an empty field")

    async def _keep(
        self, seen: Walk, page: Page, title: str, wanted: Callable[[str], bool]
    ) -> None:
        what = f"the chat {title} by its name over rows with avatars"
        xml = await self._still(wanted, what)
        seen.shots.append(Shot(page, xml, title, TYPED if page == "typed" else ""))
        seen.pictures[page] = await self._phone.sight()

    async def _still(self, wanted: Callable[[str], bool], what: str) -> str:
        """The first dump that is wanted and comes twice alike: the page does not move any more."""
        before: list[tuple[str | None, ...]] = []
        for _ in range(_LOOKS):
            try:
                xml = await self._phone.dump()
                stands = _standing(xml)
                if stands == before and wanted(xml):
                    return xml
                before = stands
            except (Retryable, ValueError) as error:
                logger.debug("a look during the calibration: {}", error)
            await asyncio.sleep(self._pause)
        raise NotCalibrated(f"it does not come: {what}")


def _standing(xml: str) -> list[tuple[str | None, ...]]:
    """What stands where in WeChat; a status bar may show the network's speed of each second."""
    return [
        (one.get("class"), one.get("text"), one.get("bounds"))
        for one in walk(parse(xml))
        if one.get("package") == PACKAGE
    ]


def _opened(xml: str, title: str) -> bool:
    return pages.title_of(parse(xml), title) is not None


def _written(xml: str) -> str | None:
    found = pages.field_of(parse(xml))
    return text(found) if found is not None else None


def _both(title: str, words: str) -> Callable[[str], bool]:
    return lambda xml: _opened(xml, title) and _written(xml) == words

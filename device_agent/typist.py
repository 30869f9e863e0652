"""Types a text that calls people: each is picked from the group's own list, so that it reaches
them; a name that is only written does not.
"""

import asyncio

from device_agent.calling import Call, Segment, means_everybody
from device_agent.mentions import PICKED
from device_agent.picker import Member, Picker, read_picker
from device_agent.pilot import Pilot
from device_agent.screen import ChatScreen
from device_agent.way import NotReady, Undeliverable
from device_agent.wording import normal
from schemas.phone import KnownChat

_AT = "input text '@'"
"""A typed @ opens the list; one that is set or pasted with other words need not."""
_LOOKS = 6
_PAUSE = 0.1  # seconds before another look, times its number


class Typist:
    """Fills the field of an open group. What stood in it is gone."""

    def __init__(self, pilot: Pilot) -> None:
        """The pilot of the phone."""
        self._pilot = pilot

    async def type(self, chat: KnownChat, screen: ChatScreen, parts: tuple[Segment, ...]) -> str:
        """Type the parts in order; what the field holds then, if all went well.

        Setting the field's text would turn the names picked before into plain words, so all that
        comes after the first of them is pasted.

        Raises:
            Undeliverable: nobody, or more than one, has a name that is called.
            Retryable: not this time.

        """
        typed = parts[0] if isinstance(parts[0], str) else ""
        if typed or screen.field_text:
            await self._pilot.write(typed)
        await self._focus(chat)
        for part in parts[1:] if typed else parts:
            if isinstance(part, Call):
                typed += f"@{await self._picked(part)}{PICKED}"
            else:
                await self._pilot.phone.paste(part)
                typed += part
            self._pilot.screen = None
        return normal(typed)

    async def _focus(self, chat: KnownChat) -> None:
        """The cursor at the end of the field."""
        shown = await self._pilot.look_at_chat()
        if shown is None or not shown.is_of(chat.title) or shown.field_bounds is None:
            raise NotReady("another screen came while typing")
        field = shown.field_bounds
        await self._pilot.phone.tap(field.right - 3, field.bottom - 3)

    async def _picked(self, call: Call) -> str:
        """Choose one from the list; the name that WeChat writes."""
        await self._pilot.phone.shell(_AT)
        page = await self._page()
        try:
            member = self._everybody(page) if call.all else await self._only(call.name, page)
        except (NotReady, Undeliverable):
            await self._pilot.phone.press("back")  # to the chat, where the @ can be cleared
            raise
        await self._pilot.tap(member.bounds)
        return means_everybody(member.name) or member.name if call.all else member.name

    def _everybody(self, page: Picker) -> Member:
        for member in page.members:
            if means_everybody(member.name):
                return member
        raise Undeliverable("mention_absent", "this account cannot call everybody in this group")

    async def _only(self, name: str, page: Picker) -> Member:
        if page.searchable:
            await self._pilot.phone.search(name)
            page = await self._found(name)
        exact = [one for one in page.members if one.name == normal(name)]
        if len(exact) > 1:
            raise Undeliverable("ambiguous_mention", f"{len(exact)} members are called {name}")
        if not exact:
            raise Undeliverable("mention_absent", f"no member of the group is called {name}")
        return exact[0]

    async def _found(self, name: str) -> Picker:
        """What the list finds, once two looks agree."""
        before: Picker | None = None
        for number in range(_LOOKS):
            page = await self._page()
            if page.words == normal(name):
                if before is not None and before.names == page.names:
                    return page
                before = page
            await asyncio.sleep(_PAUSE * number)
        raise NotReady("the list of members does not search for the name")

    async def _page(self) -> Picker:
        for number in range(_LOOKS):
            await asyncio.sleep(_PAUSE * number)
            await self._pilot.look(read_picker)
            page = read_picker(self._pilot.xml)
            if page is not None:
                return page
        raise NotReady("no list of members came")

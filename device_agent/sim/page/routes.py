"""The endpoints of the page: its files, what it shows, and the hand that touches the phone."""

from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from device_agent.sim import hand
from device_agent.sim.json_body import json_body
from device_agent.sim.page.files import INDEX, file_answer, unchanged
from device_agent.sim.page.forms import forms
from device_agent.sim.page.glance import glance, screen_tag
from device_agent.sim.page.tail import tail
from device_agent.sim.phone import Phone

Endpoint = Callable[[Request], Awaitable[Response]]
PATHS = "/screen.png /screen.jpg /chats/{chat_id}/tail /glance /forms /tap /swipe /key /text"
_JPEG_QUALITY = 90


class PageRoutes:
    """The endpoints; `phone_of` finds the phone that a request's path names."""

    def __init__(self, phone_of: Callable[[Request], Phone]) -> None:
        self._phone_of = phone_of
        self._pictures: WeakKeyDictionary[Phone, dict[str, tuple[str, bytes]]] = WeakKeyDictionary()

    def files(self) -> list[Route]:
        """The page itself and what belongs to it."""
        return [
            Route("/", self._index, methods=["GET"]),
            Route("/page/{name}", self._file, methods=["GET"]),
        ]

    def table(self) -> list[tuple[str, str, Endpoint]]:
        """What works on one phone: method, path, endpoint."""
        return [
            ("GET", "/screen.png", self._png),
            ("GET", "/screen.jpg", self._jpeg),
            ("GET", "/chats/{chat_id}/tail", self._tail),
            ("GET", "/glance", self._glance),
            ("GET", "/forms", self._forms),
            ("POST", "/tap", self._tap),
            ("POST", "/swipe", self._swipe),
            ("POST", "/key", self._key),
            ("POST", "/text", self._text),
        ]

    async def _index(self, request: Request) -> Response:
        return file_answer(request, INDEX)

    async def _file(self, request: Request) -> Response:
        return file_answer(request, request.path_params["name"])

    async def _png(self, request: Request) -> Response:
        from device_agent.sim.picture import png

        return self._picture(request, "image/png", png)

    async def _jpeg(self, request: Request) -> Response:
        """The same screen at half a PNG's cost, for a page that asks at every change."""
        from device_agent.sim.picture import jpeg

        return self._picture(request, "image/jpeg", lambda phone: jpeg(phone, 1, _JPEG_QUALITY))

    def _picture(self, request: Request, kind: str, draw: Callable[[Phone], bytes]) -> Response:
        """The screen, drawn once for all who look at the same one; 304 for one that has it."""
        phone = self._phone_of(request)
        tag = screen_tag(phone)
        known = unchanged(request, tag)
        if known is not None:
            return known
        kept = self._pictures.setdefault(phone, {})
        if kept.get(kind, ("",))[0] != tag:
            kept[kind] = (tag, draw(phone))
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        return Response(kept[kind][1], headers=headers, media_type=kind)

    async def _tail(self, request: Request) -> Response:
        world = self._phone_of(request).world
        chat = world.chat(request.path_params["chat_id"])
        return JSONResponse(tail(chat, world.messages))

    async def _glance(self, request: Request) -> Response:
        state, tag = glance(self._phone_of(request))
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        return unchanged(request, tag) or JSONResponse(state, headers=headers)

    async def _forms(self, request: Request) -> Response:
        return JSONResponse(forms())

    async def _tap(self, request: Request) -> Response:
        return JSONResponse(hand.tap(self._phone_of(request), await json_body(request)))

    async def _swipe(self, request: Request) -> Response:
        hand.swipe(self._phone_of(request), await json_body(request))
        return Response(status_code=204)

    async def _key(self, request: Request) -> Response:
        hand.press(self._phone_of(request), await json_body(request))
        return Response(status_code=204)

    async def _text(self, request: Request) -> Response:
        hand.write(self._phone_of(request), await json_body(request))
        return Response(status_code=204)

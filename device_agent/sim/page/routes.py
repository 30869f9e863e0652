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
from device_agent.sim.phone import Phone

Endpoint = Callable[[Request], Awaitable[Response]]
PATHS = "/screen.png /glance /forms /tap /swipe /key /text"


class PageRoutes:
    """The endpoints; `phone_of` finds the phone that a request's path names."""

    def __init__(self, phone_of: Callable[[Request], Phone]) -> None:
        self._phone_of = phone_of
        self._pictures: WeakKeyDictionary[Phone, tuple[str, bytes]] = WeakKeyDictionary()

    def files(self) -> list[Route]:
        """The page itself and what belongs to it."""
        return [
            Route("/", self._index, methods=["GET"]),
            Route("/page/{name}", self._file, methods=["GET"]),
        ]

    def table(self) -> list[tuple[str, str, Endpoint]]:
        """What works on one phone: method, path, endpoint."""
        return [
            ("GET", "/screen.png", self._picture),
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

    async def _picture(self, request: Request) -> Response:
        phone = self._phone_of(request)
        tag = screen_tag(phone)
        known = unchanged(request, tag)
        if known is not None:
            return known
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        return Response(self._drawn(phone, tag), headers=headers, media_type="image/png")

    def _drawn(self, phone: Phone, tag: str) -> bytes:
        """The screen as a PNG; drawn once for all who look at the same one."""
        from device_agent.sim.picture import png

        kept = self._pictures.get(phone)
        if kept is None or kept[0] != tag:
            kept = self._pictures[phone] = (tag, png(phone))
        return kept[1]

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

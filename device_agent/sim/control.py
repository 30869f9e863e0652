"""The control API of the simulated phones: JSON over HTTP, errors as problem documents."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from device_agent.sim import scripting
from device_agent.sim.failure import Refusal
from device_agent.sim.fleet import Fleet
from device_agent.sim.group_life import patch
from device_agent.sim.json_body import json_body, only
from device_agent.sim.page.routes import PATHS, PageRoutes
from device_agent.sim.phone import Phone
from device_agent.sim.posting import FIELDS
from device_agent.sim.world import PATCHABLE

Endpoint = Callable[[Request], Awaitable[Response]]
_PATHS = (
    "/chats /chats/{chat_id} /messages /messages/{message_id} /device /truth /faults /script /clock"
)


def _problem(status: int, detail: str, extra: dict[str, Any] | None = None) -> Response:
    titles = {404: "Not Found", 405: "Method Not Allowed", 409: "Conflict", 422: "Cannot Be Done"}
    body = {"type": "about:blank", "title": titles.get(status, "Bad Request"), "status": status}
    return JSONResponse(
        body | {"detail": detail} | (extra or {}), status, media_type="application/problem+json"
    )


class Control:
    """The endpoints; each works on the phone that the path names, or on the first one."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._page = PageRoutes(self._phone)

    def app(self) -> Starlette:
        """The application, with every path also under /phones/{serial}."""
        table: list[tuple[str, str, Endpoint]] = [
            ("POST", "/chats", self.add_chat),
            ("GET", "/chats", self.list_chats),
            ("PATCH", "/chats/{chat_id}", self.patch_chat),
            ("GET", "/chats/{chat_id}", self.show_chat),
            ("POST", "/messages", self.receive),
            ("DELETE", "/messages/{message_id}", self.recall),
            ("PATCH", "/device", self.patch_device),
            ("GET", "/device", self.show_device),
            ("GET", "/truth", self.truth),
            ("POST", "/faults", self.arm),
            ("GET", "/faults", self.list_faults),
            ("DELETE", "/faults", self.disarm),
            ("POST", "/script", self.add_steps),
            ("GET", "/script", self.show_script),
            ("DELETE", "/script", self.stop_script),
            ("POST", "/clock", self.set_clock),
            ("GET", "/clock", self.show_clock),
            ("POST", "/reset", self.reset),
            *self._page.table(),
        ]
        routes = [
            Route("/phones", self.list_phones, methods=["GET"]),
            Route("/phones", self.add_phone, methods=["POST"]),
            *self._page.files(),
        ]
        for prefix in ("", "/phones/{serial}"):
            routes += [Route(prefix + path, run, methods=[verb]) for verb, path, run in table]
        return Starlette(
            routes=routes,
            exception_handlers={Refusal: _refused, HTTPException: _unknown},  # type: ignore[dict-item]
        )

    def _phone(self, request: Request) -> Phone:
        return self._fleet.phone(request.path_params.get("serial"))

    async def list_phones(self, request: Request) -> Response:
        phones = [
            {"serial": phone.serial, "state": phone.cable.state}
            for phone in self._fleet.phones.values()
        ]
        return JSONResponse({"phones": phones})

    async def add_phone(self, request: Request) -> Response:
        body = await json_body(request)
        only(body, "serial")
        phone = self._fleet.add(body.get("serial"))
        return JSONResponse({"serial": phone.serial}, 201)

    async def add_chat(self, request: Request) -> Response:
        body = await json_body(request)
        only(body, "kind", *PATCHABLE)
        title = body.pop("chat", None)
        phone = self._phone(request)
        chat = phone.world.add_chat(title, body.pop("kind", None) or "private", **body)
        phone.keep()
        return JSONResponse({"chat_id": chat.chat_id}, 201)

    async def list_chats(self, request: Request) -> Response:
        chats = self._phone(request).world.ordered()
        return JSONResponse({"chats": [_chat(chat) for chat in chats]})

    async def show_chat(self, request: Request) -> Response:
        return JSONResponse(
            self._fleet.history(self._phone(request), request.path_params["chat_id"])
        )

    async def patch_chat(self, request: Request) -> Response:
        phone = self._phone(request)
        body = await json_body(request)
        chat = patch(phone.world, request.path_params["chat_id"], body, phone.lang)
        phone.keep()
        return JSONResponse(_chat(chat))

    async def receive(self, request: Request) -> Response:
        body = await json_body(request)
        only(body, *FIELDS)
        return JSONResponse(self._fleet.receive(self._phone(request), body), 201)

    async def recall(self, request: Request) -> Response:
        phone = self._phone(request)
        phone.recall(request.path_params["message_id"])
        phone.keep()
        return Response(status_code=204)

    async def patch_device(self, request: Request) -> Response:
        phone = self._phone(request)
        body = await json_body(request)
        phone.device.patch(body)
        phone.keep_settings()
        return JSONResponse(phone.device.record())

    async def show_device(self, request: Request) -> Response:
        return JSONResponse(self._phone(request).device.record())

    async def truth(self, request: Request) -> Response:
        return JSONResponse(self._fleet.truth(self._phone(request)))

    async def arm(self, request: Request) -> Response:
        body = await json_body(request)
        return JSONResponse(self._fleet.arm(self._phone(request), body), 201)

    async def list_faults(self, request: Request) -> Response:
        return JSONResponse({"faults": self._phone(request).faults.listing()})

    async def disarm(self, request: Request) -> Response:
        self._fleet.disarm(self._phone(request))
        return Response(status_code=204)

    async def add_steps(self, request: Request) -> Response:
        body = await json_body(request)
        return JSONResponse(scripting.add_steps(self._phone(request), body), 201)

    async def show_script(self, request: Request) -> Response:
        return JSONResponse(scripting.show(self._phone(request)))

    async def stop_script(self, request: Request) -> Response:
        self._phone(request).script.stop()
        return Response(status_code=204)

    async def set_clock(self, request: Request) -> Response:
        body = await json_body(request)
        only(body, "speed", "advance_s")
        return JSONResponse(self._fleet.set_clock(self._phone(request), body))

    async def show_clock(self, request: Request) -> Response:
        return JSONResponse(self._fleet.clock(self._phone(request)))

    async def reset(self, request: Request) -> Response:
        self._phone(request).reset()
        return Response(status_code=204)


def _chat(chat: Any) -> dict[str, Any]:
    kept: dict[str, Any] = chat.record()
    kept["chat"] = kept.pop("title")
    return kept


async def _refused(request: Request, refusal: Refusal) -> Response:
    return _problem(refusal.status, refusal.detail, refusal.extra)


async def _unknown(request: Request, wrong: HTTPException) -> Response:
    if wrong.status_code == 404:
        known = f"{_PATHS} /reset {PATHS} /phones"
        return _problem(404, f"no path {request.url.path}; known: {known}")
    if wrong.status_code != 405:
        return _problem(wrong.status_code, str(wrong.detail))
    allowed = ", ".join(_methods(request))
    answer = _problem(405, f"{request.url.path} does not take {request.method}; known: {allowed}")
    answer.headers["Allow"] = allowed
    return answer


def _methods(request: Request) -> list[str]:
    """What the path of a request takes; Starlette's own header names one route's methods alone."""
    return sorted(
        method
        for route in request.app.routes
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
        if method != "HEAD"
    )

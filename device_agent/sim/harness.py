"""A simulated phone for tests: runs in a thread on free ports and is scripted from Python."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from device_agent.sim.failure import Refusal
from device_agent.sim.fleet import Fleet
from device_agent.sim.main import Address, running
from device_agent.sim.phone import Phone

T = TypeVar("T")
_PATIENCE_S = 20.0


class Simulator:
    """A context manager round a running simulator; its calls mirror the control API.

    `adb` is host:port for ANDROID_ADB_SERVER_HOST and _PORT, `control` the URL of the control API.
    Calls raise Refusal where the API would answer with a problem.
    """

    def __init__(
        self,
        *,
        serial: str = "SIM0001",
        seed: int = 0,
        data: Path | None = None,
        transition_ms: int = 0,
    ) -> None:
        self.serial = serial
        self._seed = seed
        self._data = data
        self._transition_ms = transition_ms
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, name="simulated-phone", daemon=True)
        self._address: Address | None = None
        self._fleet: Fleet | None = None
        self._failure: Exception | None = None

    def __enter__(self) -> Self:
        """Start, and wait until it answers."""
        self._thread.start()
        if not self._ready.wait(_PATIENCE_S):
            raise TimeoutError("the simulated phone did not start")
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and wait until all is closed."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_PATIENCE_S)

    def _main(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                runner.run(self._serve())
            except OSError as failure:
                self._failure = failure
                self._ready.set()

    async def _serve(self) -> None:
        async with running(
            serial=self.serial,
            seed=self._seed,
            data=self._data,
            transition_ms=self._transition_ms,
        ) as (self._address, self._fleet):
            self._ready.set()
            await self._stop.wait()

    @property
    def adb(self) -> str:
        """The adb server's host:port."""
        return self._running.adb

    @property
    def control(self) -> str:
        """The control API's URL."""
        return self._running.control

    @property
    def _running(self) -> Address:
        if self._address is None:
            raise RuntimeError("the simulated phone is not running: use it in a `with` block")
        return self._address

    def on_phone(self, do: Callable[[Fleet, Phone], T], serial: str | None = None) -> T:
        """Run something on the phone in its own thread, at once and undisturbed."""

        async def inside() -> T:
            if self._fleet is None:
                raise RuntimeError("the simulated phone is not running: use it in a `with` block")
            return do(self._fleet, self._fleet.phone(serial))

        return asyncio.run_coroutine_threadsafe(inside(), self._loop).result(_PATIENCE_S)

    def add_chat(self, title: str, kind: str = "private", **options: Any) -> str:
        """POST /chats: the new chat's id."""

        def do(fleet: Fleet, phone: Phone) -> str:
            chat = phone.world.add_chat(title, kind, **options)
            phone.keep()
            return chat.chat_id

        return self.on_phone(do)

    def receive(self, chat: str, text: str | None = None, **options: Any) -> str:
        """POST /messages by the chat's title or id (`chat_id=`): the message's id."""
        body = dict(options)
        if "chat_id" not in body:
            body["chat"] = chat
        if text is not None:
            body["text"] = text
        receipt = self.on_phone(lambda fleet, phone: fleet.receive(phone, body))
        return str(receipt["message_id"])

    def recall(self, message_id: str) -> None:
        """DELETE /messages/{message_id}."""

        def do(fleet: Fleet, phone: Phone) -> None:
            phone.recall(message_id)
            phone.keep()

        self.on_phone(do)

    def patch_chat(self, chat_id: str, **changes: Any) -> None:
        """PATCH /chats/{chat_id}."""

        def do(fleet: Fleet, phone: Phone) -> None:
            phone.world.patch_chat(chat_id, changes)
            phone.keep()

        self.on_phone(do)

    def patch_device(self, **changes: Any) -> None:
        """PATCH /device."""

        def do(fleet: Fleet, phone: Phone) -> None:
            phone.device.patch(changes)
            phone.keep_settings()

        self.on_phone(do)

    def truth(self) -> dict[str, Any]:
        """GET /truth."""
        return self.on_phone(lambda fleet, phone: fleet.truth(phone))

    def history(self, chat_id: str) -> dict[str, Any]:
        """GET /chats/{chat_id}: the chat with its messages."""
        return self.on_phone(lambda fleet, phone: fleet.history(phone, chat_id))

    def arm(self, name: str, **options: Any) -> None:
        """POST /faults."""
        self.on_phone(lambda fleet, phone: fleet.arm(phone, {"name": name} | options))

    def disarm(self) -> None:
        """DELETE /faults."""
        self.on_phone(lambda fleet, phone: fleet.disarm(phone))

    def faults(self) -> dict[str, dict[str, Any]]:
        """GET /faults, by name."""
        listing = self.on_phone(lambda fleet, phone: phone.faults.listing())
        return {entry["name"]: entry for entry in listing}

    def set_clock(self, **changes: float) -> None:
        """POST /clock."""
        self.on_phone(lambda fleet, phone: fleet.set_clock(phone, dict(changes)))

    def add_phone(self, serial: str) -> None:
        """POST /phones."""
        self.on_phone(lambda fleet, phone: fleet.add(serial))

    def reset(self) -> None:
        """POST /reset."""
        self.on_phone(lambda fleet, phone: phone.reset())


__all__ = ["Refusal", "Simulator"]

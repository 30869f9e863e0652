"""One simulated phone as Python scripts it; each call is one of the control API's."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from device_agent.sim import hand, scripting
from device_agent.sim.fleet import Fleet
from device_agent.sim.group_life import patch
from device_agent.sim.phone import Phone
from device_agent.sim.thread import PhoneThread

if TYPE_CHECKING:
    import uiautomator2

    from device_agent.sim.driver import Driver

T = TypeVar("T")


class Handle:
    """A phone of a running simulator.

    Calls raise Refusal where the API would answer with a problem. They run in the phone's own
    thread, one at a time: what one did is seen by all that follow.
    """

    def __init__(self, thread: PhoneThread, serial: str) -> None:
        self._phones = thread
        self.serial = serial
        self._driver: Driver | None = None

    @property
    def adb(self) -> str:
        """The adb server's host:port."""
        return self._phones.address.adb

    @property
    def control(self) -> str:
        """The URL of this phone's control API."""
        return f"{self._phones.address.control}/phones/{quote(self.serial, safe='')}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which adb, adbutils and uiautomator2 in other processes find it."""
        host, _, port = self.adb.partition(":")
        return {
            "ANDROID_ADB_SERVER_HOST": host,
            "ANDROID_ADB_SERVER_PORT": port,
            "ANDROID_SERIAL": self.serial,
        }

    def on_phone(self, do: Callable[[Fleet, Phone], T]) -> T:
        """Run something on the phone in its own thread, at once and undisturbed."""
        return self._phones.do(lambda fleet: do(fleet, fleet.phone(self.serial)))

    def connect(self) -> "uiautomator2.Device":
        """The real uiautomator2 on this phone: always one device, its server running.

        It belongs to the phone until `reset` or the end of the `with` block. Its connections have
        no Nagle's delay and none of adbutils' sleeps: a call takes 1 ms instead of 56
        (bench/sim.py). One that is not answered raises TimeoutError after 60 s.
        """
        from device_agent.sim.driver import Driver

        if self._driver is None:
            self._driver = Driver(self.adb, self.serial)
        else:
            self._driver.device.start_uiautomator()
        return self._driver.device

    def release(self) -> None:
        """Let go of what `connect` gave."""
        if self._driver is not None:
            # Here, not by the closed stream alone: the next one must not meet a dying server.
            self.on_phone(lambda _, phone: phone.automation.end())
            self._driver.release()
            self._driver = None

    # The world.

    def world(self, path: str | Path) -> dict[str, str]:
        """Load a world file (docs/simulated-phone-worlds.md) into this phone, which must be empty.

        The ids of the messages that the file names, by their names. Raises OSError, and Malformed
        (device_agent.sim.worldfile) naming line, column and place.
        """
        from device_agent.sim.worldfile import load

        described = load(Path(path))
        return self.on_phone(lambda _, phone: described.apply(phone))

    def script(self, *steps: dict[str, Any]) -> list[dict[str, Any]]:
        """POST /script: let `steps` happen at their times, or at the operations they wait for.

        `at` is in seconds of the phone's clock from now. What has become of all steps so far;
        without `steps`, it only tells that.
        """

        def do(fleet: Fleet, phone: Phone) -> dict[str, Any]:
            if not steps:
                return scripting.show(phone)
            return scripting.add_steps(phone, {"steps": list(steps)})

        told: list[dict[str, Any]] = self.on_phone(do)["steps"]
        return told

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
        """PATCH /chats/{chat_id}; `by` names who did it to a group, and a line there says so."""

        def do(fleet: Fleet, phone: Phone) -> None:
            patch(phone.world, chat_id, changes, phone.lang)
            phone.keep()

        self.on_phone(do)

    def history(self, chat_id: str) -> dict[str, Any]:
        """GET /chats/{chat_id}: the chat with its messages."""
        return self.on_phone(lambda fleet, phone: fleet.history(phone, chat_id))

    def truth(self) -> dict[str, Any]:
        """GET /truth: what really left, which chats were opened, what each tap hit."""
        return self.on_phone(lambda fleet, phone: fleet.truth(phone))

    # The device.

    def patch_device(self, **changes: Any) -> None:
        """PATCH /device."""

        def do(fleet: Fleet, phone: Phone) -> None:
            phone.device.patch(changes)
            phone.keep_settings()

        self.on_phone(do)

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
        """POST /clock: `speed` in simulated seconds per real one, `advance_s` to jump."""
        self.on_phone(lambda fleet, phone: fleet.set_clock(phone, dict(changes)))

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once on the phone's clock."""
        self.set_clock(advance_s=seconds)

    @property
    def now(self) -> datetime:
        """What the phone's clock shows."""
        return self.on_phone(lambda fleet, phone: phone.clock.now())

    def reset(self) -> None:
        """POST /reset: an empty phone, as it was at the start; the driver is let go."""
        self.release()
        self.on_phone(lambda fleet, phone: phone.reset())

    # A person's hand and eye.

    def tap(self, x: int, y: int, *, hold: bool = False) -> list[dict[str, Any]]:
        """POST /tap: a finger touches a point in pixels; what truth notes of it."""
        body = {"x": x, "y": y, "hold": hold}
        noted: list[dict[str, Any]] = self.on_phone(lambda _, phone: hand.tap(phone, body))["taps"]
        return noted

    def swipe(self, x1: int, y1: int, x2: int, y2: int) -> None:
        """POST /swipe: a finger drags from one point to another, in pixels."""
        body = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
        self.on_phone(lambda _, phone: hand.swipe(phone, body))

    def press(self, key: str) -> None:
        """POST /key: back, home, power, wakeup, sleep, enter or del."""
        self.on_phone(lambda _, phone: hand.press(phone, {"key": key}))

    def write(self, text: str) -> None:
        """POST /text: a person types into the field that has the focus."""
        self.on_phone(lambda _, phone: hand.write(phone, {"text": text}))

    def screen(self) -> bytes:
        """GET /screen.png: the picture on the screen."""
        from device_agent.sim.picture import png

        return self.on_phone(lambda _, phone: png(phone))

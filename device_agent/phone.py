"""The phone: the real uiautomator2, against its measured traps, on one worker thread.

What reference/phone.md 0, 2 and 3 measured: the library repeats actions after errors, so whatever
changes the phone goes out as one raw JSON-RPC POST that nobody repeats; its time limits do not
work, so they are set on the sockets (with TCP_NODELAY: 13 ms a call instead of 56); an empty or a
one-node dump is an error, not data; and a missing adb server would make it start a real adb.
All errors are mapped here: `DependencyDown` for an absent phone or server, `OutcomeUnknown` where
something may or may not have been done, `Retryable` for the rest.
"""

import asyncio
import atexit
import base64
import http.client
import re
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from loguru import logger
from prometheus_client import Counter

from device_agent.layout import PACKAGE
from device_agent.tuned_device import tuned
from device_agent.watchdog import Watchdog
from schemas.failure import DependencyDown, Permanent, Retryable

T = TypeVar("T")
SOCKET_SECONDS = 4.0
SERVER_PORT = 9008
_MOST_SHELL_BYTES = 3000
_HOLD_MS = 800  # twice Android's own limit
_ALLOW = "allow USB debugging (Security settings) on the phone"
_ALONE: dict[str, object] = {"childOrSibling": [], "childOrSiblingSelector": []}


class OutcomeUnknown(Retryable):
    """A call that changes the phone ended without an answer: it may have been carried out."""


class InputDenied(Retryable):
    """Android refuses injected touches and keys, as MIUI does by default: nothing was done."""

    def __init__(self) -> None:
        """A person can change it."""
        super().__init__("Android takes no touches and keys from us: " + _ALLOW)


class ServerStale(Retryable):
    """The uiautomator2 server does not serve us: it died, or another one holds UiAutomation."""


CALLS = Counter("hongyan_phone_calls", "Calls to the phone since the start", ["kind"])
_RPC, _SHELL = CALLS.labels(kind="rpc"), CALLS.labels(kind="shell")


class Phone:
    """One phone. Every method runs on this phone's one thread; they never overlap."""

    def __init__(self, adb: str, serial: str | None) -> None:
        """`adb` is the server's HOST:PORT; `serial` None takes the only phone there is."""
        self._host, self._port = _split(adb)
        self._serial = serial
        self._device: Any = None  # uiautomator2 has no types
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="phone")
        self._watchdog = Watchdog()

    @property
    def serial(self) -> str:
        """The phone's serial; empty before the first connect where none was set."""
        return self._serial or ""

    async def run(self, step: Callable[[], T]) -> T:
        """Run a step on the phone's thread; a cancelled caller does not stop the step."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, step)

    async def connect(self) -> None:
        """Find the phone and start or find its uiautomator2 server.

        Raises:
            DependencyDown: no adb server there, or no such phone.
            Retryable: the server did not start.

        """
        await self.run(self._connect)

    async def dump(self) -> str:
        """The active window as XML. A read: it may be repeated once by the library.

        Raises:
            DependencyDown, Retryable: see the module.

        """
        return await self.run(self._dump)

    async def sight(self) -> bytes:
        """The screen as PNG, by one shell call: JPEG would spoil its hairlines."""
        return await self.run(self._sight)

    async def tap(self, x: int, y: int) -> None:
        """One tap, sent once."""
        await self.run(lambda: self._once("click", x, y))

    async def hold(self, x: int, y: int) -> None:
        """One long press, sent once."""
        await self.run(lambda: self._once("click", x, y, _HOLD_MS))

    async def press(self, key: str) -> None:
        """One key (`back`, `home`), sent once."""
        await self.run(lambda: self._once("pressKey", key))

    async def wake(self) -> None:
        """Light the screen; nothing happens where it is lit."""
        await self.run(lambda: self._once("wakeUp"))

    async def swipe(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """One slow swipe, without a fling, sent once."""
        await self.run(lambda: self._once("swipe", *start, *end, 60))

    async def set_text(self, resource_id: str, text: str) -> None:
        """Replace a field's text, sent once; a mangled text shows only by reading back."""
        selector = {"mask": 0x200000, "resourceId": resource_id}  # the jar's bit for resourceId
        await self.run(lambda: self._once("setText", selector | _ALONE, text))

    async def search(self, words: str) -> None:
        """Replace the text of the only field on the screen, whatever its id, sent once."""
        selector = {"mask": 0x10, "className": "android.widget.EditText"}  # the bit for className
        await self.run(lambda: self._once("setText", selector | _ALONE, words))

    async def paste(self, text: str) -> None:
        """Add a text where the cursor stands, as a person does; what it became shows only by
        reading back. Two calls, each sent once.
        """
        await self.run(lambda: self._once("setClipboard", None, text))
        await self.run(lambda: self._once("pasteClipboard"))

    async def push(self, data: bytes, path: str) -> None:
        """Write a file on the phone; whether it is whole shows only by reading back."""
        await self.run(lambda: self._push(data, path))

    def picture(self) -> "Future[Picture]":
        """What the screen shows now: it is the next thing asked of the phone, however long the
        answer takes to be awaited.
        """
        return self._thread.submit(self._picture)

    async def shell(self, command: str) -> str:
        """One shell command's output.

        Raises:
            OutcomeUnknown: the stream broke; the command may have run.

        """
        return await self.run(lambda: self._shell(command))

    async def on_device(self, step: Callable[[Any], T]) -> T:
        """A read by adbutils' own device, on the phone's thread, its errors mapped.

        Raises:
            DependencyDown, Retryable: see the module.

        """

        def mapped() -> T:
            device = self._ready()
            with _mapped():
                self._check_server()
                return step(device.adb_device)

        return await self.run(mapped)

    async def recover(self) -> None:
        """Stop whatever uiautomator2 server answers there, ours or another's, and start ours."""
        await self.run(self._recover)

    async def close(self) -> None:
        """Let go of the phone, and end the server on it if we started it."""
        self._thread.submit(self._let_go)
        self._thread.shutdown(wait=False)

    # --- on the phone's thread ---

    def _let_go(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            atexit.unregister(device.stop_uiautomator)
            device.stop_uiautomator(wait=False)

    def _connect(self) -> None:
        import adbutils
        import uiautomator2

        self._let_go()
        self._check_server()
        with _mapped():
            adbutils.adb._BaseClient__host = self._host  # noqa: SLF001  # the client was made at
            adbutils.adb._BaseClient__port = self._port  # noqa: SLF001  # import, from environment
            serial = self._serial or self._only(adbutils)
            if not any(found.serial == serial for found in adbutils.adb.device_list()):
                raise DependencyDown(f"phone {serial} is not attached")
            device = tuned(adbutils, SOCKET_SECONDS)(adbutils.adb, serial)
            self._serial = serial
            self._device = uiautomator2.connect(device)

    def _check_server(self) -> None:
        """Raise before adbutils would start a real adb by itself."""
        try:
            socket.create_connection((self._host, self._port), timeout=2).close()
        except OSError as error:
            raise DependencyDown(
                f"no adb server at {self._host}:{self._port}: start one (adb start-server)"
            ) from error

    def _only(self, adbutils: Any) -> str:
        serials = [found.serial for found in adbutils.adb.device_list()]
        if not serials:
            raise DependencyDown("no phone is attached to the adb server")
        if len(serials) > 1:
            raise Permanent(f"several phones are attached, set HONGYAN_SERIAL: {serials}")
        return str(serials[0])

    def _ready(self) -> Any:
        if self._device is None:
            self._connect()
        return self._device

    def _dump(self) -> str:
        from uiautomator2 import core

        device = self._ready()
        _RPC.inc()
        with _mapped():
            self._check_server()
            xml = core._jsonrpc_call(  # noqa: SLF001  # the public one restarts the server silently
                device.adb_device, SERVER_PORT, "dumpWindowHierarchy", [False, 50, True],
                SOCKET_SECONDS, False,
            )  # fmt: skip
        text = xml if isinstance(xml, str) else ""
        if text.count("<node") == 1 and 'bounds="[0,0][0,0]"' in text:
            raise TreeHidden("WeChat hides its node tree")
        if self._watchdog.blind(text):
            raise ServerStale("the window dumps show nothing any more")
        if "<node" not in text:
            raise Retryable("the window dump is empty")
        return text

    def _once(self, method: str, *params: object) -> None:
        from uiautomator2 import core

        device = self._ready()
        _RPC.inc()
        try:
            with _mapped():
                self._check_server()
                core._jsonrpc_call(  # noqa: SLF001  # the public one repeats the action on errors
                    device.adb_device, SERVER_PORT, method, list(params), SOCKET_SECONDS, False
                )
        except (DependencyDown, InputDenied):
            raise
        except Retryable as error:
            raise OutcomeUnknown(f"{method} ended without an answer: {error}") from error

    def _shell(self, command: str) -> str:
        device = self._ready()
        _SHELL.inc()
        try:
            with _mapped():
                self._check_server()
                return str(device.adb_device.shell(command, timeout=SOCKET_SECONDS))
        except DependencyDown:
            raise
        except Retryable as error:
            raise OutcomeUnknown(f"a shell command ended without an answer: {error}") from error

    def _sight(self) -> bytes:
        device = self._ready()
        _SHELL.inc()
        with _mapped():
            self._check_server()
            told = device.adb_device.shell("screencap -p", encoding=None, timeout=SOCKET_SECONDS)
        if not isinstance(told, bytes) or not told.startswith(b"\x89PNG"):
            raise Retryable("the phone gives no picture of its screen")
        return told

    def _push(self, data: bytes, path: str) -> None:
        device = self._ready()
        with _mapped():
            self._check_server()
            device.adb_device.sync.push(data, path)

    def _picture(self) -> "Picture":
        from uiautomator2 import core

        device = self._ready()
        before = self._dumped()
        _RPC.inc()
        with _mapped():
            image = core._jsonrpc_call(  # noqa: SLF001  # as in `_dump`
                device.adb_device, SERVER_PORT, "takeScreenshot", [1, 80], SOCKET_SECONDS, False
            )
            if not isinstance(image, str):
                raise Retryable("the screen cannot be pictured")
            data = base64.b64decode(image)
        return Picture(data, before if before == self._dumped() else None)

    def _dumped(self) -> str | None:
        try:
            return self._dump()
        except Retryable:
            return None

    def _recover(self) -> None:
        from uiautomator2 import core

        device, self._device = self._device, None
        if device is not None:
            try:
                with _mapped():
                    self._check_server()
                    core._http_request(device.adb_device, SERVER_PORT, "GET", "/stop", timeout=2)  # noqa: SLF001  # no public way
            except Retryable as error:
                logger.debug("GET /stop: {}", error)
        self._connect()


@dataclass(frozen=True)
class Picture:
    """A screenshot, and the dump of the same moment; None where the screen moved or shows none."""

    image: bytes
    xml: str | None


class TreeHidden(Retryable):
    """WeChat shows its shell node alone to us (reference/phone.md 5.1)."""


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not re.fullmatch(r"\d+", port):
        raise Permanent(f"the adb server's address must be HOST:PORT, not {address!r}")
    return host, int(port)


class _mapped:  # noqa: N801  # reads as a word in `with`
    """The errors of three libraries as ours."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise ours in place of theirs."""
        if error is None or isinstance(error, DependencyDown | Retryable | Permanent):
            return
        mapped = _ours(error)
        if mapped is not None:
            raise mapped from error


def denied(answer: str) -> bool:
    """Whether an answer says that Android refused to inject an event."""
    return "SecurityException" in answer and "INJECT_EVENTS" in answer


def _ours(error: BaseException) -> Exception | None:
    import adbutils
    from uiautomator2 import exceptions

    words = f"{type(error).__name__}: {error}"
    if isinstance(error, exceptions.RPCError) and denied(words):
        return InputDenied()
    if re.search(r"device .*(not found|offline|unauthorized|absent)|no devices", words):
        return DependencyDown(f"the phone is away ({words})")
    stale = (
        exceptions.AccessibilityServiceAlreadyRegisteredError,
        exceptions.LaunchUiAutomationError,
        exceptions.UiAutomationNotConnectedError,
    )
    if isinstance(error, stale) or (isinstance(error, exceptions.HTTPError) and "closed" in words):
        return ServerStale(words)
    if isinstance(error, exceptions.ConnectError | adbutils.errors.AdbConnectionError):
        return DependencyDown(f"the phone is away ({words})")
    known = (
        exceptions.BaseException,
        adbutils.AdbError,
        http.client.HTTPException,
        OSError,
        EOFError,
        ValueError,
    )
    return Retryable(words) if isinstance(error, known) else None


START_WECHAT = f"am start -n {PACKAGE}/.ui.LauncherUI"

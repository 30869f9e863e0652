"""The phones that an adb server lists, and a shell on one of them, for who only looks at them."""

import socket
from collections.abc import Callable

from schemas.failure import DependencyDown

_PATIENCE_S = 10.0


class Attached:
    """What is attached to the adb server at HOST:PORT. It blocks."""

    def __init__(self, adb: str) -> None:
        """Nothing is asked yet, and no server is started."""
        host, _, port = adb.rpartition(":")
        self._place = (host, int(port))

    def states(self) -> dict[str, str]:
        """Each phone's state as adb says it, by serial.

        Raises:
            DependencyDown: nothing answers there; adbutils would start a real adb then.

        """
        try:
            socket.create_connection(self._place, timeout=_PATIENCE_S).close()
        except OSError as error:
            host, port = self._place
            raise DependencyDown(f"nothing answers at {host}:{port}: {error}") from error
        from adbutils import AdbClient

        client = AdbClient(*self._place, socket_timeout=_PATIENCE_S)
        return {one.serial: one.state for one in client.list()}

    def picture(self, serial: str | None) -> bytes:
        """The screen of a phone, as PNG; of the only one where none is named.

        Raises:
            DependencyDown: nothing answers, or there is no such phone, or no picture.

        """
        states = self.states()
        name = serial or (next(iter(states)) if len(states) == 1 else None)
        if name is None or states.get(name) != "device":
            raise DependencyDown(f"no phone {name or 'alone'} is attached and ready: {states}")
        from adbutils import AdbClient

        device = AdbClient(*self._place, socket_timeout=_PATIENCE_S).device(name)
        shown = device.shell("screencap -p", encoding=None, timeout=_PATIENCE_S)
        if not isinstance(shown, bytes) or not shown.startswith(b"\x89PNG"):
            raise DependencyDown(f"phone {name} gives no picture of its screen")
        return shown

    def shell(self, serial: str) -> Callable[[str], str]:
        """Runs commands on a phone and returns what they say."""
        from adbutils import AdbClient

        device = AdbClient(*self._place, socket_timeout=_PATIENCE_S).device(serial)
        return lambda command: str(device.shell(command, timeout=_PATIENCE_S))

"""Watches how many nodes the window dumps have: a server that went blind shows one or two. Pure.

Dumps of a single node until the server is started anew are a known fault (openatx/uiautomator2
#895, reference/phone.md 7).
"""

from prometheus_client import Gauge

FEWEST = 3
"""A window with fewer nodes shows nothing; a splash or a black screen may, for a moment."""
MOST = 3
"""So many such dumps in a row are the server's fault, not the screen's; where starting it anew does
not help, twice as many each time.
"""
_LAST = 96

NODES = Gauge("hongyan_device_dump_nodes", "Nodes of the last window dump")


class Watchdog:
    """Counts thin dumps in a row."""

    def __init__(self) -> None:
        """None was seen."""
        self._thin = 0
        self._limit = MOST

    def blind(self, xml: str) -> bool:
        """Whether the server is to be started anew, after this dump; then it counts afresh."""
        nodes = xml.count("<node")
        NODES.set(nodes)
        if nodes >= FEWEST:
            self._thin, self._limit = 0, MOST
            return False
        self._thin += 1
        if self._thin < self._limit:
            return False
        self._thin, self._limit = 0, min(2 * self._limit, _LAST)
        return True

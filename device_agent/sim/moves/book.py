"""The book of moves: what the verb of a tap or a long press does to the phone."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from device_agent.sim.moves import (
    answering,
    bubbles,
    chatting,
    passing,
    people,
    picking,
    rows,
    searching,
    selecting,
    starting,
)

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone

Move = Callable[["Phone", str], None]
MOVES: dict[str, Move] = {
    **starting.MOVES,
    **chatting.MOVES,
    **answering.MOVES,
    **picking.MOVES,
    **passing.MOVES,
    **bubbles.MOVES,
    **searching.MOVES,
    **selecting.MOVES,
    **people.MOVES,
    **rows.MOVES,
}

"""A screenshot as numbers: its colours, what stands out from its ground, and where. Pure."""

from collections.abc import Iterable
from io import BytesIO
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image

from device_agent.nodes import Box

Pixels = npt.NDArray[np.uint8]
"""Height × width × 3: red, green, blue."""
Mask = npt.NDArray[np.bool_]
Span = tuple[int, int]
"""From, to (outside)."""

_ENOUGH = 20_000
"""Pixels, evenly spread, that tell the colour of a ground."""

_STANDS_OUT = 26
"""How far, of 255, a colour is from the ground when people see it: above WeChat's own hairlines."""


def decoded(picture: bytes) -> Pixels:
    """The pixels of a PNG or JPEG.

    Raises:
        OSError: it is none.

    """
    return np.asarray(Image.open(BytesIO(picture)).convert("RGB"))


def part(pixels: Pixels, bounds: Box) -> Pixels:
    """What is inside a box."""
    return pixels[max(bounds.top, 0) : bounds.bottom, max(bounds.left, 0) : bounds.right]


def ground(pixels: Pixels) -> npt.NDArray[np.int16]:
    """The colour that fills most of it."""
    step = max(int((pixels.shape[0] * pixels.shape[1] / _ENOUGH) ** 0.5), 1)
    flat = pixels[::step, ::step].reshape(-1, 3).astype(np.uint32)
    packed = (flat[:, 0] << 16) | (flat[:, 1] << 8) | flat[:, 2]
    colours, counts = np.unique(packed, return_counts=True)
    most = int(colours[counts.argmax()])
    return np.array([most >> 16, (most >> 8) & 255, most & 255], dtype=np.int16)


def near(pixels: Pixels, colour: Iterable[int], within: int) -> Mask:
    """Where no channel is further than `within` from a colour."""
    wanted = np.fromiter(colour, dtype=np.int16, count=3)
    return np.asarray(np.abs(pixels.astype(np.int16) - wanted).max(axis=2) <= within)


def outstanding(pixels: Pixels, colour: Iterable[int]) -> Mask:
    """What stands out from a ground."""
    return ~near(pixels, colour, _STANDS_OUT)


def vivid(pixels: Pixels, colour: Iterable[int]) -> Mask:
    """Where a colour is no shade of its ground: emoji, pictures, red labels. Black print on a green
    bubble has soft edges that are darker green: those are shades.
    """
    base = np.maximum(np.fromiter(colour, dtype=np.float32, count=3), 1)
    shares = pixels.astype(np.float32) / base
    return np.asarray((shares.max(axis=2) - shares.min(axis=2)) * base.max() > 60)  # of 255


def rows_of(mask: Mask) -> npt.NDArray[np.bool_]:
    """Which rows hold something."""
    return np.asarray(mask.any(axis=1))


def columns_of(mask: Mask) -> npt.NDArray[np.bool_]:
    """Which columns hold something."""
    return np.asarray(mask.any(axis=0))


def spans(flags: npt.NDArray[np.bool_], gap: int = 1) -> list[Span]:
    """Where flags are set, in runs; holes shorter than `gap` do not end a run."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    found: list[Span] = []
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if found and begin - found[-1][1] < gap:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


def extent(mask: Mask, origin: tuple[int, int] = (0, 0)) -> Box | None:
    """The smallest box around what is set, as seen from `origin` (left, top)."""
    rows, columns = np.flatnonzero(rows_of(mask)), np.flatnonzero(columns_of(mask))
    if not len(rows):
        return None
    left, top = origin
    return Box(
        left + int(columns[0]),
        top + int(rows[0]),
        left + int(columns[-1]) + 1,
        top + int(rows[-1]) + 1,
    )


def borders(pixels: Pixels, left: int, right: int) -> list[int]:
    """Where the ground changes over the whole width from `left` to `right`: hairlines between rows
    and the edges of bars, by their upper pixel.
    """
    strip = pixels[:, left : right : max((right - left) // 128, 1)].astype(np.int16)
    even = np.asarray((strip.max(axis=1) - strip.min(axis=1)).max(axis=1) <= 3)  # of 255
    changed = np.abs(np.diff(strip, axis=0)).max(axis=2).min(axis=1) >= 2  # of 255
    both = changed & even[1:] & even[:-1]
    rows = (np.flatnonzero(both) + 1).tolist()
    # A hairline changes the ground twice: there and back.
    return [row for before, row in pairwise([-9, *rows]) if row - before > 4]  # pixels

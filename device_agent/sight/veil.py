"""What lies over a page for a moment: a toast, a waiting box. Pure."""

from typing import Final

import numpy as np

from device_agent.sight.pixels import Pixels, ground, near, spans
from schemas.failure import Retryable

_DARK: Final = 110
"""Of 255: WeChat's toasts are dark grey boxes in the middle of its light pages."""
_LEAST: Final = 0.05
"""Of the screen's width: lower and narrower boxes are none."""


class Veiled(Retryable):
    """Something lies over the page; it goes by itself."""


def veiled(pixels: Pixels) -> bool:
    """Whether a dark box of one colour lies across the middle. Photographs stand at a side."""
    width = pixels.shape[1]
    middle = pixels[:, width // 2 - 2 : width // 2 + 2].max(axis=2).max(axis=1)
    for top, bottom in spans(np.asarray(middle < _DARK), width // 12):
        if bottom - top < width * _LEAST:
            continue
        inside = pixels[top:bottom]
        colour = ground(inside[:, width * 2 // 5 : width * 3 // 5])
        box = near(inside, colour.tolist(), 3).mean(axis=0) > 0.4  # a share
        for left, right in spans(np.asarray(box), width // 8):
            centred = abs((left + right) / 2 - width / 2) < width * _LEAST
            if centred and right - left > width * _LEAST * 3 and int(colour.max()) < _DARK:
                return True
    return False

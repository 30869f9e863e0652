"""Words from pictures of single lines, each picture recognised once."""

import hashlib
from collections import OrderedDict
from typing import Final, NamedTuple, Protocol

import numpy as np

from device_agent.sight.pixels import Pixels
from schemas.failure import Permanent

MOST_REMEMBERED: Final = 4096
"""Lines whose words are kept: some hundred screens."""

_ROOM: Final = 8
"""Pixels of ground around a line: what touches the edge is misread."""


class Words(NamedTuple):
    """What a line says, and how sure that is, from 0 to 1."""

    text: str
    sure: float


class Recognizer(Protocol):
    """Reads one line of print."""

    def read(self, line: Pixels) -> Words:
        """The words of a picture that holds one line and nothing else; none: empty, sure 0."""
        ...


class NoRecognizer(Permanent):
    """What reads pictures is not installed."""

    kind = "no_recognizer"


class RapidRecognizer:
    """PP-OCR by rapidocr, whose wheel brings the model: nothing is fetched."""

    def __init__(self, threads: int = 2) -> None:
        """Loads the model, 0.2 s.

        Raises:
            NoRecognizer: the extra `ocr` is not installed.

        """
        try:
            from rapidocr import RapidOCR
        except ImportError as error:
            raise NoRecognizer("install the extra: pip install 'hongyan[ocr]'") from error
        self._engine = RapidOCR(
            params={
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "Global.log_level": "error",
            }
        )

    def read(self, line: Pixels) -> Words:
        """As `Recognizer`."""
        from rapidocr.ch_ppocr_rec.typings import TextRecOutput

        told = self._engine(
            np.ascontiguousarray(line[:, :, ::-1]), use_det=False, use_cls=False, use_rec=True
        )
        if not isinstance(told, TextRecOutput) or not told.txts:
            return Words("", 0.0)
        return Words(str(told.txts[0]).strip(), float(told.scores[0]))

    def whole(self, picture: Pixels) -> list[str]:
        """All lines of a picture, found by the model too: what `bench.ocr` compares with."""
        told = self._engine(np.ascontiguousarray(picture[:, :, ::-1]), use_det=True, use_cls=False)
        return [str(one) for one in getattr(told, "txts", None) or ()]


class Remembering:
    """A recogniser that is shown each picture once: what did not change costs a hash."""

    def __init__(self, recognizer: Recognizer, most: int = MOST_REMEMBERED) -> None:
        """`most` lines are remembered, the longest unseen go first."""
        self._recognizer = recognizer
        self._most = most
        self._known: OrderedDict[bytes, Words] = OrderedDict()
        self.asked = 0
        """How many pictures were really read."""

    def read(self, line: Pixels) -> Words:
        """As `Recognizer`."""
        key = hashlib.blake2b(line.tobytes(), digest_size=16, key=str(line.shape).encode()).digest()
        known = self._known.get(key)
        if known is None:
            self.asked += 1
            known = self._known[key] = self._recognizer.read(line)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        return known


def framed(line: Pixels, colour: tuple[int, int, int], least: int = 0) -> Pixels:
    """A line with some of its ground around it, `least` pixels high in all: a stroke alone, such as
    一, is read only where the height of its line shows.
    """
    height, width, _ = line.shape
    above = max((least - height) // 2, _ROOM)
    wide = np.empty((height + 2 * above, width + 2 * _ROOM, 3), dtype=np.uint8)
    wide[:] = colour
    wide[above : above + height, _ROOM:-_ROOM] = line
    return wide

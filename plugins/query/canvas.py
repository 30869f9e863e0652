"""A picture to draw on, with a font that has Chinese characters."""

from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from schemas.failure import BadRequest

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

INK: Final = "#1f2328"
PALE: Final = "#6b7280"
RULE: Final = "#d9dee5"
HEAD: Final = "#eef3f9"
STRIPE: Final = "#f8fafc"
PAPER: Final = "#ffffff"
COLOURS: Final = ("#2f6fde", "#e8833a", "#2a9d72", "#c0504d", "#7b61c9", "#3aa5c4")

_PACKAGE: Final = "noto_cjk_sans_otc"
_PACKAGED: Final = ("NotoSansCJK-Regular.ttc", 2)  # face 2 draws characters as in mainland China
_USUAL: Final = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/System/Library/Fonts/PingFang.ttc", 2),
    ("/System/Library/Fonts/STHeiti Medium.ttc", 0),
)


def find_font(file: Path | None, face: int) -> tuple[Path, int]:
    """A font's file and face: the owner's, the installed package's, or the system's.

    Raises:
        BadRequest: there is none with Chinese characters.

    """
    if file is not None:
        return file, face
    spec = find_spec(_PACKAGE)
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).with_name(_PACKAGED[0]), _PACKAGED[1]
    for usual, number in _USUAL:
        if Path(usual).is_file():
            return Path(usual), number
    raise BadRequest("pictures need a font: install hongyan[pictures], or say config.font")


@dataclass(frozen=True)
class Frame:
    """What stands round a picture: a line above, one below, and at most how many rows in it."""

    title: str
    note: str
    rows: int


class Canvas:
    """A white picture of that size; drawn twice as large and made smaller, so that lines and round
    things are smooth. All measures are the finished picture's pixels.
    """

    def __init__(self, width: float, height: float, pens: "Pens") -> None:
        """`pens` write on it."""
        from PIL import Image, ImageDraw

        self.size = round(width), round(height)
        self._pens = pens
        self._image: Image.Image = Image.new("RGB", (self.size[0] * 2, self.size[1] * 2), PAPER)
        self._draw: ImageDraw.ImageDraw = ImageDraw.Draw(self._image)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """A filled rectangle."""
        if right > left and bottom > top:
            self._draw.rectangle([left * 2, top * 2, right * 2 - 1, bottom * 2 - 1], fill=colour)

    def line(self, points: list[tuple[float, float]], colour: str, width: float = 1) -> None:
        """A line through points."""
        doubled = [(x * 2, y * 2) for x, y in points]
        self._draw.line(doubled, fill=colour, width=round(width * 2), joint="curve")

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """A filled circle."""
        edges = [(x - radius) * 2, (y - radius) * 2, (x + radius) * 2, (y + radius) * 2]
        self._draw.ellipse(edges, fill=colour)

    def text(  # noqa: PLR0917  # a place, and what stands there
        self, x: float, y: float, text: str, size: int, colour: str = INK, anchor: str = "lm"
    ) -> None:
        """A line of text; `anchor` as Pillow has it: l, m, r, then a, m, s, b."""
        font = self._pens.pen(size * 2)
        self._draw.text((x * 2, y * 2), text, fill=colour, font=font, anchor=anchor)

    def png(self) -> bytes:
        """The finished picture."""
        from PIL import Image

        out = BytesIO()
        self._image.resize(self.size, Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
        return out.getvalue()


class Pens:
    """A font in its sizes."""

    def __init__(self, file: Path, face: int) -> None:
        """Nothing is read yet."""
        self._file = file
        self._face = face
        self._sizes: dict[int, FreeTypeFont] = {}

    def pen(self, size: int) -> "FreeTypeFont":
        """The font in one size.

        Raises:
            BadRequest: it cannot be read, or Pillow is not installed.

        """
        try:
            from PIL import ImageFont
        except ImportError as error:
            raise BadRequest("pictures need Pillow: install hongyan[pictures]") from error
        if size not in self._sizes:
            try:
                self._sizes[size] = ImageFont.truetype(str(self._file), size, index=self._face)
            except OSError as error:
                raise BadRequest(f"the font {self._file} cannot be read: {error}") from error
        return self._sizes[size]

    def wide(self, text: str, size: int) -> float:
        """How wide a text stands."""
        return self.pen(size * 2).getlength(text) / 2

    def fitted(self, text: str, size: int, most: float) -> str:
        """The text, cut where it is wider than `most`."""
        text = " ".join(text.split())
        if self.wide(text, size) <= most:
            return text
        while text and self.wide(f"{text}…", size) > most:
            text = text[:-1]
        return f"{text}…"

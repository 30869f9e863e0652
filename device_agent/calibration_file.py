"""A calibration as what is kept of it: the layout file, and a picture of what each part is."""

from io import BytesIO
from pathlib import Path
from typing import Any, Final

import yaml
from PIL import Image, ImageDraw, ImageFont

from device_agent.calibrating import Build
from device_agent.calibration import NEEDED, Found, Page, Proposal

_PAGES: Final[tuple[Page, ...]] = ("list", "chat", "typed")
_COLOURS: Final = (
    (0, 110, 230), (0, 150, 60), (200, 90, 0), (120, 0, 160), (0, 150, 150), (220, 0, 60),
    (110, 110, 0), (90, 90, 90),
)  # fmt: skip
_HEAD: Final = """\
# Proposed by `hongyan phone calibrate` from a live phone. `evidence` says what proves each part.
# `sends: true` where two walks proved all that sending needs; else the agent reads and sends
# nothing. The agent reads this file from the folder that HONGYAN_LAYOUTS names.
"""


def name_of(build: Build) -> str:
    """The layout's name, which is its file's without `.yaml`."""
    code = "" if build.code is None else f"-{build.code}"
    return f"wechat-{build.version}{code}"


def document(build: Build, proposal: Proposal) -> dict[str, Any]:
    """The layout file's content."""
    ids = {part: one.id for part, one in proposal.found.items()}
    told: dict[str, Any] = {"name": name_of(build), "versions": [build.version]}
    if build.code is not None:
        told["codes"] = [build.code]
    told |= {"locale": build.locale, "sends": proposal.sends, "ids": ids}
    told["evidence"] = {
        part: f"{one.how}; times seen: {one.seen}" for part, one in proposal.found.items()
    }
    told["missing"] = dict(proposal.missing)
    if proposal.doubts:
        told["doubts"] = list(proposal.doubts)
    return told


def written(build: Build, proposal: Proposal) -> str:
    """The layout file."""
    body = yaml.safe_dump(document(build, proposal), allow_unicode=True, sort_keys=False, width=100)
    return _HEAD + body


def save(folder: Path, build: Build, proposal: Proposal) -> Path:
    """Write it where the agent finds it, in place of an older one of the same build.

    Raises:
        OSError: it cannot be written.

    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name_of(build)}.yaml"
    made = file.with_suffix(".new")
    made.write_text(written(build, proposal), encoding="utf-8")
    made.replace(file)
    return file


def drawn(pictures: dict[Page, bytes], proposal: Proposal) -> bytes:
    """The pages side by side, each part framed with its number, and the numbers' names, as PNG."""
    pages = [(page, Image.open(BytesIO(pictures[page]))) for page in _PAGES if page in pictures]
    side = max(image.width for _, image in pages) // 2
    tall = max(image.height for _, image in pages)
    sheet = Image.new("RGB", (sum(i.width for _, i in pages) + side * 2, tall), (255, 255, 255))
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=max(side // 18, 10))
    left = 0
    for page, image in pages:
        sheet.paste(image.convert("RGB"), (left, 0))
        for number, one in _numbered(proposal):
            if one.page == page:
                _frame(pen, number, one, left, font)
        left += image.width
    _legend(pen, proposal, left + side // 12, font)
    out = BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def _numbered(proposal: Proposal) -> list[tuple[int, Found]]:
    return list(enumerate(proposal.found.values(), start=1))


def _frame(pen: ImageDraw.ImageDraw, number: int, one: Found, left: int, font: Any) -> None:
    colour, bounds = _COLOURS[number % len(_COLOURS)], one.bounds
    edge = (left + bounds.left, bounds.top, left + bounds.right - 1, bounds.bottom - 1)
    pen.rectangle(edge, outline=colour, width=4)
    label = str(number)
    wide = int(pen.textlength(label, font=font)) + 12
    tall = int(font.size) + 8
    # beside a part where there is room, so that its words are seen; at the foot of a page
    beside = edge[0] - wide if bounds.left >= wide else edge[0]
    place = (beside, edge[3] - tall if bounds.height > bounds.width else edge[1])
    pen.rectangle((*place, place[0] + wide, place[1] + tall), fill=colour)
    pen.text((place[0] + 6, place[1] + 2), label, fill=(255, 255, 255), font=font)


def _legend(pen: ImageDraw.ImageDraw, proposal: Proposal, left: int, font: Any) -> None:
    line, top = int(font.size * 1.6), int(font.size)
    for number, one in _numbered(proposal):
        colour = _COLOURS[number % len(_COLOURS)]
        pen.text((left, top), f"{number:>2}  {one.part}: {one.id}", fill=colour, font=font)
        top += line
    top += line
    for part in proposal.missing:
        needed = " (sending needs it)" if part in NEEDED else ""
        pen.text((left, top), f" -  {part}: not found{needed}", fill=(160, 0, 0), font=font)
        top += line

"""What a look at the chat says of a send: sent, failed, still a draft, or not settled. Pure."""

from collections.abc import Sequence
from enum import Enum

from device_agent.alignment import Seen, join
from device_agent.reading import seen
from device_agent.rows import SeenRow, print_of
from schemas.content import Content, Video
from schemas.ledger import Anchor, Row

ANCHOR_ROWS = 12
MOST_TAPS = 4
_GROWTH = 6.0
LOOKS = 3
"""Further reads after the first, when that one settles nothing."""
SPINNER_LOOKS = 8
"""Further reads while the bubble shows that it is being sent; then its chat waits."""


class Verdict(Enum):
    """What a look proves."""

    SENT = "sent"
    SENDING = "sending"
    FAILED = "failed"
    DRAFT = "draft"
    UNSETTLED = "unsettled"


def anchor_for(rows: Sequence[Row], bubble: Content, *, at_top: bool) -> Anchor:
    """The last rows before a send, own and others', and the print of the bubble to come. `at_top`:
    nothing stands above the rows.
    """
    return Anchor(
        rows=tuple(rows[-ANCHOR_ROWS:]),
        text_print=print_of("own", "", bubble),
        whole=at_top and 0 < len(rows) <= ANCHOR_ROWS,
    )


def judge(
    anchor: Anchor, rows: Sequence[SeenRow], *, at_top: bool, held: bool, gone: bool
) -> Verdict:
    """Whether the bubble stands after the anchor.

    `rows` reach to the chat's last one. Where the anchor fits at one place only, a bubble after it
    decides, then whether the message is still `held`, untapped. Where it fits at several (the same
    words again and again), it decides that the message is `gone` from where it was held, which only
    our tap can have done, and one of the places shows the bubble; or that the chat's last row,
    which was another one, is the bubble now, however far away the anchor is (a row may be taller
    than many screens).
    """
    places = _places(anchor, seen(rows), at_top=at_top)
    if anchor.whole and at_top and len(anchor.rows) in places:
        places = [len(anchor.rows)]  # the same words may have been said again since
    after = [[row for row in rows[start:] if _is_bubble(row, anchor)] for start in places]
    if len(after) == 1 and after[0]:
        return _of(after[0][-1])
    if held:
        return Verdict.DRAFT
    bubbles = [found for found in after if found]
    if bubbles and gone:
        return _of(bubbles[-1][-1])
    if gone and _last_is_new(rows, anchor):
        return _of(rows[-1])
    return Verdict.UNSETTLED


def _last_is_new(rows: Sequence[SeenRow], anchor: Anchor) -> bool:
    """Whether the chat ends with the bubble, and did not at the intent."""
    if not rows or not anchor.rows:
        return False
    if anchor.rows[-1].print in {anchor.text_print, rows[-1].row.print}:
        return False
    return _is_bubble(rows[-1], anchor)


def _is_bubble(row: SeenRow, anchor: Anchor) -> bool:
    """Whether a row is what the anchor waits for, by what it holds: one that was first read from
    pixels is known by another print. How long a video is shows only in its bubble.
    """
    content = Video() if isinstance(row.content, Video) else row.content
    return row.side == "own" and print_of("own", "", content) == anchor.text_print


def _of(bubble: SeenRow) -> Verdict:
    if bubble.failed:
        return Verdict.FAILED
    return Verdict.SENDING if bubble.sending else Verdict.SENT


def pause(taps: int, most: float, left: float, chance: float) -> float:
    """Seconds before another tap after `taps` of them did nothing: each six times the one before,
    `most` in all; and of the `left` ones to the expiry as much as lets all taps be made in time.
    """
    share = _GROWTH ** (taps - 1) / sum(_GROWTH**number for number in range(MOST_TAPS - 1))
    return min(share * most * (0.75 + chance / 4), left / (MOST_TAPS + 1 - taps))


def mangled(field: str, text: str) -> bool:
    """Whether a field that was given `text` holds it cut short or more than once."""
    return field not in {"", text} and (field in text or text in field)


def _places(anchor: Anchor, rows: Sequence[Seen], *, at_top: bool) -> list[int]:
    """Where the rows after the anchor may begin."""
    if not anchor.rows:
        return [0] if at_top else []
    found = []
    for end in range(len(rows), 0, -1):
        joined = join(anchor.rows, rows[:end], 0, at_top=True)
        if joined.start == end:
            found.append(end)
    return found

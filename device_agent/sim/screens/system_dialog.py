"""Android's own dialogs: an app that crashed or hangs, and permissions."""

from device_agent.sim.lettering import wrap
from device_agent.sim.screens.dialog import Question
from device_agent.sim.screens.look import INK, Look
from device_agent.sim.screens.node import BUTTON, FRAME, IMAGE, LINEAR, Node, Paint, Rect, nested

_PAPER = "#FBFBFE"
_PILL = "#D6E3FF"


def trouble(look: Look, question: Question, package: str) -> Node:
    """What Android says of an app in trouble, with its answers below each other."""
    wide, side = look.dp(320), look.dp(24)
    left = (look.width - wide) // 2
    lines = wrap(question.text, look.sp(20), wide - 2 * side)
    row = look.dp(52)
    tall = side + len(lines) * look.sp(28) + look.dp(14) + row * len(question.answers) + side // 2
    top = (look.height - tall) // 2
    box = Rect(left, top, left + wide, top + tall)
    title = look.label(
        Rect(left + side, top + side, box.right - side, top + side + len(lines) * look.sp(28)),
        question.text,
        20,
        lines=lines,
    )
    title.rid = "android:id/alertTitle"
    low = title.rect.bottom + look.dp(14)
    rows: list[Node] = [title]
    for number, answer in enumerate(question.answers):
        rect = Rect(left, low + number * row, box.right, low + (number + 1) * row)
        icon = Rect(left + side, rect.top + look.dp(15), left + side + look.dp(22), 0)
        sign = Node(IMAGE, icon._replace(bottom=icon.top + look.dp(22)))
        sign.paint = Paint(shape="cross" if answer.rid.endswith("close") else "clock:plain")
        button = look.label(
            rect._replace(left=left + side + look.dp(40)), answer.label, 16, kind=BUTTON
        )
        button.rid, button.action, button.role = answer.rid, answer.action, "dialog_button"
        button.clickable = button.focusable = True
        rows += [sign, button]
    return _window(look, box, rows, package)


def permission(look: Look, question: Question, package: str) -> Node:
    """What Android asks before an app may use something; the last answer stands on top."""
    wide, side = look.dp(312), look.dp(24)
    left = (look.width - wide) // 2
    lines = wrap(question.text, look.sp(18), wide - 2 * side)
    pill = look.dp(56)
    tall = look.dp(76) + len(lines) * look.sp(26) + look.dp(20)
    tall += (pill + look.dp(4)) * len(question.answers) + side
    top = (look.height - tall) // 2
    box = Rect(left, top, left + wide, top + tall)
    middle = look.width // 2
    icon = Rect(middle - look.dp(14), top + look.dp(28), middle + look.dp(14), top + look.dp(56))
    sign = Node(IMAGE, icon, rid=f"{package}:id/permission_icon", paint=Paint(shape="mouth"))
    words = Rect(left + side, top + look.dp(70), box.right - side, 0)
    words = words._replace(bottom=words.top + len(lines) * look.sp(26))
    text = look.label(words, question.text, 18, align="center", lines=lines)
    text.rid = f"{package}:id/permission_message"
    parts: list[Node] = [sign, text]
    low = words.bottom + look.dp(20)
    for answer in reversed(question.answers):
        rect = Rect(left + side, low, box.right - side, low + pill)
        button = look.label(rect, answer.label, 15, kind=BUTTON, color=INK, align="center")
        button.rid, button.action, button.role = answer.rid, answer.action, "dialog_button"
        button.clickable = button.focusable = True
        if button.paint:
            button.paint.fill, button.paint.radius = _PILL, look.dp(12)
        parts.append(button)
        low = rect.bottom + look.dp(4)
    return _window(look, box, parts, package)


def _window(look: Look, box: Rect, parts: list[Node], package: str) -> Node:
    card = Node(LINEAR, box, children=parts, paint=Paint(fill=_PAPER, radius=look.dp(28)))
    root = Node(FRAME, look.screen, paint=Paint(shape="dim"), role="dialog")
    root.children = [nested(3, card)]
    for node in root.walk():
        node.package = package
    return root

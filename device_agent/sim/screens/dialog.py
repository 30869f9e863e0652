"""Dialogs over the screen: WeChat's own and Android's."""

from typing import NamedTuple

from device_agent.sim.lettering import width, wrap
from device_agent.sim.screens.look import INK, WHITE, Look
from device_agent.sim.screens.node import (
    BUTTON,
    FRAME,
    LINEAR,
    TEXT,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)

WECHAT = "com.tencent.mm"
LINK = "#576B95"
# These ids are plain words in WeChat, the same in all versions (seen in public automation code).
_IDS = {
    "title": "mm_alert_title",
    "text": "mm_alert_msg",
    "yes": "mm_alert_ok_btn",
    "no": "mm_alert_cancel_btn",
}


class Answer(NamedTuple):
    """A button of a dialog: its label, what a tap does, its resource id."""

    label: str
    action: Action
    rid: str


class Question(NamedTuple):
    """What a dialog says; the last answer is the emphasised one."""

    title: str
    text: str
    answers: tuple[Answer, ...]


def wechat_id(part: str) -> str:
    """The resource id of a part of WeChat's dialogs: title, text, yes or no."""
    return f"{WECHAT}:id/{_IDS[part]}"


def asked(
    look: Look, title: str, text: str, yes: tuple[str, Action], no: tuple[str, Action] | None = None
) -> Question:
    """A question in WeChat's form: `no` on the left, `yes` on the right."""
    answers = [Answer(*no, wechat_id("no"))] if no else []
    answers.append(Answer(*yes, wechat_id("yes")))
    return Question(title, text, tuple(answers))


def dialog(look: Look, question: Question) -> Node:
    """A dialog of WeChat in the middle of the screen, alone in its window."""
    wide, side = look.dp(304), look.dp(28)
    left = (look.width - wide) // 2
    inner = wide - 2 * side
    title = wrap(question.title, look.sp(17), inner) if question.title else ()
    text = wrap(question.text, look.sp(15), inner) if question.text else ()
    tall = side + len(title) * look.sp(26) + len(text) * look.sp(23) + side + look.dp(60)
    top = (look.height - tall) // 2
    box = Rect(left, top, left + wide, top + tall)
    parts: list[Node] = []
    low = top + side
    for part, words, lines, size, color in (
        ("title", question.title, title, 17, INK),
        ("text", question.text, text, 15, "#7F7F7F" if title else INK),
    ):
        if lines:
            rect = Rect(
                left + side, low, left + wide - side, low + len(lines) * look.sp(size * 1.5)
            )
            node = look.label(rect, words, size, color=color, align="center", lines=lines)
            node.rid = wechat_id(part)
            parts.append(node)
            low = rect.bottom + look.dp(4)
    parts.extend(answer_row(look, box, question.answers))
    column = Node(LINEAR, box, children=parts, paint=Paint(fill=WHITE, radius=look.dp(12)))
    root = Node(FRAME, look.screen, paint=Paint(shape="dim"), role="dialog")
    root.children = [nested(3, column)]
    return root


def answer_row(look: Look, box: Rect, answers: tuple[Answer, ...]) -> list[Node]:
    """The buttons along the lower edge of a dialog's box."""
    each = (box.right - box.left) // max(1, len(answers))
    nodes = []
    for number, answer in enumerate(answers):
        rect = Rect(
            box.left + number * each,
            box.bottom - look.dp(56),
            box.left + (number + 1) * each,
            box.bottom,
        )
        last = number == len(answers) - 1
        button = look.label(
            rect,
            answer.label,
            17 if width(answer.label, look.sp(17)) < each - look.dp(8) else 13,
            kind=BUTTON,
            color=LINK if last else INK,
            align="center",
            lines=(answer.label,),
        )
        button.rid, button.action = answer.rid, answer.action
        button.clickable = button.focusable = True
        button.role = "dialog_button"
        if button.paint:
            button.paint.shape = "answer:beside" if number else "answer:"
        nodes.append(button)
    return nodes


def toast(look: Look, text: str) -> Node:
    """A short message that goes by itself and takes no taps."""
    lines = wrap(text, look.sp(14), look.dp(200))
    tall = len(lines) * look.sp(20) + look.dp(24)
    rect = Rect(
        look.width // 2 - look.dp(110),
        look.height // 2 - tall // 2,
        look.width // 2 + look.dp(110),
        look.height // 2 + tall // 2,
    )
    label = look.label(rect, text, 14, color=WHITE, align="center", lines=lines, kind=TEXT)
    if label.paint:
        label.paint.fill, label.paint.radius = "#4C4C4C", look.dp(8)
    return Node(FRAME, rect, children=[label], package=WECHAT, role="toast")

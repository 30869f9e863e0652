"""What lays itself over the screen unasked: warnings, permissions, crashes, calls, login."""

from collections.abc import Callable

from device_agent.sim.lettering import shorten
from device_agent.sim.screens.dialog import Answer, Question, asked, dialog
from device_agent.sim.screens.look import GREEN, GREY, RED, WHITE, Look
from device_agent.sim.screens.node import (
    BUTTON,
    FRAME,
    IMAGE,
    LINEAR,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.scene import Scene
from device_agent.sim.screens.system_dialog import permission, trouble
from device_agent.sim.stage import Overlay

PERMISSION = "com.google.android.permissioncontroller"
ANDROID = "android"


def _away(name: str) -> Action:
    return Action("dismiss", name)


def _too_frequent(look: Look) -> Question:
    yes = (look.word("ok"), _away("too_frequent_dialog"))
    return asked(look, "", look.word("too_frequent"), yes)


def _blank(look: Look) -> Question:
    yes = (look.word("ok"), _away("blank_message"))
    return asked(look, "", look.word("blank_text"), yes)


def _update(look: Look) -> Question:
    name = "update_dialog"
    return asked(
        look,
        look.word("update_title"),
        look.word("update_text"),
        (look.word("update_now"), Action("update", name)),
        (look.word("cancel"), _away(name)),
    )


def _restricted(look: Look) -> Question:
    yes = (look.word("details"), Action("stay"))
    return asked(look, look.word("restricted_title"), look.word("restricted_text"), yes)


def _permission(look: Look) -> Question:
    deny = Answer(
        look.word("deny"),
        _away("permission_dialog"),
        f"{PERMISSION}:id/permission_deny_button",
    )
    allow = Answer(
        look.word("allow"),
        Action("allow", "permission_dialog"),
        f"{PERMISSION}:id/permission_allow_button",
    )
    return Question("", look.word("permission_text"), (deny, allow))


def _crash(look: Look) -> Question:
    close = Answer(look.word("close_app"), _away("app_crash"), "android:id/aerr_close")
    return Question("", look.word("crash_text"), (close,))


def _anr(look: Look) -> Question:
    close = Answer(look.word("close_app"), Action("close_app", "anr"), "android:id/aerr_close")
    wait = Answer(look.word("wait"), _away("anr"), "android:id/aerr_wait")
    return Question("", look.word("anr_text"), (close, wait))


_Draw = Callable[[Scene, Overlay], Node]


def _shown(ask: Callable[[Look], Question]) -> _Draw:
    return lambda scene, overlay: dialog(scene.look, ask(scene.look))


def _in_trouble(ask: Callable[[Look], Question]) -> _Draw:
    return lambda scene, overlay: trouble(scene.look, ask(scene.look), ANDROID)


def _permitted(scene: Scene, overlay: Overlay) -> Node:
    return permission(scene.look, _permission(scene.look), PERMISSION)


DIALOGS: dict[str, tuple[_Draw, str]] = {
    "too_frequent_dialog": (_shown(_too_frequent), "com.tencent.mm"),
    "blank_message": (_shown(_blank), "com.tencent.mm"),
    "update_dialog": (_shown(_update), "com.tencent.mm"),
    "account_restricted": (_shown(_restricted), "com.tencent.mm"),
    "permission_dialog": (_permitted, PERMISSION),
    "app_crash": (_in_trouble(_crash), ANDROID),
    "anr": (_in_trouble(_anr), ANDROID),
}
"""How each is drawn, and whose window it is."""


def login(scene: Scene, overlay: Overlay) -> Node:
    """WeChat's page of one who is logged out."""
    look = scene.look
    root = Node(FRAME, look.screen, paint=Paint(fill="#071526", shape="earth"), role="login")
    gap = look.dp(16)
    wide = (look.width - 3 * gap) // 2
    buttons = []
    for number, (key, fill) in enumerate((("log_in", GREEN), ("sign_up", "#F2F2F2"))):
        left = gap + number * (wide + gap)
        rect = Rect(left, look.height - look.dp(92), left + wide, look.height - look.dp(44))
        color = WHITE if number == 0 else GREEN
        button = look.label(
            rect, look.word(key), 17, role=key, kind=BUTTON, color=color, align="center"
        )
        button.clickable, button.action = True, Action("stay")
        if button.paint:
            button.paint.fill, button.paint.radius = fill, look.dp(8)
        buttons.append(button)
    note = look.label(
        Rect(look.dp(24), look.dp(90), look.width - look.dp(24), look.dp(190)),
        look.word("logged_out"),
        15,
        role="login_note",
        color="#D5DCE6",
        align="center",
    )
    root.children = [nested(2, Node(LINEAR, look.screen, children=[note, *buttons]))]
    return root


def _face(scene: Scene, caller: str) -> str:
    """The picture of the one who calls."""
    known = (one.name for one in scene.world.contacts() if one.shown_title == caller)
    return f"avatar:{next(known, caller)}:{caller}"


def call(scene: Scene, overlay: Overlay) -> Node:
    """A voice or video call that comes in, over the whole screen."""
    look = scene.look
    root = Node(FRAME, look.screen, paint=Paint(fill="#23272E", shape="dusk"), role="call")
    face = Rect(
        look.width // 2 - look.dp(60), look.dp(130), look.width // 2 + look.dp(60), look.dp(250)
    )
    avatar = Node(IMAGE, face, paint=Paint(shape=_face(scene, overlay.target)))
    name = look.label(
        Rect(0, face.bottom + look.dp(16), look.width, face.bottom + look.dp(52)),
        overlay.target,
        22,
        role="call_name",
        color=WHITE,
        align="center",
        lines=(shorten(overlay.target, look.sp(22), look.width - look.dp(32)),),
    )
    said = look.label(
        Rect(0, name.rect.bottom, look.width, name.rect.bottom + look.dp(32)),
        look.word("call_text"),
        15,
        role="call_text",
        color=GREY,
        align="center",
    )
    answers = _call_buttons(look, look.height - look.dp(150), look.dp(68))
    root.children = [nested(2, Node(LINEAR, look.screen, children=[avatar, name, said, *answers]))]
    return root


def _call_buttons(look: Look, top: int, side: int) -> list[Node]:
    nodes = []
    for share, key, fill, verb in (
        (1, "hang_up", RED, "dismiss"),
        (3, "answer", GREEN, "answer"),
    ):
        middle = look.width * share // 4
        rect = Rect(middle - side // 2, top, middle + side // 2, top + side)
        button = look.icon(rect, f"phone:{fill}", role=key, desc=look.word(key))
        button.clickable, button.action = True, Action(verb, "incoming_call")
        label = look.label(
            Rect(middle - side, rect.bottom, middle + side, rect.bottom + look.dp(30)),
            look.word(key),
            13,
            color=WHITE,
            align="center",
        )
        nodes += [button, label]
    return nodes


def call_banner(scene: Scene, overlay: Overlay) -> Node:
    """A call that comes in as a banner at the top; what lies below it can be tapped."""
    look = scene.look
    rect = Rect(look.dp(8), look.top, look.width - look.dp(8), look.top + look.dp(84))
    line = Rect(
        rect.left + look.dp(70),
        rect.top + look.dp(14),
        rect.right - look.dp(120),
        rect.top + look.dp(42),
    )
    caller = (shorten(overlay.target, look.sp(16), line.right - line.left),)
    name = look.label(line, overlay.target, 16, role="call_name", color=WHITE, lines=caller)
    words = look.word("call_text")
    said = look.label(
        Rect(name.rect.left, name.rect.bottom, name.rect.right, name.rect.bottom + look.dp(26)),
        words,
        12,
        role="call_text",
        color=GREY,
        lines=(shorten(words, look.sp(12), name.rect.right - name.rect.left),),
    )
    corner = (rect.left + look.dp(14), rect.top + look.dp(20))
    face = Rect(*corner, corner[0] + look.dp(44), corner[1] + look.dp(44))
    avatar = Node(IMAGE, face, paint=Paint(shape=_face(scene, overlay.target)))
    buttons = []
    for number, (key, fill, verb) in enumerate(
        (("hang_up", RED, "dismiss"), ("answer", GREEN, "answer"))
    ):
        left = rect.right - look.dp(110) + number * look.dp(54)
        box = Rect(left, rect.top + look.dp(20), left + look.dp(44), rect.top + look.dp(64))
        button = look.icon(box, f"phone:{fill}", role=key, desc=look.word(key))
        button.clickable, button.action = True, Action(verb, "incoming_call")
        buttons.append(button)
    root = Node(FRAME, rect, paint=Paint(fill="#3A3F47", radius=look.dp(12)), role="banner")
    root.clickable, root.action = True, Action("stay")
    root.children = [nested(1, Node(LINEAR, rect, children=[avatar, name, said, *buttons]))]
    return root

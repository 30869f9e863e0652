"""What may lie over WeChat's screens, and the one thing that may be done about each. Pure.

Nothing here ever allows, answers, updates, logs in or sends: a cover is refused, waited for, or
left to a person. What is not in the table is not known, and is never tapped. Words and resource ids
are those of WeChat's dialogs (`mm_alert_…`, the same in all versions), of Android's own sources,
and of the phone makers' permission windows; labels are compared whole.
"""

import re
from dataclasses import dataclass
from enum import Enum

from device_agent.layout import PACKAGE
from device_agent.nodes import Box, Node, box, desc, text, walk


class Then(Enum):
    """What follows, beside the tap or key that takes a cover away."""

    GO_ON = "go_on"
    """It is gone: look again."""
    REST = "rest"
    """Sending rests for a time, reading goes on."""
    WAIT = "wait"
    """It goes by itself; nothing is touched meanwhile."""
    RESTART = "restart"
    """WeChat is started again."""
    UNLOCK = "unlock"
    """A swipe up opens the lock screen, or brings up its keys."""
    HALT = "halt"
    """Nothing is touched until a person has mended it."""


@dataclass(frozen=True)
class Kind:
    """A row of the table. `says` is found in the cover's words, `package` in whose window it is.

    `refusals` are labels that may be tapped, `ids` the same by resource id; with `alone` only if
    there is no other button. `key` is pressed where there is none of them; without a key that
    cover is left to a person.
    """

    name: str
    about: str
    package: re.Pattern[str]
    says: re.Pattern[str]
    then: Then
    refusals: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    alone: bool = False
    key: str | None = None

    @property
    def untouched(self) -> bool:
        """Whether it is never tapped."""
        return not (self.refusals or self.ids or self.key)


@dataclass(frozen=True)
class Cover:
    """What lies there, in `area`: `tap` or `key`, never both, takes it away; neither: hands off."""

    name: str
    about: str
    then: Then
    area: Box
    tap: Box | None = None
    key: str | None = None


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE | re.DOTALL)


_WECHAT = re.compile(rf"^{re.escape(PACKAGE)}$")
_ANDROID = re.compile(r"^android$")
_SYSTEM_UI = re.compile(r"^com\.android\.systemui$")
_PERMISSIONS = re.compile(
    r"permissioncontroller|packageinstaller|lbe\.security\.miui|securitypermission"
    r"|permissionmanager"
)
_CALLS = re.compile(r"\.(?:incallui|dialer|server\.telecom)$")
_ANY = re.compile("")
_NO = frozenset({"取消", "以后再说", "暂不", "暂不更新", "稍后", "下次再说", "不用了", "忽略"})
_NO_EN = frozenset({"cancel", "later", "not now", "no thanks", "maybe later", "ignore"})
_SEEN = frozenset({"确定", "知道了", "我知道了", "好", "好的", "ok", "got it", "i know", "confirm"})
_CHARGE = frozenset({"仅充电", "仅限充电", "充电", "charge only", "no data transfer"})
_DENY = frozenset({"拒绝", "不允许", "禁止", "deny", "don't allow"})

TABLE = (
    Kind(
        "logged_out",
        "WeChat is logged out: log in on the phone",
        _WECHAT,
        _words(
            r"(?:^|\n)(?:登录|log in)\n(?:.*\n)?(?:注册|sign up)\n", r"重新登录", r"log in again"
        ),
        Then.HALT,
    ),
    Kind(
        "account_restricted",
        "WeChat restricts the account: read its notice on the phone",
        _WECHAT,
        _words(
            r"(?:账号|帐号|微信号|功能).{0,20}(?:受限|限制|封禁|冻结|异常)",
            r"account.{0,20}(?:restricted|suspended|blocked|limited|unusual)",
        ),
        Then.HALT,
    ),
    Kind(
        "too_frequent",
        "WeChat says that one acts too often",
        _WECHAT,
        _words(r"(?:操作|发送).{0,4}(?:太|过于)?频繁", r"too (?:frequent|often)"),
        Then.REST,
        refusals=_SEEN,
        ids=frozenset({"mm_alert_ok_btn"}),
        alone=True,
    ),
    Kind(
        "call",
        "a call comes in",
        _WECHAT,
        _words(r"邀请你.{0,4}(?:通话|聊天|视频|语音)", r"invit\w+ you to .{0,12}call"),
        Then.WAIT,
    ),
    Kind("phone_call", "a phone call comes in", _CALLS, _ANY, Then.WAIT),
    Kind(
        "update",
        "WeChat offers a new version",
        _WECHAT,
        _words(r"新版本|版本更新|更新微信", r"new version|update (?:wechat|now)"),
        Then.GO_ON,
        refusals=_NO | _NO_EN,
    ),
    Kind(
        "permission",
        "an app asks for a permission",
        _PERMISSIONS,
        _ANY,
        Then.GO_ON,
        refusals=_DENY | _NO | _NO_EN,
        ids=frozenset({"permission_deny_button", "permission_deny_and_dont_ask_again_button"}),
        key="back",
    ),
    Kind(
        "not_responding",
        "an app does not answer",
        _ANDROID,
        _words(r"(?:没有|无|未)响应", r"(?:isn.t|not) responding"),
        Then.GO_ON,
        refusals=frozenset({"等待", "wait"}),
        ids=frozenset({"aerr_wait"}),
    ),
    Kind(
        "crashed",
        "WeChat crashed",
        _ANDROID,
        _words(r"停止运行|已停止", r"(?:keeps stopping|has stopped)"),
        Then.RESTART,
        refusals=frozenset({"关闭应用", "关闭", "确定", "close app", "close", "ok"}),
        ids=frozenset({"aerr_close"}),
        key="back",
    ),
    Kind(
        "usb_debugging",
        "another computer asks to debug the phone",
        _SYSTEM_UI,
        _words(r"USB ?调试", "usb debugging"),
        Then.GO_ON,
        refusals=_NO | _NO_EN | _DENY,
        key="back",
    ),
    Kind(
        "usb_use",
        "the phone asks what the cable is for",
        _words(r"^com\.android\.(?:systemui|settings)$", r"^android$"),
        _words(r"USB.{0,6}(?:用途|用于|连接方式)", r"use usb (?:for|to)"),
        Then.GO_ON,
        refusals=_NO | _NO_EN | _CHARGE,
        key="back",
    ),
    Kind(
        "battery",
        "the battery is low",
        _words(r"^com\.android\.systemui$", r"^android$", r"securitycenter$"),
        _words(r"电量(?:不足|过低|低)|省电模式", r"battery (?:is )?low|low battery|battery saver"),
        Then.GO_ON,
        refusals=_NO | _NO_EN | {"知道了", "我知道了", "got it"},
        key="back",
    ),
)
"""In the order they are asked: what halts comes first."""

_LOCK_IDS = re.compile(r":id/(?:keyguard|lockscreen|lock_icon)")
_KEYS = re.compile(r":id/(?:keyguard_)?(?:pin_?view|password_?view|pattern_?view|sim_pin_view)")
_DIALOG_ID = f"{PACKAGE}:id/mm_alert_"
_MOST_WORDS = 8  # a window of WeChat that says more is a page, not a dialog


def cover_of(root: Node) -> Cover | None:
    """What covers the screen whose dump this is; None where nothing known does."""
    nodes = list(walk(root))
    package = next((one.get("package") or "" for one in nodes), "")
    if _SYSTEM_UI.match(package) and any(_LOCK_IDS.search(_id(one)) for one in nodes):
        return _lock(nodes)
    said = _said(nodes, package)
    if said is None:
        return None
    for kind in TABLE:
        if kind.package.search(package) and kind.says.search(said):
            return _answered(kind, nodes)
    return None


def _lock(nodes: list[Node]) -> Cover:
    if any(_KEYS.search(_id(one)) for one in nodes):
        return Cover("locked", "the phone is locked: unlock it", Then.HALT, box(nodes[0]))
    return Cover("lock_screen", "the lock screen is up", Then.UNLOCK, box(nodes[0]))


def _said(nodes: list[Node], package: str) -> str | None:
    """The cover's words, a line each; None where this is a page of WeChat, not a cover."""
    words = [_label(one) for one in nodes if _label(one)]
    if package == PACKAGE and len(words) > _MOST_WORDS:
        return None
    if any(_id(one).startswith(_DIALOG_ID) for one in nodes):
        words = [_label(one) for one in nodes if _id(one).startswith(_DIALOG_ID)]
    return "".join(f"{word}\n" for word in words)


def _answered(kind: Kind, nodes: list[Node]) -> Cover:
    whole = box(nodes[0])
    if kind.untouched:
        return Cover(kind.name, kind.about, kind.then, whole)
    buttons = [one for one in nodes if _is_button(one)]
    if not kind.alone or len(buttons) == 1:
        for node in buttons:
            named = _id(node).rpartition("/")[2] in kind.ids and _label(node) not in _YES
            if named or _label(node) in kind.refusals:
                return Cover(kind.name, kind.about, kind.then, whole, tap=box(node))
    if kind.key is not None:
        return Cover(kind.name, kind.about, kind.then, whole, key=kind.key)
    return Cover(kind.name, f"{kind.about}: answer it on the phone", Then.HALT, whole)


_YES = frozenset(
    {
        "允许", "始终允许", "仅在使用中允许", "仅在使用该应用时允许", "接听", "接受", "立即更新",
        "更新", "登录", "注册", "发送", "重发", "allow", "while using the app", "always allow",
        "answer", "accept", "update", "update now", "log in", "sign up", "send", "resend",
    }
)  # fmt: skip
"""Labels that are never tapped, whatever id they carry."""


def _is_button(node: Node) -> bool:
    if node.get("enabled") == "false" or not _label(node):
        return False
    return node.get("clickable") == "true" or (node.get("class") or "").endswith("Button")


def _id(node: Node) -> str:
    return node.get("resource-id") or ""


def _label(node: Node) -> str:
    return (text(node) or desc(node)).strip().replace("\u2019", "'").lower()

"""What lies over WeChat is known by its words, and only ever refused, waited for or left alone."""

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.covers import TABLE, Cover, Then, cover_of
from device_agent.nodes import parse

WECHAT, ANDROID, SYSTEM = "com.tencent.mm", "android", "com.android.systemui"
PERMISSION = "com.google.android.permissioncontroller"
Line = tuple[str, str, bool]
"""What a node says, its resource id, whether it is a button."""


def dump(package: str, lines: Sequence[Line]) -> str:
    nodes = [
        f'<node package="{package}" text={quoteattr(words)} resource-id="{rid}" '
        f'class="android.widget.{"Button" if button else "TextView"}" '
        f'clickable="{str(button).lower()}" enabled="true" '
        f'bounds="[0,{100 * row}][100,{100 * row + 100}]" />'
        for row, (words, rid, button) in enumerate(lines)
    ]
    return f'<hierarchy><node package="{package}">{"".join(nodes)}</node></hierarchy>'


def say(*words: str) -> list[Line]:
    return [(one, "", False) for one in words]


def buttons(*words: str) -> list[Line]:
    return [(one, "", True) for one in words]


def met(package: str, lines: Sequence[Line]) -> tuple[Cover | None, str | None]:
    """The cover, and the words that are tapped."""
    cover = cover_of(parse(dump(package, lines)))
    if cover is None or cover.tap is None:
        return cover, None
    return cover, lines[cover.tap.top // 100][0]


@pytest.mark.parametrize(
    ("package", "lines", "name", "then", "tapped"),
    [
        (PERMISSION, [*say("要允许“微信”录制音频吗？"), *buttons("仅在使用中允许", "拒绝")],
         "permission", Then.GO_ON, "拒绝"),
        (PERMISSION, [*say("Allow WeChat to record audio?"), *buttons("While using the app"),
                      ("Don\u2019t allow", f"{PERMISSION}:id/permission_deny_button", True)],
         "permission", Then.GO_ON, "Don\u2019t allow"),
        ("com.lbe.security.miui", [*say("微信想要使用麦克风"), *buttons("拒绝", "允许")],
         "permission", Then.GO_ON, "拒绝"),
        (WECHAT, [*say("发现新版本", "是否立即更新？"), *buttons("取消", "立即更新")],
         "update", Then.GO_ON, "取消"),
        (WECHAT, [*say("New version available"), *buttons("Not Now", "Update Now")],
         "update", Then.GO_ON, "Not Now"),
        (WECHAT, [("操作太频繁，请稍后再试。", f"{WECHAT}:id/mm_alert_msg", False),
                  ("确定", f"{WECHAT}:id/mm_alert_ok_btn", True)],
         "too_frequent", Then.REST, "确定"),
        (WECHAT, [*say("Operation too frequent. Try again later."), *buttons("OK")],
         "too_frequent", Then.REST, "OK"),
        (ANDROID, [*say("微信没有响应"), *buttons("关闭应用", "等待")],
         "not_responding", Then.GO_ON, "等待"),
        (ANDROID, [*say("WeChat isn\u2019t responding"), *buttons("Close app"),
                   ("Wait", "android:id/aerr_wait", True)],
         "not_responding", Then.GO_ON, "Wait"),
        (ANDROID, [*say("微信屡次停止运行"), *buttons("关闭应用")],
         "crashed", Then.RESTART, "关闭应用"),
        (SYSTEM, [*say("允许 USB 调试吗？"), *buttons("取消", "允许")],
         "usb_debugging", Then.GO_ON, "取消"),
        ("com.android.settings", [*say("USB 的用途"), *buttons("传输文件", "仅限充电")],
         "usb_use", Then.GO_ON, "仅限充电"),
        (SYSTEM, [*say("电量不足", "剩余 10%"), *buttons("知道了", "开启省电模式")],
         "battery", Then.GO_ON, "知道了"),
    ],
)  # fmt: skip
def test_a_known_cover_is_refused_by_its_own_button(
    package: str, lines: list[Line], name: str, then: Then, tapped: str
) -> None:
    cover, label = met(package, lines)

    assert cover is not None
    assert (cover.name, cover.then, label) == (name, then, tapped)


@pytest.mark.parametrize(
    ("package", "lines", "name", "then"),
    [
        (WECHAT, [*say("张三", "邀请你进行视频通话…"), *buttons("挂断", "接听")],
         "call", Then.WAIT),
        (WECHAT, [*say("Ann", "invites you to a voice call…"), *buttons("Decline", "Accept")],
         "call", Then.WAIT),
        ("com.android.incallui", [*say("10086"), *buttons("接听", "拒绝")],
         "phone_call", Then.WAIT),
        (WECHAT, [*say("账号使用受限", "部分功能已被限制使用。"), *buttons("查看详情")],
         "account_restricted", Then.HALT),
        (WECHAT, [*say("你的账号已在其他设备登录，请重新登录。"), *buttons("登录", "注册")],
         "logged_out", Then.HALT),
        (WECHAT, buttons("Log In", "Sign Up"), "logged_out", Then.HALT),
        (WECHAT, [*say("发现新版本", "请更新后使用"), *buttons("立即更新")],
         "update", Then.HALT),
        (WECHAT, [*say("发送过于频繁，是否重发？"), *buttons("取消", "确定")],
         "too_frequent", Then.HALT),
        (SYSTEM, [("12:30", f"{SYSTEM}:id/lockscreen_clock_view", False)],
         "lock_screen", Then.UNLOCK),
        (SYSTEM, [("1", f"{SYSTEM}:id/keyguard_pin_view", True)], "locked", Then.HALT),
    ],
)  # fmt: skip
def test_what_must_not_be_touched_is_left_alone(
    package: str, lines: list[Line], name: str, then: Then
) -> None:
    cover, _ = met(package, lines)

    assert cover is not None
    assert (cover.name, cover.then, cover.tap, cover.key) == (name, then, None, None)


def test_a_permission_without_a_button_that_denies_goes_by_the_back_key() -> None:
    cover, _ = met(PERMISSION, [*say("精确位置"), *buttons("允许")])

    assert cover is not None
    assert (cover.tap, cover.key) == (None, "back")


@pytest.mark.parametrize(
    ("package", "lines"),
    [
        (WECHAT, [*say("删除该聊天？"), *buttons("取消", "删除")]),
        (WECHAT, say(*"一二三四五六七八", "操作太频繁，请稍后再试")),
        (SYSTEM, say("10:00", "设置")),
        ("com.example.game", [*say("发现新版本"), *buttons("取消", "更新")]),
    ],
)
def test_what_is_not_in_the_table_is_not_known(package: str, lines: list[Line]) -> None:
    assert met(package, lines) == (None, None)


YES = ("允许", "始终允许", "Allow", "接听", "Answer", "立即更新", "Update Now", "登录", "Log In",
       "发送", "重发", "While using the app", "传输文件", "开启省电模式", "删除")  # fmt: skip
NO = ("取消", "拒绝", "Cancel", "Don't allow", "等待", "关闭应用", "确定", "挂断")
TEXTS = ("操作太频繁", "发现新版本", "没有响应", "停止运行", "USB 调试", "电量不足", "张三",
         "账号受限", "邀请你语音通话", "Allow WeChat?", "重新登录", "USB 的用途")  # fmt: skip
IDS = ("", f"{WECHAT}:id/mm_alert_ok_btn", f"{PERMISSION}:id/permission_deny_button",
       "android:id/aerr_wait", "android:id/aerr_close", "android:id/button1")  # fmt: skip


@given(
    package=st.sampled_from((WECHAT, ANDROID, SYSTEM, PERMISSION, "com.android.incallui")),
    words=st.lists(st.sampled_from(TEXTS), max_size=3),
    labels=st.lists(st.tuples(st.sampled_from(YES + NO), st.sampled_from(IDS)), max_size=4),
)
def test_nothing_is_ever_allowed_answered_updated_or_sent(
    package: str, words: list[str], labels: list[tuple[str, str]]
) -> None:
    cover, label = met(package, [*say(*words), *((label, rid, True) for label, rid in labels)])

    assert label is None or label in NO
    if cover is not None and cover.then in {Then.WAIT, Then.HALT, Then.UNLOCK}:
        assert (cover.tap, cover.key) == (None, None)


def test_the_names_are_different_and_nothing_tappable_says_yes() -> None:
    assert len({kind.name for kind in TABLE}) == len(TABLE)
    assert not any(label.lower() in kind.refusals for kind in TABLE for label in YES)

"""What lies over WeChat and what Android shows of it: shade, lock screen, toasts."""

import io

import pytest
import uiautomator2 as u2
from PIL import Image

from device_agent.sim.harness import Simulator
from device_agent.sim.phone import Phone
from device_agent.sim.picture import png
from device_agent.sim.stage import Page

SYSTEM = "com.android.systemui"
ROW = f"{SYSTEM}:id/expandableNotificationRow"


@pytest.fixture
def two_notices(device: u2.Device, simulator: Simulator) -> u2.Device:
    """Two chats wait in the shade; WeChat is not in front."""
    simulator.add_chat("项目组", "group", members=["李雷"])
    simulator.receive("项目组", "会改到三点", sender="李雷")
    simulator.receive("小王", "晚上一起吃饭吗")
    return device


def test_the_shade_lists_what_waits_and_opens_it(
    two_notices: u2.Device, simulator: Simulator
) -> None:
    two_notices.open_notification()

    assert two_notices(resourceId=ROW).count == 2
    assert [one.get_text() for one in two_notices(resourceId="android:id/title")] == [
        "小王",
        "项目组",
    ]
    assert two_notices(resourceId="android:id/app_name_text", text="微信").count == 2
    assert two_notices(text="WLAN").exists
    two_notices(text="李雷: 会改到三点").click()

    assert two_notices(text="项目组(2)").exists
    assert simulator.truth()["opened"][-1]["chat_id"] == "c1"


def test_all_notices_are_cleared_at_once(two_notices: u2.Device) -> None:
    two_notices.open_notification()
    two_notices(text="全部清除").click()

    assert two_notices.app_current()["package"] == "com.android.launcher3"
    assert "小王" not in two_notices.shell("dumpsys notification --noredact").output
    two_notices.open_notification()
    assert two_notices(text="没有通知").exists
    assert not two_notices(resourceId=ROW).exists


def test_the_lock_screen_shows_what_waits_and_opens_none_of_it(
    two_notices: u2.Device, simulator: Simulator
) -> None:
    simulator.arm("locked")
    two_notices.screen_off()
    two_notices.screen_on()

    assert two_notices(resourceId=ROW).count == 2
    two_notices(text="晚上一起吃饭吗").click()
    assert two_notices(resourceId=f"{SYSTEM}:id/keyguard_root_view").exists
    assert simulator.truth()["opened"] == []


def test_a_pin_keeps_the_lock_screen_closed(two_notices: u2.Device, simulator: Simulator) -> None:
    simulator.arm("locked", pin=1)
    two_notices.swipe(540, 2000, 540, 600)

    assert two_notices(text="输入密码").exists
    assert two_notices(resourceId=f"{SYSTEM}:id/key5").exists


def test_a_toast_is_seen_in_the_picture_and_not_in_the_tree(
    device: u2.Device, simulator: Simulator
) -> None:
    simulator.receive("小王", "在吗")
    device.app_start("com.tencent.mm")
    device(text="小王").click()
    before = device.screenshot()
    device(text="在吗").long_click()
    device(text="复制").click()

    assert "已复制" not in device.dump_hierarchy()
    assert device.last_toast == "已复制"
    assert device.screenshot() != before


def test_a_call_s_banner_takes_only_the_taps_on_it(device: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", "在吗")
    device.app_start("com.tencent.mm")
    device(text="小王").click()
    simulator.arm("incoming_call", heads_up=1)

    assert device(description="挂断").exists
    device(description="更多功能按钮，已折叠").click()
    assert device(text="相册").exists
    device(description="挂断").click()
    assert not device(description="挂断").exists


CONTENTS = (
    {"kind": "text", "text": "你好 😀 hello"},
    {"kind": "text", "text": "长" * 400, "collapsed": True},
    {"kind": "image"},
    {"kind": "voice", "seconds": 9, "transcript": "明天见"},
    {"kind": "video", "seconds": 75},
    {"kind": "file", "name": "a.pdf", "size": 4096},
    {"kind": "link", "title": "新闻", "url": "x", "source": "报"},
    {"kind": "location", "name": "公司", "address": "路 1 号"},
    {"kind": "sticker"},
    {"kind": "red_packet", "greeting": "恭喜"},
    {"kind": "transfer", "amount": "8.00"},
    {"kind": "name_card", "name": "老李"},
    {"kind": "mini_program", "title": "点餐", "name": "美味"},
    {"kind": "system", "text": "你们已是好友"},
    {"kind": "unknown"},
)


@pytest.fixture(params=[("zh_CN", 1.0), ("en", 1.6)], ids=["chinese", "large english"])
def small_phone(request: pytest.FixtureRequest) -> Phone:
    """A phone with a group in which every kind of message stands; its pictures are quick."""
    locale, scale = request.param
    phone = Phone("SMALL", seed=5)
    phone.device.patch({"locale": locale, "font_scale": scale, "screen": "540x1200"})
    chat = phone.world.add_chat("项目组", "group", members=["李雷", "小王"], owned=True)
    phone.world.add_chat("小王", remark="王工")
    for content in CONTENTS:
        phone.receive(chat, "李雷", dict(content), None)
    phone.files.push("/sdcard/DCIM/a.jpg", b"no picture", 0o644, 1)
    phone.files.push("/sdcard/Download/b.pdf", b"%PDF", 0o644, 1)
    phone.start_wechat()
    phone.open_chat(chat.chat_id)
    return phone


def shown(phone: Phone) -> list[str]:
    """What the screen says; the picture is drawn as well."""
    image = Image.open(io.BytesIO(png(phone)))
    assert image.size == (540, 1200)
    assert len(image.getcolors(maxcolors=1 << 20) or ()) > 3
    return [node.text or node.desc for root in phone.windows() for node in root.walk()]


def message_of(phone: Phone, kind: str) -> str:
    return next(one.message_id for one in phone.world.messages.values() if one.kind == kind)


def test_every_message_and_panel_is_drawn(small_phone: Phone) -> None:
    page = small_phone.stage.pages[0]
    for panel in ("", "plus", "plus2", "emoji", "voice", "selecting"):
        page.panel = panel
        small_phone.redraw()
        assert len(shown(small_phone)) > 40
    page.panel, page.quoting = "", message_of(small_phone, "text")
    small_phone.stage.transcribed.add(message_of(small_phone, "voice"))
    for offset in range(0, 4000, 700):
        page.offset = offset
        small_phone.redraw()
        shown(small_phone)


@pytest.mark.parametrize(
    ("fault", "package", "window"),
    [
        ("permission_dialog", "com.google.android.permissioncontroller", "GrantPermissions"),
        ("incoming_call", "com.tencent.mm", "VideoActivity"),
        ("logged_out", "com.tencent.mm", "WelcomeActivity"),
        ("anr", "com.tencent.mm", "Application Not Responding: com.tencent.mm"),
        ("app_crash", "com.android.launcher3", "Application Error: com.tencent.mm"),
        ("update_dialog", "com.tencent.mm", "com.tencent.mm.ui.LauncherUI"),
    ],
)
def test_android_names_the_window_in_front(
    device: u2.Device, simulator: Simulator, fault: str, package: str, window: str
) -> None:
    device.app_start("com.tencent.mm")
    simulator.arm(fault)

    assert device.app_current()["package"] == package
    focus = device.shell("dumpsys window windows | grep mCurrentFocus").output
    assert window in focus


def test_texts_with_control_characters_and_half_characters_are_drawn(small_phone: Phone) -> None:
    chat = small_phone.world.chats["c1"]
    for text in ("a\nb\tc", "\u202eabc\u200b\x00", "\ud83d half", "🇨🇳👨‍👩‍👧👍🏽☺️", "\u2005\u2028"):
        small_phone.receive(chat, "李雷", {"kind": "text", "text": text}, None)
        small_phone.write(text)
        shown(small_phone)
    small_phone.show_page(Page("choose_chat", words="a\nb", carried=[]))

    assert len(shown(small_phone)) > 6

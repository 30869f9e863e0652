"""A chat's other screens through the real library: panel, pickers, menus, mentions, viewers."""

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
import uiautomator2 as u2
from PIL import Image

from device_agent.sim.failure import Refusal
from device_agent.sim.harness import Simulator
from device_agent.sim.phone import Phone

ID = "com.tencent.mm:id/"
FIELD = f"{ID}bkk"
CHECK = "android.widget.CheckBox"
SHARE = (
    "am start -a android.intent.action.SEND -t {} --eu android.intent.extra.STREAM {} "
    "-n com.tencent.mm/.ui.tools.ShareImgUI"
)


def jpeg(color: str, size: tuple[int, int] = (60, 40)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def chat(device: u2.Device, simulator: Simulator) -> u2.Device:
    """小王's chat is open."""
    simulator.receive("小王", "在吗")
    device.app_start("com.tencent.mm")
    device(text="小王").click()
    return device


@pytest.fixture
def group(device: u2.Device, simulator: Simulator) -> u2.Device:
    """A group of which 鸿雁 is no manager is open; its id is c1."""
    simulator.add_chat(
        "项目组", "group", members=["小王", "李雷", "韩梅梅"], nicknames={"李雷": "雷子"}
    )
    simulator.receive("项目组", "开会了", sender="李雷")
    device.app_start("com.tencent.mm")
    device(text="项目组").click()
    return device


def sent(simulator: Simulator) -> list[dict[str, Any]]:
    return list(simulator.truth()["sent"])


def push(device: u2.Device, path: str, data: bytes) -> None:
    device.push(io.BytesIO(data), path)


def texts_in(device: u2.Device, **wanted: str) -> list[str]:
    return [one.get_text() for one in device(**wanted)]


def test_the_panel_opens_turns_its_page_and_closes(chat: u2.Device) -> None:
    chat(description="更多功能按钮，已折叠").click()

    assert chat(description="更多功能按钮，已展开").exists
    assert chat(text="相册").exists
    assert not chat(text="个人名片").exists
    chat.swipe(900, 2200, 100, 2200)
    assert chat(text="个人名片").exists
    chat.swipe(100, 2200, 900, 2200)
    assert chat(text="红包").exists
    chat.press("back")
    assert not chat(text="相册").exists
    assert chat(resourceId=FIELD).exists


def test_the_arrow_in_the_title_goes_back(chat: u2.Device) -> None:
    chat(description="返回").click()

    assert not chat(resourceId=FIELD).exists
    assert chat(text="通讯录").exists


def test_nothing_but_spaces_does_not_leave(chat: u2.Device, simulator: Simulator) -> None:
    chat(resourceId=FIELD).set_text("  \n ")
    chat(text="发送").click()

    assert chat(text="不能发送空白消息").exists
    chat(text="确定").click()
    assert not chat(text="不能发送空白消息").exists
    assert sent(simulator) == []


def test_a_group_has_no_transfer_and_a_face_is_typed(group: u2.Device) -> None:
    group(description="更多功能按钮，已折叠").click()
    assert not group(text="转账").exists
    group(description="表情").click()
    group(description="[微笑]").click()

    assert group(resourceId=FIELD).get_text() == "[微笑]"


def test_the_album_sends_what_is_ticked_in_that_order(
    chat: u2.Device, simulator: Simulator
) -> None:
    red, blue = jpeg("red"), jpeg("blue")
    push(chat, "/sdcard/DCIM/Camera/a.jpg", red)
    push(chat, "/sdcard/Pictures/b.jpg", blue)
    push(chat, "/sdcard/Movies/c.mp4", b"a film")
    push(chat, "/sdcard/Download/notes.txt", b"no picture")
    chat(description="更多功能按钮，已折叠").click()
    chat(text="相册").click()
    boxes = chat(className=CHECK, description="选择")
    assert boxes.count == 3
    pictures = [
        one.info["contentDescription"][:2] for one in chat(descriptionMatches=".+ [123],.*")
    ]
    assert sorted(pictures) == ["图片", "图片", "视频"]

    paths = ["/sdcard/DCIM/Camera/a.jpg", "/sdcard/Movies/c.mp4"]
    for path in paths:
        place = simulator.on_phone(lambda _, phone, path=path: album_place(phone, path))
        boxes[place].click()
    chat(text="发送(2/9)").click()

    first, second = (one["content"] for one in sent(simulator))
    assert (first["kind"], first["name"], first["size"]) == ("image", "a.jpg", len(red))
    assert first["sha256"] == hashlib.sha256(red).hexdigest()
    assert (second["kind"], second["path"]) == ("video", "/sdcard/Movies/c.mp4")
    assert chat(resourceId=FIELD).exists
    assert chat(description="图片").exists


def album_place(phone: Any, path: str) -> int:
    from device_agent.sim.gallery import pictures

    return [one.path for one in pictures(phone.files)].index(path)


def test_the_album_carries_the_cited_ids(chat: u2.Device, simulator: Simulator) -> None:
    simulator.patch_device(wechat_version="8.0.58")
    push(chat, "/sdcard/DCIM/a.jpg", jpeg("red"))
    chat(description="更多功能按钮，已折叠").click()
    chat(resourceId=f"{ID}a12", text="相册").click()

    chat(resourceId=f"{ID}jdh").click()
    chat(resourceId=f"{ID}km5", text="原图").click()
    chat(resourceId=f"{ID}kaq").click()

    (record,) = sent(simulator)
    assert record["content"]["original"] is True


def test_a_picture_that_does_not_leave_has_the_red_mark(
    chat: u2.Device, simulator: Simulator
) -> None:
    push(chat, "/sdcard/DCIM/a.jpg", jpeg("red"))
    chat(description="更多功能按钮，已折叠").click()
    chat(text="相册").click()
    chat(className=CHECK, description="选择").click()
    simulator.arm("send_failed_mark", on="send_tap")
    chat(text="发送(1/9)").click()

    assert sent(simulator) == []
    assert chat(description="重发").exists


def test_nothing_is_sent_while_nothing_is_ticked(chat: u2.Device, simulator: Simulator) -> None:
    push(chat, "/sdcard/DCIM/a.jpg", jpeg("red"))
    chat(description="更多功能按钮，已折叠").click()
    chat(text="相册").click()

    chat(text="发送").click()
    assert chat(text="发送").info["enabled"] is False
    chat(className=CHECK, description="选择").click()
    assert chat(className=CHECK, description="选择", checked=True).count == 1
    chat(className=CHECK, description="选择").click()
    chat.press("back")

    assert sent(simulator) == []
    assert chat(resourceId=FIELD).exists


def test_the_album_takes_nine_and_says_so(chat: u2.Device) -> None:
    for number in range(10):
        push(chat, f"/sdcard/DCIM/{number}.jpg", jpeg("red"))
    chat(description="更多功能按钮，已折叠").click()
    chat(text="相册").click()
    for box in chat(className=CHECK, description="选择"):
        box.click()

    assert chat(text="发送(9/9)").exists
    assert "9" in (chat.last_toast or "")
    assert chat(className=CHECK, description="选择", checked=True).count == 9


def test_a_file_is_sent_after_a_question(chat: u2.Device, simulator: Simulator) -> None:
    push(chat, "/sdcard/Download/报告.pdf", b"%PDF-1.4 report")
    chat(description="更多功能按钮，已折叠").click()
    chat.swipe(900, 2200, 100, 2200)
    chat(text="文件").click()
    chat(text="报告.pdf").click()
    chat(text="发送(1)").click()
    assert chat(text="发送给：").exists
    chat(text="取消").click()
    assert sent(simulator) == []

    chat(text="发送(1)").click()
    chat(text="发送").click()

    (record,) = sent(simulator)
    assert record["kind"] == "file"
    assert record["content"]["size"] == len(b"%PDF-1.4 report")
    assert chat(text="报告.pdf").exists


def test_a_shared_picture_goes_to_the_chosen_chat_with_its_note(
    chat: u2.Device, simulator: Simulator
) -> None:
    data = jpeg("green")
    push(chat, "/sdcard/Pictures/g.jpg", data)
    simulator.add_chat("老李")

    chat.shell(SHARE.format("image/*", "file:///sdcard/Pictures/g.jpg"))
    assert chat(text="选择一个聊天").exists
    chat(resourceIdMatches=".+", className="android.widget.EditText").set_text("老")
    assert not chat(text="小王").exists
    chat(text="老李", className="android.widget.TextView").click()
    chat(className="android.widget.EditText").set_text("看看")
    chat(text="发送").click()
    assert chat(text="已发送").exists
    chat(text="留在微信").click()

    picture, note = sent(simulator)
    assert (picture["chat"], picture["kind"]) == ("老李", "image")
    assert picture["content"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert (note["chat"], note["text"]) == ("老李", "看看")
    assert chat(text="小王").exists


def test_a_crash_takes_the_question_along(chat: u2.Device, simulator: Simulator) -> None:
    push(chat, "/sdcard/Pictures/g.jpg", jpeg("red"))
    chat.shell(SHARE.format("image/*", "file:///sdcard/Pictures/g.jpg"))
    chat(text="小王", className="android.widget.TextView").click()
    assert chat(text="发送").exists
    simulator.on_phone(lambda _, phone: phone.stop_wechat())
    chat.app_start("com.tencent.mm")

    assert not chat(text="发送").exists
    assert chat(text="小王").exists


def test_several_pictures_are_shared_at_once(chat: u2.Device, simulator: Simulator) -> None:
    for name in "ab":
        push(chat, f"/sdcard/Pictures/{name}.png", jpeg("red"))
    uris = "file:///sdcard/Pictures/a.png,file:///sdcard/Pictures/b.png"
    chat.shell(
        "am start -a android.intent.action.SEND_MULTIPLE -t image/* "
        f"--eua android.intent.extra.STREAM {uris} -n com.tencent.mm/.ui.tools.ShareImgUI"
    )
    chat(text="小王", className="android.widget.TextView").click()
    assert chat(text="[图片] ×2").exists
    chat(text="发送").click()

    assert [one["content"]["name"] for one in sent(simulator)] == ["a.png", "b.png"]


def test_creating_a_chat_from_the_chooser_sends_nothing(
    chat: u2.Device, simulator: Simulator
) -> None:
    chat(text="在吗").long_click()
    chat(text="转发").click()
    chat(text="创建新的聊天").click()
    assert not chat(text="选择一个聊天").exists
    chat.press("back")
    assert chat(text="选择一个聊天").exists
    chat(description="关闭").click()

    assert chat(resourceId=FIELD).exists
    assert sent(simulator) == []


def test_a_quote_of_a_deleted_message_says_so(chat: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", "回答", quote="m2")
    assert chat(text="小王：在吗").exists
    simulator.on_phone(lambda _, phone: phone.world.delete("m2"))

    assert chat(text="引用内容不存在").exists


def test_a_shared_text_returns_to_where_it_came_from(chat: u2.Device, simulator: Simulator) -> None:
    chat.shell(
        "am start -a android.intent.action.SEND -t text/plain "
        "--es android.intent.extra.TEXT 你好 -n com.tencent.mm/.ui.tools.ShareImgUI"
    )
    chat(text="小王", className="android.widget.TextView").click()
    chat(text="发送").click()
    chat(text="返回").click()

    assert [one["text"] for one in sent(simulator)] == ["你好"]
    assert chat.app_current()["package"] == "com.android.launcher3"


def test_sharing_what_is_not_there_is_refused_with_a_toast(
    chat: u2.Device, simulator: Simulator
) -> None:
    chat.shell(SHARE.format("image/png", "file:///sdcard/none.png"))

    assert chat.last_toast == "获取资源失败"
    assert not chat(text="选择一个聊天").exists
    assert sent(simulator) == []


def test_quoting_shows_a_bar_and_is_sent_with_the_text(
    chat: u2.Device, simulator: Simulator
) -> None:
    chat(text="在吗").long_click()
    chat(text="引用").click()
    assert chat(text="小王：在吗").exists
    chat(description="关闭").click()
    assert not chat(text="小王：在吗").exists
    chat(text="在吗").long_click()
    chat(text="引用").click()

    chat(resourceId=FIELD).set_text("在的")
    chat(text="发送").click()

    (record,) = sent(simulator)
    assert (record["text"], record["quote"]) == ("在的", "m2")
    assert chat(text="小王：在吗").exists


def test_an_own_message_can_be_recalled_for_two_minutes(
    chat: u2.Device, simulator: Simulator
) -> None:
    for text in ("第一条", "第二条"):
        chat(resourceId=FIELD).set_text(text)
        chat(text="发送").click()
    chat(text="在吗").long_click()
    assert not chat(text="撤回").exists
    chat.press("back")

    chat(text="第一条").long_click()
    chat(text="撤回").click()
    assert chat(text="你撤回了一条消息").exists
    simulator.set_clock(advance_s=121)
    chat(text="第二条").long_click()
    assert not chat(text="撤回").exists
    chat.click(30, 400)
    assert not chat(text="引用").exists


def test_a_text_is_copied_and_a_message_deleted(chat: u2.Device, simulator: Simulator) -> None:
    chat(text="在吗").long_click()
    chat(text="复制").click()
    assert chat.clipboard == "在吗"

    chat(text="在吗").long_click()
    chat(text="删除").click()
    assert chat(text="是否删除该条消息？").exists
    chat(text="删除").click()

    assert not chat(text="在吗").exists
    assert simulator.history("c1")["messages"] == []


def test_a_message_is_forwarded_to_the_chosen_chat(chat: u2.Device, simulator: Simulator) -> None:
    simulator.add_chat("老李")
    chat(text="在吗").long_click()
    chat(text="转发").click()
    chat(text="老李").click()
    chat(text="发送").click()

    (record,) = sent(simulator)
    assert (record["chat"], record["text"]) == ("老李", "在吗")
    assert chat(resourceId=FIELD).exists


def test_several_messages_are_ticked_and_forwarded_together(
    chat: u2.Device, simulator: Simulator
) -> None:
    simulator.add_chat("老李")
    for text in ("二", "三"):
        simulator.receive("小王", text)
    chat(text="三").long_click()
    chat(text="多选").click()
    assert chat(className=CHECK, checked=True).count == 1
    chat(text="在吗").click()
    assert chat(className=CHECK, checked=True).count == 2
    chat(description="转发").click()
    chat(text="老李").click()
    chat(text="发送").click()

    assert [(one["chat"], one["text"]) for one in sent(simulator)] == [
        ("老李", "在吗"),
        ("老李", "三"),
    ]
    assert not chat(className=CHECK).exists


def test_ticked_messages_are_deleted_and_back_ends_the_ticking(
    chat: u2.Device, simulator: Simulator
) -> None:
    simulator.receive("小王", "二")
    chat(text="二").long_click()
    chat(text="多选").click()
    chat.press("back")
    assert not chat(className=CHECK).exists
    assert chat(resourceId=FIELD).exists
    chat(text="二").long_click()
    chat(text="多选").click()
    chat(text="在吗").click()
    chat(description="删除").click()
    chat(text="删除").click()

    assert simulator.history("c1")["messages"] == []
    assert chat(resourceId=FIELD).exists


def test_a_typed_at_asks_for_a_member_and_the_truth_knows_whom(
    group: u2.Device, simulator: Simulator
) -> None:
    group(resourceId=FIELD).click()
    group.shell("input text @")
    assert group(text="选择提醒的人").exists
    assert not group(textStartsWith="所有人").exists
    group(text="雷子").click()
    assert group(resourceId=FIELD).get_text() == "@雷子\u2005"
    group.clipboard = "看一下"
    group.jsonrpc.pasteClipboard()
    group(text="发送").click()

    (record,) = sent(simulator)
    assert record["text"] == "@雷子\u2005看一下"
    assert record["mentions"] == ["李雷"]


def test_set_text_neither_asks_nor_mentions(group: u2.Device, simulator: Simulator) -> None:
    group(resourceId=FIELD).set_text("@")
    assert not group(text="选择提醒的人").exists
    group(resourceId=FIELD).set_text("")
    group(resourceId=FIELD).click()
    group.shell("input text @")
    group(text="雷子").click()

    group(resourceId=FIELD).set_text("@雷子\u2005看一下")
    group(text="发送").click()

    (record,) = sent(simulator)
    assert "mentions" not in record


def test_the_delete_key_takes_a_mention_whole(group: u2.Device, simulator: Simulator) -> None:
    simulator.patch_chat("c1", owned=True)
    group(resourceId=FIELD).click()
    group.shell("input text hi@")
    group(textStartsWith="所有人").click()
    assert group(resourceId=FIELD).get_text() == "hi@所有人\u2005"

    group.press("del")
    assert group(resourceId=FIELD).get_text() == "hi"
    group.press("del")
    assert group(resourceId=FIELD).get_text() == "h"


def test_a_long_press_on_a_face_mentions_its_owner(group: u2.Device, simulator: Simulator) -> None:
    group(description="雷子头像").long_click()
    group(text="发送").click()

    (record,) = sent(simulator)
    assert (record["text"], record["mentions"]) == ("@雷子\u2005", ["李雷"])


def test_a_deleted_message_stays_deleted_after_a_restart(tmp_path: Path) -> None:
    phone = Phone("KEPT", data=tmp_path)
    chat = phone.world.add_chat("小王")
    gone = phone.receive(chat, "小王", {"kind": "text", "text": "一"}, None)
    phone.receive(chat, "小王", {"kind": "text", "text": "二"}, None)
    phone.world.delete(gone.message_id)
    phone.close()

    again = Phone("KEPT", data=tmp_path)
    texts = [one.content["text"] for one in again.world.chats[chat.chat_id].messages]
    again.close()

    assert texts == ["二"]


def test_a_picture_is_saved_with_the_bytes_that_the_world_gave(
    chat: u2.Device, simulator: Simulator
) -> None:
    data = jpeg("purple")
    given = base64.b64encode(data).decode()
    simulator.receive("小王", content={"kind": "image", "base64": given})
    chat(description="图片").click()
    assert not chat(resourceId=FIELD).exists
    chat(description="更多功能按钮").click()
    chat(text="保存图片").click()

    assert chat.last_toast == "图片已保存"
    name = chat.shell("ls /sdcard/Pictures/WeiXin").output.strip()
    assert name.startswith("mmexport")
    assert name.endswith(".jpg")
    assert (
        simulator.on_phone(lambda _, phone: phone.files.read(f"/sdcard/Pictures/WeiXin/{name}"))
        == data
    )
    chat(description="图片").click()
    assert chat(resourceId=FIELD).exists


@pytest.mark.parametrize("menu", [False, True])
def test_a_recalled_picture_closes_its_viewer(
    chat: u2.Device, simulator: Simulator, menu: bool
) -> None:
    picture = simulator.receive("小王", content={"kind": "image"})
    chat(description="图片").click()
    if menu:
        chat(description="更多功能按钮").click()
    simulator.recall(picture)

    assert chat(text='"小王" 撤回了一条消息').exists
    assert chat(resourceId=FIELD).exists
    chat(text="在吗").long_click()
    simulator.recall("m2")
    assert not chat(text="引用").exists


def test_a_drawn_picture_is_saved_as_a_real_one(chat: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", content={"kind": "image"})
    chat(description="图片").click()
    chat(description="图片").long_click()
    chat(text="保存图片").click()

    found = simulator.on_phone(lambda _, phone: list(phone.files.files.items()))
    (saved,) = [file.data for path, file in found if "mmexport" in path]
    assert Image.open(io.BytesIO(saved)).size == (360, 480)


def test_bytes_that_are_no_base64_are_refused(simulator: Simulator) -> None:
    with pytest.raises(Refusal, match="base64"):
        simulator.receive("小王", content={"kind": "image", "base64": "%%%"})


def test_a_file_is_downloaded_from_its_page(chat: u2.Device, simulator: Simulator) -> None:
    given = base64.b64encode(b"1,2,3").decode()
    simulator.receive("小王", content={"kind": "file", "name": "表.csv", "base64": given})
    chat(text="表.csv").click()
    chat(text="下载").click()

    assert chat(text="用其他应用打开").exists
    assert chat.shell("cat /sdcard/Download/WeiXin/表.csv").output == "1,2,3"


def test_a_voice_message_is_turned_into_text(chat: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", content={"kind": "voice", "seconds": 5, "transcript": "明天见"})
    chat(descriptionStartsWith="语音").long_click()
    chat(text="转文字").click()

    assert chat(text="明天见").exists


def test_a_collapsed_text_opens_whole(chat: u2.Device, simulator: Simulator) -> None:
    text = "".join(f"第{number}句。" for number in range(120))
    simulator.receive("小王", content={"kind": "text", "text": text, "collapsed": True})
    assert not chat(text=text).exists

    chat(text="全文").click()
    assert chat(text=text).exists
    chat(text=text).click()
    assert chat(resourceId=FIELD).exists


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ({"kind": "red_packet", "greeting": "恭喜"}, "小王的红包"),
        ({"kind": "transfer", "amount": "8.00"}, "待你收款"),
        ({"kind": "link", "title": "新闻", "url": "x"}, "新闻"),
        ({"kind": "location", "name": "公司", "address": "中关村"}, "中关村"),
        ({"kind": "name_card", "name": "老李"}, "老李"),
        ({"kind": "mini_program", "title": "点餐"}, "点餐"),
    ],
)
def test_a_card_opens_its_page_and_accepts_nothing(
    chat: u2.Device, simulator: Simulator, content: dict[str, str], shown: str
) -> None:
    simulator.receive("小王", content=content)
    x, y = simulator.on_phone(lambda _, phone: middle_of(phone, content["kind"]))
    chat.click(x, y)

    assert not chat(resourceId=FIELD).exists
    assert chat(text=shown).exists
    chat.press("back")
    assert chat(resourceId=FIELD).exists
    assert sent(simulator) == []


def middle_of(phone: Any, role: str) -> tuple[int, int]:
    left, top, right, bottom = next(
        node.bounds for root in phone.windows() for node in root.walk() if node.role == role
    )
    return (left + right) // 2, (top + bottom) // 2


def test_a_message_with_a_red_mark_is_sent_again(chat: u2.Device, simulator: Simulator) -> None:
    simulator.arm("send_failed_mark")
    chat(resourceId=FIELD).set_text("重要")
    chat(text="发送").click()
    assert sent(simulator) == []
    chat(description="重发").click()
    assert chat(text="重发该消息？").exists
    chat(text="取消").click()
    assert sent(simulator) == []

    chat(description="重发").click()
    chat(text="重发").click()

    assert [one["text"] for one in sent(simulator)] == ["重要"]
    assert not chat(description="重发").exists
    assert texts_in(chat, text="重要") == ["重要"]


def test_the_title_tells_that_the_other_side_types(chat: u2.Device, simulator: Simulator) -> None:
    simulator.patch_chat("c1", typing=True)
    assert chat(text="对方正在输入...").exists
    simulator.patch_chat("c1", typing=False, bare_avatars=True)
    assert chat(text="小王").exists
    assert chat(description="头像").exists


def test_the_screens_speak_english(chat: u2.Device, simulator: Simulator) -> None:
    simulator.patch_device(locale="en")
    chat(text="在吗").long_click()
    assert {"Copy", "Forward", "Quote", "Delete"} <= set(
        texts_in(chat, className="android.widget.TextView", packageName="com.tencent.mm")
    )
    chat(text="Forward").click()
    assert chat(text="Select a Chat").exists

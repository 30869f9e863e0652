"""The page at `/` in a real browser: a person looks at the phone, touches it and breaks it."""

import base64
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from device_agent.sim.harness import Simulator
from tests.fixtures.browser import running_browser

HOSTILE = "<script>document.title='gone'</script><img src=x onerror=\"document.title='gone'\">"
LIMIT_MS = 5_000


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with running_browser(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, simulator: Simulator) -> Iterator[Page]:
    """The page on a phone whose WeChat is open; nothing may be complained about in its console."""
    simulator.add_chat("项目组", "group", members=["老李", "Anna"])
    simulator.receive("小王", "在吗")
    simulator.on_phone(lambda _, phone: phone.start_wechat())
    page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    page.set_default_timeout(LIMIT_MS)
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(f"{one.type}: {one.text}"))
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.goto(simulator.control)
    page.wait_for_selector("#screen[data-tag]")
    yield page
    page.close()
    # A browser notes every refusal of the control API by itself.
    assert [one for one in complaints if "status of 422" not in one] == []


def click_glass(page: Page, x: int, y: int) -> None:
    """A click on a point of the phone, in its pixels."""
    box = page.locator("#glass").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x * box["width"] / 1080, box["y"] + y * box["height"] / 2400)


def open_chat(page: Page, title: str) -> None:
    page.locator(".chat", has_text=title).click()
    expect(page.locator(".head h2")).to_have_text(title)


def fault(page: Page, name: str) -> Page:
    page.locator("#tab-faults").click()
    card: Page = page.locator(f"[data-fault={name}]")  # type: ignore[assignment]
    return card


def texts(simulator: Simulator, role: str) -> list[str]:
    return simulator.on_phone(
        lambda _, phone: [one.text for one in phone.windows()[0].walk() if one.role == role]
    )


def test_what_one_writes_as_a_friend_stands_on_the_phone(
    page: Page, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.on_phone(lambda _, phone: phone.open_chat("c1"))
    open_chat(page, "项目组")
    page.locator("#from").select_option("Anna")
    before = page.locator("#screen").get_attribute("data-tag")

    page.locator("#text").fill("Three o'clock?")
    page.locator("#text").press("Enter")

    expect(page.locator(".rows .bubble")).to_have_text(["Three o'clock?"])
    expect(page.locator("#screen")).not_to_have_attribute("data-tag", before or "")
    assert texts(simulator, "body") == ["Three o'clock?"]
    assert texts(simulator, "sender") == ["Anna"]
    expect(page.locator("#text")).to_have_value("")
    page.screenshot(path=tmp_path / "wide.png")


def test_each_kind_has_a_form_and_a_message_can_be_quoted_and_recalled(
    page: Page, simulator: Simulator
) -> None:
    open_chat(page, "小王")
    page.locator(".message", has_text="在吗").hover()
    page.get_by_role("button", name="引用").first.click()
    page.locator("#kind").select_option("file")
    page.locator(".fields").get_by_label("名字").fill("周报.pdf")
    page.locator(".fields").get_by_label("字节数").fill("2048")
    page.locator("#send").click()
    expect(page.locator(".rows .bubble").last).to_contain_text("周报.pdf")

    found = simulator.history("c2")["messages"]
    assert found[-1]["content"] == {"kind": "file", "name": "周报.pdf", "size": 2048}
    assert found[-1]["quote"] == found[0]["message_id"]
    page.locator(".message", has_text="周报.pdf").hover()
    page.locator(".message", has_text="周报.pdf").get_by_role("button", name="撤回").click()
    expect(page.locator(".rows .line").last).to_contain_text("撤回了一条消息")
    assert simulator.history("c2")["messages"][-1]["content"] == {"kind": "recalled"}


def test_a_picture_of_ones_own_and_a_changed_chat_reach_the_phone(
    page: Page, simulator: Simulator
) -> None:
    open_chat(page, "小王")
    page.locator("#kind").select_option("image")
    file = {"name": "a.png", "mimeType": "image/png", "buffer": b"not looked at"}
    page.locator(".fields [type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.locator("#send").click()
    expect(page.locator(".rows .bubble").last).to_contain_text("a.png")
    page.locator(".drawer summary").click()
    page.locator(".options").get_by_label("备注").fill("王先生")
    page.locator(".options").get_by_label("置顶").check()

    expect(page.locator(".head h2")).to_have_text("王先生")
    chat = simulator.history("c2")
    assert (chat["remark"], chat["pinned"]) == ("王先生", True)
    assert base64.b64decode(chat["messages"][-1]["content"]["base64"]) == b"not looked at"


def test_a_new_name_makes_a_friend_or_a_group(page: Page, simulator: Simulator) -> None:
    page.locator("#find").fill("陈晨")
    page.locator(".chat.new.private").click()
    expect(page.locator(".head h2")).to_have_text("陈晨")
    page.locator("#find").fill("读书会")
    page.locator(".chat.new.group").click()
    page.get_by_label("成员").first.fill("陈晨，小王")
    page.get_by_role("button", name="建立").click()
    expect(page.locator(".head h2")).to_have_text("读书会")

    chats = simulator.on_phone(lambda _, phone: list(phone.world.chats.values())[-2:])
    assert [(one.title, one.kind, one.members) for one in chats] == [
        ("陈晨", "private", []),
        ("读书会", "group", ["陈晨", "小王"]),
    ]


def test_a_click_a_drag_and_a_keyboard_reach_the_phone(page: Page, simulator: Simulator) -> None:
    click_glass(page, 500, 330)
    page.locator("#tab-truth").click()
    page.locator("[data-part=opened]").click()
    expect(page.locator("tbody td").nth(1)).to_have_text("小王")
    click_glass(page, 500, 2310)
    expect(page.locator(".glass.typing")).to_be_visible()
    page.keyboard.insert_text("在的")
    page.keyboard.type("?!")
    page.keyboard.press("Backspace")
    page.locator("[data-part=drafts]").click()
    expect(page.locator("tbody td").nth(1)).to_have_text("在的?")
    click_glass(page, 960, 2310)
    page.locator("[data-part=sent]").click()
    expect(page.locator("tbody td").nth(2)).to_have_text("在的?")
    page.locator("[data-key=back]").click()
    page.locator("[data-key=home]").click()

    truth = simulator.truth()
    assert [one["text"] for one in truth["sent"]] == ["在的?"]
    assert {one["by"] for one in truth["taps"]} == {"person"}
    with page.expect_download() as download:
        page.get_by_role("button", name="下载").click()
    assert json.loads(download.value.path().read_text("utf-8")) == truth


def test_an_armed_fault_is_listed_and_struck_by_a_tap(page: Page, simulator: Simulator) -> None:
    card = fault(page, "tap_ignored")
    card.get_by_role("button", name="参数").click()
    card.get_by_label("次数").fill("2")
    card.get_by_role("button", name="装上").click()
    expect(card.locator(".left")).to_have_text("余 2")
    expect(page.locator("#armed")).to_have_text("1")

    click_glass(page, 500, 330)

    expect(card.locator(".struck")).to_have_text("中 1")
    expect(card.locator(".left")).to_have_text("余 1")
    assert simulator.truth()["opened"] == []
    page.locator("#disarm").click()
    expect(card.locator(".left")).to_be_hidden()


def test_every_knob_speaks_both_languages_and_is_found(page: Page, simulator: Simulator) -> None:
    card = fault(page, "reply_lost")
    everything = page.locator(".knob p").all_inner_texts()
    assert len(everything) == len(simulator.faults())
    assert all(any("\u4e00" <= char <= "\u9fff" for char in one) for one in everything)

    page.locator("#find-fault").fill("reply_lost")
    expect(page.locator(".knob:visible")).to_have_count(1)
    page.locator("#language").click()
    expect(card.locator("p")).to_have_text(simulator.faults()["reply_lost"]["about"])
    expect(page).to_have_title("Hongyan · simulated phone")
    page.reload()
    expect(page).to_have_title("Hongyan · simulated phone")


def test_a_hostile_name_is_inert_text(page: Page, simulator: Simulator) -> None:
    chat = simulator.add_chat(HOSTILE, "group", members=[HOSTILE], remark="")
    simulator.receive("", HOSTILE, chat_id=chat, sender=HOSTILE)
    simulator.receive("", chat_id=chat, sender=HOSTILE, content={"kind": "file", "name": HOSTILE})

    page.locator(".chat", has_text="gone").click()
    expect(page.locator(".bubble").first).to_have_text(HOSTILE)
    simulator.on_phone(lambda _, phone: phone.open_chat(chat))
    page.locator("#tab-truth").click()
    page.locator("[data-part=opened]").click()

    expect(page.locator("tbody td").nth(1)).to_have_text(HOSTILE)
    expect(page).to_have_title("鸿雁 · 模拟手机")
    assert page.locator("main script, main img:not(#screen)").count() == 0


def test_the_device_and_its_clock_change_and_a_refusal_is_told_in_words(
    page: Page, simulator: Simulator
) -> None:
    page.locator("#tab-device").click()
    page.locator("[name=screen]").fill("big")
    page.locator("#settings .main").click()

    expect(page.locator(".notice.bad")).to_contain_text("WIDTHxHEIGHT")
    page.locator("[name=screen]").fill("720x1600")
    page.locator("[name=locale]").select_option("en")
    page.locator("#settings .main").click()
    expect(page.locator(".notice.good")).to_be_visible()
    assert simulator.on_phone(lambda _, phone: phone.device.size) == (720, 1600)
    before = simulator.on_phone(lambda _, phone: phone.clock.now())
    page.get_by_role("button", name="+ 1 天").click()
    expect(page.locator("#clock")).not_to_contain_text(f"{before:%Y-%m-%d}")


def test_one_chooses_between_phones_and_sees_when_they_are_gone(browser: Browser) -> None:
    with contextlib.closing(browser.new_page(locale="en")) as page:
        page.set_default_timeout(LIMIT_MS)
        with Simulator(serial="ONE") as first:
            second = first.add_phone("TWO")
            second.add_chat("只在第二台")
            page.goto(first.control)
            expect(page.locator(".chats .empty")).to_be_visible()
            page.locator("#phones").select_option("TWO")
            expect(page.locator(".chat")).to_contain_text("只在第二台")
            page.reload()
            expect(page.locator(".chat")).to_contain_text("只在第二台")
            second.on_phone(lambda _, phone: phone.unplug(30))
            expect(page.locator("#lamp")).to_have_text("unplugged")
            first.remove_phone("TWO")
            expect(page.locator(".chats .empty")).to_be_visible()
            expect(page.locator("#lamp")).to_have_text("connected")
        expect(page.locator("#lamp")).to_contain_text("No contact")


def test_the_phone_is_emptied_only_after_a_question(page: Page, simulator: Simulator) -> None:
    page.locator("#tab-device").click()
    page.locator("#reset").click()
    page.locator("dialog button").first.click()
    assert len(simulator.on_phone(lambda _, phone: phone.world.chats)) == 2

    page.locator("#reset").click()
    page.locator("dialog button.danger").click()
    page.locator("#tab-write").click()
    expect(page.locator(".chats .empty")).to_be_visible()
    assert simulator.on_phone(lambda _, phone: phone.world.chats) == {}


def test_on_a_narrow_window_everything_stands_below_the_phone(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    glass, desk = page.locator("#glass"), page.locator(".desk")
    above, below = glass.bounding_box(), desk.bounding_box()

    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] < below["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=tmp_path / "narrow.png", full_page=True)

"""Every screen and every kind of content, in both languages and in all layouts."""

import io
import itertools
import re

import pytest
from lxml import etree
from PIL import Image

from device_agent.sim import hierarchy, picture
from device_agent.sim.content import KINDS
from device_agent.sim.lettering import width
from device_agent.sim.screens.node import Node, Rect
from tests.fakes.phone_screens import CONTENTS, LONG, SAID, Screens

LOCALES = ("zh_CN", "en")
# Three that are cited, and two that a seed draws.
LAYOUTS = (("8.0.49", None), ("8.0.43+2", None), ("8.0.32", None), ("8.0.49", 11), ("8.0.49", 12))
# As sizes of screens and fonts go; small ones are drawn for their pictures.
SIZES = ("720x1280", "1080x1920", "1080x2400", "1440x3200")
FONTS = (0.85, 1.0, 1.3, 1.6)
SMALL = "360x800"


@pytest.fixture(scope="module")
def screens() -> Screens:
    return Screens()


def parsed(windows: list[Node]) -> etree._Element:
    return etree.fromstring(hierarchy.dump(windows, 50, compressed=False).encode())


@pytest.mark.parametrize("name", Screens.names())
def test_every_screen_is_dumped_and_drawn_in_all_layouts_and_languages(
    screens: Screens, name: str
) -> None:
    for locale, (version, seed) in itertools.product(LOCALES, LAYOUTS):
        screens.phone.device.patch(
            {"locale": locale, "wechat_version": version, "layout_seed": seed, "screen": SMALL}
        )
        windows = screens.show(name)
        tree = parsed(windows)

        assert len(tree) == len(windows)
        assert max(len(list(node.iterancestors())) for node in tree.iter()) < 50
        drawn = Image.open(io.BytesIO(picture.png(screens.phone)))
        assert drawn.size == (360, 800)
        assert len(drawn.getcolors(1 << 20) or ()) > 3


@pytest.mark.parametrize("name", Screens.names())
def test_nothing_leaves_its_window_at_any_size_of_screen_and_font(
    screens: Screens, name: str
) -> None:
    """Every node lies in its parent's bounds, as on a phone, and none is empty."""
    screens.phone.device.patch({"locale": "zh_CN", "wechat_version": "8.0.49", "layout_seed": None})
    for size, font, seed in itertools.product(SIZES, FONTS, (None, 12)):
        screens.phone.device.patch({"screen": size, "font_scale": font, "layout_seed": seed})
        for window in screens.show(name):
            for node in window.walk():
                assert not node.bounds.empty
                assert all(
                    child.bounds.clip(node.bounds) == child.bounds for child in node.children
                )
    screens.phone.device.patch({"font_scale": 1.0, "layout_seed": None})


def crossing(one: Rect, other: Rect) -> bool:
    both = one.clip(other)
    # Rounding may make neighbours share a line of pixels.
    return both.right - both.left > 2 and both.bottom - both.top > 2


@pytest.mark.parametrize("name", Screens.names())
def test_texts_fit_their_boxes_and_do_not_cover_each_other(screens: Screens, name: str) -> None:
    for locale, size, font, seed in itertools.product(LOCALES, SIZES, FONTS, (None, 12)):
        screens.phone.device.patch(
            {"locale": locale, "screen": size, "font_scale": font, "layout_seed": seed}
        )
        shown = [node for node in screens.show(name)[0].walk() if node.text]
        pairs = itertools.combinations(shown, 2)
        where = f"{name} {locale} {size} {font} {seed}"
        assert [(a.text, b.text) for a, b in pairs if crossing(a.bounds, b.bounds)] == [], where
        assert [node.text for node in shown if not fitting(node)] == [], where
    screens.phone.device.patch({"font_scale": 1.0, "layout_seed": None})


def fitting(node: Node) -> bool:
    """Whether the lines that the picture shows have room in the box."""
    paint = node.paint
    if paint is None or not paint.size:
        return True
    tall, wide = node.rect.bottom - node.rect.top, node.rect.right - node.rect.left
    longest = max((width(line, paint.size) for line in paint.lines), default=0)
    high = max(1, len(paint.lines)) * paint.size * 0.95
    return tall >= high and wide + paint.size * 0.3 >= longest


def test_every_kind_of_content_has_an_example() -> None:
    # A recalled message has none of its own: it takes the place of another.
    assert set(CONTENTS) == set(KINDS) - {"recalled"} == set(SAID)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", CONTENTS)
def test_a_content_says_in_each_language_what_wechat_says(
    screens: Screens, kind: str, locale: str
) -> None:
    lang = locale[:2]
    chat = screens.phone.world.add_chat(f"{kind} {locale}", kind="group", members=["老李"])
    screens.phone.receive(chat, "老李", {"kind": kind, **CONTENTS[kind]}, None)
    screens.show("tab:0")
    for (version, seed), own in itertools.product(LAYOUTS, (False, True)):
        screens.phone.device.patch(
            {"locale": locale, "wechat_version": version, "layout_seed": seed, "screen": SMALL}
        )
        chat.messages[0].own = own
        screens.phone.open_chat(chat.chat_id)
        row = next(node for node in screens.phone.windows()[0].walk() if node.role == "message_row")
        said = {node.text for node in row.walk() if node.text}
        described = {node.desc for node in row.walk() if node.desc}
        texts, descriptions = SAID[kind][lang]
        assert set(texts) <= said
        assert set(descriptions) <= described
        drawn = [node for node in row.walk() if node.role == "avatar"]
        assert len(drawn) == (0 if kind == "system" else 1)
        for avatar in drawn:
            middle = (avatar.bounds.left + avatar.bounds.right) // 2
            assert (middle > 180) is own
        if kind == "system":
            box = next(node for node in row.walk() if node.text == CONTENTS["system"]["text"])
            assert abs((box.bounds.left + box.bounds.right) / 2 - 180) < 3


HAN = re.compile(r"[\u4e00-\u9fff]")
# What people of the world wrote: their names, their texts and what their contents say.
WRITTEN = re.compile(
    r"同事\d*|你好\d+|第\d+条|小王|老李|鸿雁|项目组|甲|乙|长+|好|引用|老王|写了一半|已复制|转发|收到"
    rf"|{LONG}|晚上开会|报告|一篇文章|某公众号|人民广场|黄浦区人民大道|恭喜发财|已领取|已收款"
    r'|点餐|小饭馆|"小王"邀请"老李"加入了群聊'
)


@pytest.mark.parametrize("name", Screens.names())
def test_an_english_phone_writes_no_chinese_of_its_own(screens: Screens, name: str) -> None:
    screens.phone.device.patch({"locale": "en", "layout_seed": None, "screen": "1080x2400"})
    said = {
        text
        for window in screens.show(name)
        for node in window.walk()
        for text in (node.text, node.desc, node.hint)
    }

    assert {text for text in said if HAN.search(WRITTEN.sub("", text))} == set()

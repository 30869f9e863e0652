"""What a dump says of a tree: levels, windows, clipped rows, marks, and what it leaves out."""

import re

import pytest
import uiautomator2 as u2
from lxml import etree

from device_agent.sim import hierarchy
from device_agent.sim.harness import Simulator
from device_agent.sim.screens.node import IMAGE, LIST, TEXT, Node, Rect, settle
from tests.fakes.phone_screens import Screens

SCREEN = Rect(0, 0, 100, 100)


def dumped(root: Node, depth: int = 50, *, compressed: bool = False) -> etree._Element:
    xml = hierarchy.dump([settle(root, SCREEN)], depth, compressed=compressed)
    return etree.fromstring(xml.encode())[0]


def holder(*children: Node, kind: str = "android.widget.FrameLayout") -> Node:
    return Node(kind, SCREEN, children=list(children))


def text(words: str, top: int = 0) -> Node:
    return Node(TEXT, Rect(0, top, 100, top + 20), text=words)


def test_a_button_that_says_nothing_is_marked_not_friendly() -> None:
    silent = Node(IMAGE, Rect(0, 0, 20, 20), clickable=True)
    said = Node(IMAGE, Rect(0, 20, 20, 40), clickable=True, desc="更多")
    around = Node("android.widget.LinearLayout", Rect(0, 40, 100, 60), clickable=True)
    around.children = [text("微信", 40)]
    off = Node(IMAGE, Rect(0, 60, 20, 80), clickable=True, enabled=False)
    rows = Node(LIST, Rect(0, 80, 100, 100), clickable=True)

    nodes = dumped(holder(silent, said, around, off, rows))

    assert [one.get("NAF") for one in nodes] == ["true", None, None, None, None]


def test_a_compressed_dump_leaves_out_what_neither_says_nor_takes_anything() -> None:
    picture = Node(IMAGE, Rect(0, 0, 20, 20), rid="com.tencent.mm:id/a_g")
    rows = Node(LIST, Rect(0, 20, 100, 100), children=[holder(holder(text("一", 20)))])
    tree = holder(holder(picture, holder(text("二"), text("三", 20))), rows)

    nodes = dumped(tree, compressed=True)

    assert [(one.get("text"), one.get("index")) for one in nodes] == [
        ("二", "0"),
        ("三", "1"),
        ("", "2"),
    ]
    assert nodes[2].get("class") == LIST
    assert nodes[2][0].get("text") == "一"


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_depth_counts_levels_and_closes_what_it_cuts(depth: int) -> None:
    root = dumped(holder(holder(holder(text("下")))), depth)

    assert len(list(root.iter())) == depth


def test_rows_at_the_edges_are_clipped_and_those_beyond_are_missing() -> None:
    root = dumped(holder(text("上", -10), text("中", 40), text("下", 95), text("外", 100)))

    assert [(one.get("text"), one.get("bounds")) for one in root] == [
        ("上", "[0,0][100,10]"),
        ("中", "[0,40][100,60]"),
        ("下", "[0,95][100,100]"),
    ]


def test_texts_are_escaped_as_android_does() -> None:
    said = '<b> & "x" \n\t\u0001😀 ok'

    (node,) = dumped(holder(text(said)))

    assert node.get("text") == '<b> & "x" \n\t.😀 ok'


def test_a_scrolled_chat_has_clipped_rows_at_both_ends() -> None:
    screens = Screens()
    screens.show("page:chat")
    page = screens.phone.stage.page
    assert page is not None
    page.offset = 300
    screens.phone.redraw()
    nodes = list(screens.phone.windows()[0].walk())
    area = next(node for node in nodes if node.role == "messages").bounds
    rows = [node for node in nodes if node.role == "message_row"]

    assert rows[0].rect.top < area.top == rows[0].bounds.top
    assert rows[-1].rect.bottom > area.bottom == rows[-1].bounds.bottom
    assert not any(node.bounds.empty for row in rows for node in row.walk())


def test_the_active_window_comes_alone_and_others_on_demand(
    device: u2.Device, simulator: Simulator
) -> None:
    simulator.receive("小王", "在吗")
    device.app_start("com.tencent.mm")
    both = etree.fromstring(device.dump_hierarchy().encode())
    (active,) = etree.fromstring(device.dump_hierarchy(root_in_active=True).encode())

    assert {window.get("package") for window in both} == {"com.tencent.mm", "com.android.systemui"}
    assert active.get("package") == "com.tencent.mm"
    shallow = etree.fromstring(device.dump_hierarchy(max_depth=4).encode())
    assert max(len(list(node.iterancestors())) for node in shallow.iter()) == 4


def test_every_attribute_of_a_node_stands_as_the_server_writes_it() -> None:
    screens = Screens()
    xml = hierarchy.dump(screens.show("tab:0"), 50, compressed=False)
    first = re.search(r"<node ([^>]*)>", xml)
    assert first is not None
    names = re.findall(r'([\w-]+)="', first[1])

    assert names == [
        "index",
        "text",
        "resource-id",
        "class",
        "package",
        "content-desc",
        "checkable",
        "checked",
        "clickable",
        "enabled",
        "focusable",
        "focused",
        "scrollable",
        "long-clickable",
        "password",
        "selected",
        "visible-to-user",
        "bounds",
        "drawing-order",
        "hint",
        "display-id",
    ]

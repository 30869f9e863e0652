"""Cited layouts by version, and layouts that a seed draws: what differs, and what never does."""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
import uiautomator2 as u2
from hypothesis import given, settings
from hypothesis import strategies as st

import device_agent.sim.screens
from device_agent.sim import hierarchy
from device_agent.sim.clock import Clock
from device_agent.sim.harness import Simulator
from device_agent.sim.layouts.family import families, family_from
from device_agent.sim.layouts.profile import default_version, number_of, profile_for
from device_agent.sim.phone import Phone
from device_agent.sim.screens.node import EDIT, IMAGE, LIST, RECYCLER, TEXT, VIEW, Node
from tests.fakes.phone_screens import CONTENTS, Screens

CHAT_ROLES = {"avatar", "body", "line", "media", "message_row", "messages", "sender", "title"}
CITED = {
    "wechat_8_0_4x": CHAT_ROLES
    | {"album_check", "album_original", "album_send", "panel_item"}
    | {"avatar_box", "card_title", "emoji", "input", "list", "list_search", "more", "packet_status"}
    | {"packet_title", "row", "row_box", "row_dot", "row_inner", "row_name", "row_preview"}
    | {
        "row_time",
        "row_unread",
        "search_field",
        "search_name",
        "send",
        "sticker",
        "tab_text",
        "video_length",
        "voice_toggle",
    },
    "wechat_8_0_43_second": {"body", "card_title", "line", "messages", "row_box", "sender"},
    "wechat_8_0_1x": CHAT_ROLES
    | {"back", "chat_info", "contacts", "input", "list_plus", "more", "packet_status"}
    | {"packet_title", "row", "row_dot", "row_name", "row_preview", "row_unread", "send"}
    | {"tab_icon", "voice_length"},
}


@pytest.fixture(scope="module")
def screens() -> Screens:
    return Screens()


@pytest.fixture(scope="module")
def roles(screens: Screens) -> set[str]:
    """All roles: those that the screens' sources name, and those of the nodes they draw."""
    named = re.compile(r'(?:role=|\.role = |rid\()"([a-z_]+)"')
    folder = Path(device_agent.sim.screens.__file__).parent
    found = {role for one in folder.glob("*.py") for role in named.findall(one.read_text("utf-8"))}
    shown = (window for name in Screens.names() for window in screens.show(name))
    return found | {node.role for window in shown for node in window.walk() if node.role}


def test_each_family_cites_these_roles() -> None:
    """A role's id that no public source names must say `invented`."""
    assert {one.name: set(one.cited) for one in families()} == CITED


@pytest.mark.parametrize(
    ("version", "body", "code"),
    [
        ("8.0.49", "bkl", 2600),
        ("8.0.43", "bkl", 2480),
        ("8.0.43+2", "lp8", 2481),
        ("8.0.60+2", "lp8", 2821),
        ("8.0.32", "b4b", 2260),
        ("8.0.38", "b4b", 2380),
        ("8.0.42", "bkl", 2460),
        ("8.0.74", "bkl", 3100),
        ("8.0.43+3", "bkl", 2482),
        ("7.0.3", "b4b", 1415),
    ],
)
def test_a_version_has_the_ids_of_its_build_or_of_its_nearest(
    version: str, body: str, code: int
) -> None:
    profile = profile_for(version)

    assert profile.rid("body") == f"com.tencent.mm:id/{body}"
    assert profile.version == version.partition("+")[0]
    assert profile.code == code


def test_no_two_roles_share_an_id_in_any_layout(roles: set[str]) -> None:
    """Where this fails for a new role, raise `profile._MIX` by one."""
    numbers = Counter(number_of(role) for role in roles)
    assert {role for role in roles if numbers[number_of(role)] > 1} == set()
    layouts = [profile_for(version) for version in ("8.0.49", "8.0.43+2", "8.0.32")]
    for profile in (*layouts, *(profile_for("8.0.49", seed) for seed in range(50))):
        ids = Counter(profile.rid(role) for role in roles)
        assert [rid for rid, times in ids.items() if times > 1] == []


def test_a_drawn_layout_shares_no_id_with_what_is_cited(roles: set[str]) -> None:
    cited = {rid for one in families() for rid in one.ids.values()}
    lengths = set()
    for seed in range(50):
        profile = profile_for("8.0.49", seed)
        assert {role for role in roles if profile.rid(role) in cited} == set()
        lengths.add(len(profile.rid("body").partition("/")[2]))
    assert lengths == {3, 4, 5}


def dumped(screens: Screens, name: str, seed: int | None, version: str = "8.0.49") -> str:
    changes = {"wechat_version": version, "layout_seed": seed, "screen": "1080x2400"}
    screens.phone.device.patch(changes)
    return hierarchy.dump(screens.show(name)[:1], 50, compressed=False)


def shape_of(dump: str) -> list[str]:
    return re.findall(r'class="([^"]+)"|(</node)', dump)


def test_a_seed_always_draws_the_same_layout_and_another_seed_another() -> None:
    names = ("tab:0", "page:chat", "page:search")
    first, again = Screens(), Screens()
    for name in names:
        assert dumped(first, name, 3) == dumped(again, name, 3)
        shapes = {str(shape_of(dumped(first, name, seed))) for seed in range(8)}
        assert len(shapes) == 8


def test_drawn_layouts_differ_in_classes_nesting_and_bounds(screens: Screens) -> None:
    lists, names, heights, depths = set(), set(), set(), set()
    for seed in range(12):
        dumped(screens, "tab:0", seed)
        window = screens.phone.windows()[0]
        nodes = {node.role: node for node in window.walk()}
        lists.add(nodes["list"].kind)
        names.add(nodes["row_name"].kind)
        heights.add(nodes["row"].rect.bottom - nodes["row"].rect.top)
        depths.add(depth(window))

    assert lists == {LIST, RECYCLER}
    assert names == {TEXT, VIEW}
    assert len(heights) > 6
    assert len(depths) > 4


def test_the_older_family_has_classes_of_its_own(screens: Screens) -> None:
    dumped(screens, "tab:0", None, "8.0.32")
    older = {node.rid: node.kind for node in screens.phone.windows()[0].walk()}

    assert older["com.tencent.mm:id/hg4"] == TEXT
    dumped(screens, "tab:0", None)
    newer = {node.rid: node.kind for node in screens.phone.windows()[0].walk()}
    assert newer["com.tencent.mm:id/kbq"] == VIEW


def depth(node: Node) -> int:
    return 1 + max((depth(child) for child in node.children), default=0)


@pytest.mark.parametrize("seed", [None, *range(6)])
def test_trees_are_as_deep_and_as_large_as_real_ones(screens: Screens, seed: int | None) -> None:
    """A real list's dump has 62 kB (phone.md 2), and its tabs stand 10 to 25 deep (5.2)."""
    for name in ("tab:0", "page:chat"):
        dump = dumped(screens, name, seed)
        window = screens.phone.windows()[0]
        telling = [node for node in window.walk() if node.text or node.desc]
        nodes = sum(1 for _ in window.walk())

        assert 30_000 < len(dump.encode()) < 150_000
        assert 2.5 < nodes / len(telling) < 7
        assert 12 <= depth(window) <= 35


class Row(NamedTuple):
    """A row of the list as one reads it that knows no id: by what can be seen and where."""

    name: str
    time: str
    preview: str
    marks: tuple[str, ...]


def listed(root: Node) -> list[Row]:
    """The rows: whatever spans the screen's width in the list, can be tapped and held."""
    rows = []
    wide = root.bounds.right
    area = next(node for node in root.walk() if node.kind in {LIST, RECYCLER})
    for row in area.walk():
        if row.clickable and row.long_clickable and row.bounds.right - row.bounds.left == wide:
            face = next(node for node in row.walk() if node.kind == IMAGE).bounds
            said = [node for node in row.walk() if node.text]
            marks = tuple(node.text for node in said if node.bounds.left < face.right)
            middle = row.bounds.top + row.bounds.bottom
            rest = [
                (node.bounds.top + node.bounds.bottom > middle, node.bounds.left, node.text)
                for node in said
                if node.bounds.left >= face.right
            ]
            name, time, preview = (text for _, _, text in sorted(rest))
            rows.append(Row(name, time, preview, marks))
    return rows


class Said(NamedTuple):
    """A bubble or a line of a chat, and on which side its avatar stands, if any."""

    own: bool | None
    texts: tuple[str, ...]
    descriptions: tuple[str, ...]


def spoken(root: Node) -> list[Said]:
    """What a chat says, top down: one entry for each row of its list."""
    area = next(node for node in root.walk() if node.kind in {LIST, RECYCLER})
    middle = (root.bounds.left + root.bounds.right) // 2
    found = []
    for row in area.children:
        nodes = list(row.walk())
        faces = [n for n in nodes if n.kind == IMAGE and n.desc.endswith("头像")]
        own = None if not faces else faces[0].bounds.left > middle
        texts = tuple(sorted(node.text for node in nodes if node.text))
        found.append(Said(own, texts, tuple(sorted(node.desc for node in nodes if node.desc))))
    return found


@pytest.fixture(scope="module")
def small() -> Phone:
    """Few enough chats and messages that every layout shows all of them."""
    phone = Phone("SMALL", seed=9, clock=Clock(start=1_780_000_000.0, speed=0.0))
    for name in ("小王", "老李", "Anna Bell"):
        phone.receive(
            phone.world.add_chat(name), name, {"kind": "text", "text": f"我是{name}"}, None
        )
    team = phone.world.add_chat("项目组", kind="group", members=["小王", "老李"])
    for kind in ("voice", "text", "image"):
        phone.receive(team, "小王", {"kind": kind, **CONTENTS[kind]}, None)
    phone.world.append(team, phone.world.owner, {"kind": "text", "text": "好的"}, own=True)
    phone.start_wechat()
    return phone


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**53), st.sampled_from(["720x1280", "1080x2400", "1440x3200"]))
def test_what_the_screens_mean_is_the_same_in_every_drawn_layout(
    small: Phone, seed: int, size: str
) -> None:
    phone = small
    phone.stage.pages.clear()
    (team,) = phone.world.titled("项目组")
    team.draft, team.unread = "", 3
    plain = {"layout_seed": None, "screen": size}
    phone.device.patch(plain)
    phone.redraw()
    rows = listed(phone.windows()[0])
    assert [(row.name, row.marks) for row in rows[:2]] == [
        ("项目组", ("3",)),
        ("Anna Bell", ("1",)),
    ]
    phone.device.patch({"layout_seed": seed})
    phone.redraw()
    assert listed(phone.windows()[0]) == rows

    row = next(node for node in phone.windows()[0].walk() if node.text == "项目组")
    tap(phone, row)

    assert phone.stage.open_chat == team.chat_id
    drawn = spoken(phone.windows()[0])
    phone.device.patch(plain)
    phone.redraw()
    assert spoken(phone.windows()[0]) == drawn
    assert [one.own for one in drawn] == [False, False, False, True]
    phone.device.patch({"layout_seed": seed})
    phone.redraw()
    before = len(phone.truth.sent)
    tap(phone, next(node for node in phone.windows()[0].walk() if node.kind == EDIT))
    assert phone.type_text("收到")
    tap(phone, next(node for node in phone.windows()[0].walk() if node.text == "发送"))
    assert len(phone.truth.sent) == before + 1
    sent = team.messages.pop()
    assert (sent.own, sent.content["text"]) == (True, "收到")
    phone.world.messages.pop(sent.message_id)


def tap(phone: Phone, node: Node) -> None:
    bounds = node.bounds
    phone.tap((bounds.left + bounds.right) // 2, (bounds.top + bounds.bottom) // 2)


def test_one_version_name_has_two_builds(device: u2.Device, simulator: Simulator) -> None:
    simulator.receive("小王", "你好")
    simulator.patch_device(wechat_version="8.0.43")
    first = device.app_info("com.tencent.mm")
    simulator.patch_device(wechat_version="8.0.43+2")
    second = device.app_info("com.tencent.mm")

    assert first["versionName"] == second["versionName"] == "8.0.43"
    assert first["versionCode"] != second["versionCode"]
    device.app_start("com.tencent.mm")
    device(text="小王").click()
    assert device(resourceId="com.tencent.mm:id/lp8").get_text() == "你好"
    assert not device(resourceId="com.tencent.mm:id/bkl").exists


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ("{body: {id: bkl}}", "role `body` needs `id` and `source`"),
        ("{body: {source: invented}}", "role `body` needs `id` and `source`"),
        ("{body: {id: a1, source: x}, line: {id: a1, source: y}}", "one id: body, line"),
    ],
)
def test_a_family_that_is_written_wrong_says_where(lines: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=re.escape(wrong)):
        family_from("mine", f"{{build: 1, versions: ['8.0.1'], ids: {lines}}}")


def test_a_new_phone_has_a_version_that_is_cited() -> None:
    assert default_version() in families()[0].versions

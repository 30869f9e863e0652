"""WeChat's pickers of what the phone holds: the album with its preview, and the files."""

from device_agent.sim.clock import moment
from device_agent.sim.gallery import Item as Picture
from device_agent.sim.gallery import documents, pictures, sized
from device_agent.sim.lettering import shorten, width
from device_agent.sim.screens.bar import bar_button, title_bar
from device_agent.sim.screens.column import Item, body, column, furthest
from device_agent.sim.screens.look import GREEN, GREY, PAPER, WHITE, Look
from device_agent.sim.screens.node import (
    FRAME,
    IMAGE,
    LINEAR,
    RELATIVE,
    TEXT,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.scene import Scene
from device_agent.sim.wording import separator

MOST = 9
_CHECK = "android.widget.CheckBox"
_COLUMNS = 4
_DARK = "#1E1E1E"
_FOOT_DP = 52


def _grid_area(look: Look) -> Rect:
    return body(look)._replace(bottom=look.height - look.dp(_FOOT_DP))


def _grid(scene: Scene) -> list[Item]:
    look, shown = scene.look, pictures(scene.files)
    side = look.width // _COLUMNS

    def row(start: int) -> Item:
        return Item(side, lambda rect: _cells(scene, rect, shown, start))

    return [row(start) for start in range(0, len(shown), _COLUMNS)]


def album_reach(scene: Scene, wanted: int) -> int:
    """How far the album scrolls."""
    return min(wanted, furthest(_grid_area(scene.look), _grid(scene)))


def album_page(scene: Scene) -> Node:
    """The grid of pictures and videos, a box to tick in each, 发送 at the top."""
    look, page = scene.look, scene.page
    area = _grid_area(look)
    grid = column(look, area, _grid(scene), page.offset, role="album_grid", fill=_DARK)
    parts = [grid, _head(look, look.word("album_title"), page.picked), _foot(scene, area)]
    if not grid.children:
        middle = area._replace(top=area.top + look.dp(200), bottom=area.top + look.dp(240))
        parts.append(
            look.label(
                middle, look.word("no_pictures"), 15, role="album_empty", color=GREY, align="center"
            )
        )
    root = Node(FRAME, look.screen, paint=Paint(fill=_DARK))
    root.children = [nested(look.profile.depth + 1, Node(LINEAR, look.screen, children=parts))]
    return root


def _head(look: Look, title: str, picked: list[str]) -> Node:
    label = look.word("send")
    if picked:
        label = look.word("send_some").format(len(picked), MOST)
    send = bar_button(look, label, Action("send_picked"), role="album_send", on=bool(picked))
    bar = title_bar(look, title, send, fill="#2C2C2C")
    for node in bar.walk():
        if node.role == "page_title" and node.paint:
            node.paint.color = WHITE
        elif node.role == "back" and node.paint:
            node.paint.shape = "back:white"
    return bar


def _cells(scene: Scene, rect: Rect, shown: list[Picture], start: int) -> Node:
    side = rect.bottom - rect.top
    cells = []
    for number, one in enumerate(shown[start : start + _COLUMNS]):
        box = Rect(
            rect.left + number * side, rect.top, rect.left + (number + 1) * side, rect.bottom
        )
        cells.append(_cell(scene, box.inset(2, 2), one, start + number + 1))
    return Node(LINEAR, rect, children=cells)


def _cell(scene: Scene, box: Rect, one: Picture, number: int) -> Node:
    look, picked = scene.look, scene.page.picked
    when = separator(moment(one.mtime), look.now, look.lang)
    picture = Node(IMAGE, box, rid=look.rid("album_picture"), role="album_picture")
    picture.desc = f"{look.word(one.kind)} {number}, {when}"
    picture.paint = Paint(shape=f"file:{one.kind}:{one.path}")
    picture.clickable, picture.action = True, Action("preview", one.path)
    corner = Rect(box.right - look.dp(32), box.top, box.right, box.top + look.dp(32))
    place = picked.index(one.path) + 1 if one.path in picked else 0
    check = Node(_CHECK, corner, rid=look.rid("album_check"), role="album_check")
    check.desc = look.word("pick")
    check.checkable, check.checked = True, bool(place)
    check.clickable = check.focusable = True
    check.action = Action("pick", one.path)
    check.paint = Paint(shape=f"tick:{place or ''}")
    return Node(RELATIVE, box, children=[picture, check])


def _foot(scene: Scene, area: Rect) -> Node:
    look, page = scene.look, scene.page
    rect = Rect(0, area.bottom, look.width, look.height)
    on = bool(page.picked)
    preview = look.label(
        Rect(look.dp(16), rect.top, max(look.dp(100), look.sp(80)), rect.bottom),
        look.word("preview"),
        16,
        role="album_preview",
        kind=TEXT,
        color=WHITE if on else "#6E6E6E",
    )
    preview.clickable, preview.enabled = True, on
    preview.action = Action("preview", page.picked[0]) if on else None
    word, ring_side, gap = look.word("original"), look.dp(20), look.dp(8)
    wide = ring_side + gap + width(word, look.sp(16)) + look.dp(2)
    left = max((look.width - wide) // 2, preview.rect.right)
    chosen = page.panel == "original"
    original = look.label(
        Rect(left, rect.top, left + wide, rect.bottom),
        word,
        16,
        role="album_original",
        kind=_CHECK,
        color=WHITE,
        align="right",
        lines=(word,),
    )
    original.checkable, original.checked = True, chosen
    original.clickable, original.action = True, Action("original")
    top = (rect.top + rect.bottom - ring_side) // 2
    ring = Rect(left, top, left + ring_side, top + ring_side)
    dot = Node(IMAGE, ring, paint=Paint(shape=f"radio:{'1' if chosen else ''}"))
    return Node(LINEAR, rect, children=[preview, original, dot], paint=Paint(fill="#2C2C2C"))


def preview_page(scene: Scene) -> Node:
    """One picture of the album over the whole screen; it can be ticked and sent from here."""
    look, page = scene.look, scene.page
    path = page.target
    kind = next((one.kind for one in pictures(scene.files) if one.path == path), "image")
    album = next(one for one in reversed(scene.stage.pages) if one.name == "album")
    picture = Node(IMAGE, look.screen, rid=look.rid("preview_picture"), desc=look.word(kind))
    picture.paint = Paint(shape=f"whole:{kind}:{path}")
    area = Rect(0, look.height - look.dp(_FOOT_DP), look.width, look.height)
    picked = path in album.picked
    box = Rect(look.width - look.dp(110), area.top, look.width - look.dp(12), area.bottom)
    check = look.label(
        box,
        look.word("pick"),
        16,
        role="preview_check",
        kind=_CHECK,
        color=GREEN if picked else WHITE,
        align="center",
    )
    check.checkable, check.checked = True, picked
    check.clickable, check.action = True, Action("pick", path)
    foot = Node(LINEAR, area, children=[check], paint=Paint(fill="#2C2C2C"))
    parts = [picture, _head(look, "", album.picked or [path]), foot]
    root = Node(FRAME, look.screen, paint=Paint(fill="#000000"))
    root.children = [nested(look.profile.depth, Node(RELATIVE, look.screen, children=parts))]
    return root


def _files(scene: Scene) -> list[Item]:
    look = scene.look

    def row(one: Picture) -> Item:
        return Item(look.dp(72), lambda rect: _file_row(scene, rect, one))

    return [row(one) for one in documents(scene.files)]


def files_reach(scene: Scene, wanted: int) -> int:
    """How far the file picker scrolls."""
    return min(wanted, furthest(body(scene.look), _files(scene)))


def files_page(scene: Scene) -> Node:
    """The phone's files, a box to tick in each row, 发送 at the top."""
    look, page = scene.look, scene.page
    count = len(page.picked)
    label = look.word("send_count").format(count) if count else look.word("send")
    send = bar_button(look, label, Action("send_files"), role="files_send", on=bool(count))
    rows = column(look, body(look), _files(scene), page.offset, role="files_list", fill=WHITE)
    parts = [rows, title_bar(look, look.word("files_title"), send)]
    if not rows.children:
        area = body(look)
        middle = area._replace(top=area.top + look.dp(200), bottom=area.top + look.dp(240))
        parts.append(
            look.label(
                middle, look.word("no_files"), 15, role="files_empty", color=GREY, align="center"
            )
        )
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    root.children = [nested(look.profile.depth + 1, Node(LINEAR, look.screen, children=parts))]
    return root


def _file_row(scene: Scene, rect: Rect, one: Picture) -> Node:
    look = scene.look
    picked = one.path in scene.page.picked
    middle = (rect.top + rect.bottom) // 2
    box = Rect(look.dp(14), middle - look.dp(12), look.dp(38), middle + look.dp(12))
    check = Node(_CHECK, box, rid=look.rid("files_check"), role="files_check")
    check.checkable, check.checked = True, picked
    check.paint = Paint(shape=f"radio:{'1' if picked else ''}")
    icon = Rect(look.dp(52), rect.top + look.dp(14), look.dp(96), rect.bottom - look.dp(14))
    right = look.width - look.dp(16)
    line = Rect(look.dp(108), rect.top + look.dp(10), right, middle)
    shown = shorten(one.name, look.sp(16), line.right - line.left)
    name = look.label(line, one.name, 16, role="file_name", lines=(shown,))
    when = separator(moment(one.mtime), look.now, look.lang)
    below = look.label(
        Rect(line.left, middle + look.dp(2), right, rect.bottom - look.dp(12)),
        f"{sized(one.size)}  {when}",
        12,
        role="file_detail",
        color=GREY,
    )
    picture = look.icon(
        icon, f"card:file:{one.name.rpartition('.')[2].upper()[:4]}", role="file_icon"
    )
    row = Node(LINEAR, rect, children=[nested(1, check), picture, nested(1, name), below])
    row.rid, row.role, row.clickable = look.rid("file_row"), "file_row", True
    row.action, row.paint = Action("pick", one.path), Paint(shape="row")
    return row

"""What a tap on a message opens: pictures and videos, files, whole texts, money, links, places."""

from device_agent.sim.content import label
from device_agent.sim.gallery import sized
from device_agent.sim.lettering import shorten, wrap
from device_agent.sim.media import saved_path
from device_agent.sim.screens.bar import title_bar
from device_agent.sim.screens.look import GREEN, GREY, INK, PAPER, WHITE, Look
from device_agent.sim.screens.node import (
    BUTTON,
    FRAME,
    IMAGE,
    IMAGE_BUTTON,
    LINEAR,
    RELATIVE,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.scene import Scene
from device_agent.sim.world import Message

_WEB = "android.webkit.WebView"
_SCROLL = "android.widget.ScrollView"


def _message(scene: Scene) -> Message:
    return scene.world.messages[scene.page.target]


def media_page(scene: Scene) -> Node:
    """A picture or a video over the whole screen; a long press or `…` opens its menu."""
    look, message = scene.look, _message(scene)
    picture = Node(IMAGE, look.screen, rid=look.rid("viewer_picture"), role="viewer_picture")
    picture.desc = look.word(message.kind)
    picture.paint = Paint(shape=f"whole:{message.kind}:{message.message_id}")
    picture.clickable = picture.long_clickable = True
    picture.action = Action("back")
    picture.hold = Action("viewer_menu", message.message_id)
    side = look.dp(40)
    box = Rect(look.width - look.dp(56), look.height - look.dp(64), 0, 0)
    box = box._replace(right=box.left + side, bottom=box.top + side)
    more = Node(IMAGE_BUTTON, box, rid=look.rid("viewer_more"), role="viewer_more")
    more.desc = look.word("plus")
    more.clickable, more.action = True, Action("viewer_menu", message.message_id)
    more.paint = Paint(shape="dots:white")
    root = Node(FRAME, look.screen, paint=Paint(fill="#000000"))
    inner = Node(RELATIVE, look.screen, children=[nested(2, picture), more])
    root.children = [nested(look.profile.depth, inner)]
    return root


def text_page(scene: Scene) -> Node:
    """The whole of a text that its bubble only begins."""
    look, page = scene.look, scene.page
    text = str(_message(scene).content["text"])
    lines = _text_lines(look, text)
    top = look.body_top - page.offset
    rect = Rect(look.dp(20), top, look.width - look.dp(20), top + len(lines) * look.sp(28))
    node = look.label(rect, text, 20, role="whole_text", lines=lines)
    node.clickable, node.action = True, Action("back")
    area = Rect(0, look.top, look.width, look.height)
    scroll = Node(_SCROLL, area, children=[nested(1, node)], clickable=True)
    scroll.scrollable, scroll.action = rect.bottom > look.height, Action("back")
    root = Node(FRAME, look.screen, paint=Paint(fill=WHITE))
    root.children = [nested(look.profile.depth, scroll)]
    return root


def _text_lines(look: Look, text: str) -> tuple[str, ...]:
    return wrap(text, look.sp(20), look.width - look.dp(40))


def text_reach(scene: Scene, wanted: int) -> int:
    """How far a whole text scrolls."""
    look = scene.look
    tall = len(_text_lines(look, str(_message(scene).content["text"]))) * look.sp(28)
    return min(wanted, max(0, tall + look.dp(40) - (look.height - look.body_top)))


def _page(scene: Scene, title: str, parts: list[Node], fill: str = WHITE) -> Node:
    look = scene.look
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    area = Rect(0, look.body_top, look.width, look.height)
    content = Node(LINEAR, area, children=parts, paint=Paint(fill=fill))
    children = [nested(2, content), title_bar(look, title)]
    root.children = [nested(look.profile.depth, Node(LINEAR, look.screen, children=children))]
    return root


def _centred(
    look: Look,
    top: int,
    text: str,
    size: float,
    *,
    role: str,
    color: str = INK,
    margin: int = 0,
    most: int = 3,
) -> Node:
    side = margin or look.dp(24)
    lines = _cut(text, look.sp(size), look.width - 2 * side, most)
    rect = Rect(side, top, look.width - side, top + len(lines) * look.sp(size * 1.5))
    return look.label(rect, text, size, role=role, color=color, align="center", lines=lines)


def _cut(text: str, size: int, room: int, most: int) -> tuple[str, ...]:
    """The lines of a text, at most so many; the last one tells that there are more."""
    lines = wrap(text, size, room)
    if len(lines) <= most:
        return lines
    return (*lines[: most - 1], shorten("".join(lines[most - 1 :]), size, room))


def _wide_button(look: Look, top: int, text: str, action: Action, role: str) -> Node:
    rect = Rect(look.dp(90), top, look.width - look.dp(90), top + look.dp(44))
    button = look.label(rect, text, 16, role=role, kind=BUTTON, color=WHITE, align="center")
    button.clickable, button.action = True, action
    if button.paint:
        button.paint.fill, button.paint.radius = GREEN, look.dp(6)
    return button


def file_page(scene: Scene) -> Node:
    """A file: its name and size, 下载, and once it is there 用其他应用打开."""
    look, message = scene.look, _message(scene)
    content = message.content
    size = content.get("size") or (content.get("media") or {}).get("size") or 1024
    middle, top = look.width // 2, look.body_top + look.dp(72)
    icon = look.icon(
        Rect(middle - look.dp(32), top, middle + look.dp(32), top + look.dp(64)),
        f"card:file:{label(content).rpartition('.')[2].upper()[:4]}",
    )
    name = _centred(look, top + look.dp(84), label(content), 18, role="file_page_name")
    detail = look.word("file_size").format(sized(int(size)))
    about = _centred(
        look, name.rect.bottom + look.dp(6), detail, 14, role="file_page_size", color=GREY
    )
    path = saved_path(message)
    low = about.rect.bottom + look.dp(64)
    if scene.files.get(path) is None:
        button = _wide_button(
            look, low, look.word("download"), Action("download", message.message_id), "download"
        )
        return _page(scene, "", [icon, name, about, button])
    open_it = _wide_button(
        look, low, look.word("open_elsewhere"), Action("open_elsewhere"), "open_elsewhere"
    )
    where = path.replace("/sdcard", "/storage/emulated/0", 1)
    saved = _centred(
        look,
        open_it.rect.bottom + look.dp(20),
        look.word("file_saved").format(where),
        12,
        role="file_page_path",
        color=GREY,
    )
    return _page(scene, "", [icon, name, about, open_it, saved])


def detail_page(scene: Scene) -> Node:
    """A card's page; nothing on it accepts money or follows a link by itself."""
    message = _message(scene)
    draw = {
        "red_packet": _packet,
        "transfer": _transfer,
        "link": _web,
        "mini_program": _web,
        "location": _place,
    }[message.kind]
    return draw(scene, message)


def _packet(scene: Scene, message: Message) -> Node:
    look = scene.look
    wide = look.dp(300)
    left, top = (look.width - wide) // 2, max(look.top, (look.height - look.dp(568)) // 2)
    box = Rect(left, top, left + wide, top + look.dp(480))
    line = look.word("packet_of").format(message.sender)
    gold, edge = "#FCE4B5", left + look.dp(18)
    high = top + look.dp(80)
    who = _centred(look, high, line, 17, role="packet_sender", color=gold, margin=edge, most=2)
    words, below = label(message.content), who.rect.bottom + look.dp(24)
    wish = _centred(look, below, words, 22, role="packet_wish", color=gold, margin=edge, most=2)
    side = look.dp(92)
    middle = look.width // 2
    round_ = Rect(middle - side // 2, top + look.dp(308), middle + side // 2, 0)
    round_ = round_._replace(bottom=round_.top + side)
    open_it = look.word("open_packet")
    button = look.label(
        round_,
        open_it,
        (34 if len(open_it) == 1 else 24) / look.font_scale,
        role="packet_open",
        kind=BUTTON,
        align="center",
    )
    button.clickable, button.action = True, Action("stay")
    if button.paint:
        button.paint.fill, button.paint.radius = "#EBCD99", side // 2
    close = _close(look, middle, box.bottom + look.dp(24))
    cover = Node(RELATIVE, box, children=[who, wish, button])
    cover.paint = Paint(fill="#D8584C", radius=look.dp(16), shape="cover")
    root = Node(FRAME, look.screen, paint=Paint(fill="#4A4A4A"))
    inner = Node(FRAME, look.screen, children=[nested(2, cover), close])
    root.children = [nested(look.profile.depth, inner)]
    return root


def _close(look: Look, middle: int, top: int) -> Node:
    half = look.dp(16)
    box = Rect(middle - half, top, middle + half, top + 2 * half)
    close = look.icon(
        box, "cross:white", role="packet_close", desc=look.word("close"), kind=IMAGE_BUTTON
    )
    close.clickable, close.action = True, Action("back")
    return close


def _transfer(scene: Scene, message: Message) -> Node:
    look = scene.look
    amount = str(message.content.get("amount") or "0.00").lstrip("¥")
    state = look.word("to_be_received" if message.own else "to_receive")
    middle, top = look.width // 2, look.body_top + look.dp(60)
    clock = look.icon(
        Rect(middle - look.dp(30), top, middle + look.dp(30), top + look.dp(60)), "clock"
    )
    said = _centred(look, top + look.dp(80), state, 17, role="transfer_state")
    sum_ = _centred(look, said.rect.bottom + look.dp(8), f"¥{amount}", 40, role="transfer_amount")
    parts = [clock, said, sum_]
    if not message.own:
        low = sum_.rect.bottom + look.dp(60)
        parts.append(_wide_button(look, low, look.word("receive"), Action("stay"), "receive"))
    return _page(scene, "", parts)


def _web(scene: Scene, message: Message) -> Node:
    """A page of the web shows nothing to accessibility but that it is one (openatx#930, #449)."""
    look = scene.look
    area = Rect(0, look.body_top, look.width, look.height)
    title = label(message.content)
    heading = title if message.kind == "link" else str(message.content.get("name") or "")
    web = Node(_WEB, area, text=title, role="web", paint=Paint(fill=WHITE, shape="article"))
    web.focusable = web.scrollable = True
    return _page(scene, heading, [web])


def _place(scene: Scene, message: Message) -> Node:
    look = scene.look
    low = look.height - look.dp(110)
    plan = Node(IMAGE, Rect(0, look.body_top, look.width, low), paint=Paint(shape="map"))
    left, right = look.dp(20), look.width - look.dp(20)
    room, title = right - left, label(message.content)
    name = look.label(
        Rect(left, low + look.dp(12), right, low + look.dp(48)),
        title,
        20,
        role="place_name",
        lines=(shorten(title, look.sp(20), room),),
    )
    address = str(message.content.get("address") or "")
    lines = _cut(address, look.sp(13), room, 2)
    where = look.label(
        Rect(left, name.rect.bottom, right, name.rect.bottom + len(lines) * look.sp(20)),
        address,
        13,
        role="place_address",
        color=GREY,
        lines=lines,
    )
    return _page(scene, look.word("place"), [plan, name, where])


def tool_page(scene: Scene) -> Node:
    """What a tool of the `+` panel opens where the simulator goes no further."""
    look = scene.look
    parts = [
        _centred(
            look,
            look.body_top + look.dp(200),
            look.word("nothing_here"),
            16,
            role="tool_empty",
            color=GREY,
        )
    ]
    return _page(scene, look.word(scene.page.target), parts, "#EDEDED")

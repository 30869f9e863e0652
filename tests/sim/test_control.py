"""The control API over HTTP."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from PIL import Image

from device_agent.sim.harness import Simulator

KINDS: list[dict[str, Any]] = [
    {"kind": "text", "text": "你好"},
    {"kind": "image"},
    {"kind": "voice", "seconds": 7},
    {"kind": "video", "seconds": 72},
    {"kind": "file", "name": "报告.pdf"},
    {"kind": "link", "title": "一篇文章", "source": "公众号"},
    {"kind": "location", "label": "人民广场", "address": "南京西路"},
    {"kind": "sticker"},
    {"kind": "red_packet", "greeting": "恭喜发财"},
    {"kind": "transfer", "amount": "12.00"},
    {"kind": "name_card", "name": "李四"},
    {"kind": "mini_program", "title": "点餐", "name": "餐厅"},
    {"kind": "system", "text": '"老李"邀请"Anna"加入了群聊'},
    {"kind": "recalled"},
    {"kind": "unknown", "seen": "[接龙]"},
]
PREVIEWS = {
    "image": "[图片]",
    "voice": "[语音]",
    "video": "[视频]",
    "file": "[文件]报告.pdf",
    "link": "[链接]一篇文章",
    "location": "[位置]人民广场",
    "sticker": "[动画表情]",
    "red_packet": "[微信红包]恭喜发财",
    "transfer": "[转账]",
    "name_card": "[名片]李四",
    "mini_program": "[小程序]点餐",
    "recalled": '"小王" 撤回了一条消息',
}


@pytest.fixture
def api(simulator: Simulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=simulator.control) as client:
        yield client


def shown(simulator: Simulator, role: str) -> list[str]:
    return simulator.on_phone(
        lambda _, phone: [n.text for n in phone.windows()[0].walk() if n.role == role]
    )


def test_a_message_to_an_unknown_title_makes_the_chat(api: httpx.Client) -> None:
    answer = api.post("/messages", json={"chat": "小王", "text": "你好"})

    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"chat_id", "message_id", "at"}
    assert datetime.fromisoformat(body["at"]).utcoffset() is not None
    again = api.post("/messages", json={"chat": "小王", "text": "再见"}).json()
    assert again["chat_id"] == body["chat_id"]
    by_id = api.post("/messages", json={"chat_id": body["chat_id"], "text": "三"})
    assert by_id.json()["chat_id"] == body["chat_id"]


def test_an_ambiguous_title_is_a_conflict_with_candidates(api: httpx.Client) -> None:
    ids = [api.post("/chats", json={"chat": "小王"}).json()["chat_id"] for _ in range(2)]

    answer = api.post("/messages", json={"chat": "小王", "text": "你好"})

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert [one["chat_id"] for one in answer.json()["candidates"]] == ids
    assert answer.json()["status"] == 409


@pytest.mark.parametrize(
    ("verb", "path", "body", "status", "says"),
    [
        ("POST", "/messages", {"text": "x"}, 422, "which chat"),
        ("POST", "/messages", {"chat": "a"}, 422, "text"),
        ("POST", "/messages", {"chat": "a", "content": {"kind": "smell"}}, 422, "kind"),
        ("POST", "/messages", {"chat_id": "c99", "text": "x"}, 404, "c99"),
        ("POST", "/messages", {"chat": "a", "text": "x", "when": 1}, 422, "when"),
        ("POST", "/messages", {"chat": "a", "text": "x", "quote": "m99"}, 404, "m99"),
        ("POST", "/messages", [], 422, "object"),
        ("POST", "/chats", {"chat": ""}, 422, "title"),
        ("POST", "/chats", {"chat": "a", "kind": "herd"}, 422, "kind"),
        ("POST", "/chats", {"chat": "a", "members": "b"}, 422, "members"),
        ("PATCH", "/chats/c99", {"muted": True}, 404, "c99"),
        ("PATCH", "/device", {"locale": "xx"}, 422, "locale"),
        ("PATCH", "/device", {"colour": "red"}, 422, "colour"),
        ("PATCH", "/device", {"screen": "big"}, 422, "screen"),
        ("PATCH", "/device", {"transition_ms": -1}, 422, "transition_ms"),
        ("DELETE", "/messages/m99", None, 404, "m99"),
        ("POST", "/faults", {"name": "nonsense"}, 404, "rpc_hang"),
        ("POST", "/faults", {"name": "reply_lost", "on": "moon"}, 422, "send_tap"),
        ("POST", "/clock", {"speed": "fast"}, 422, "speed"),
        ("POST", "/clock", {}, 422, "advance_s"),
        ("GET", "/nowhere", None, 404, "/truth"),
        ("PUT", "/truth", None, 405, "/truth does not take PUT; known: GET"),
        ("GET", "/phones/NOBODY/truth", None, 404, "NOBODY"),
    ],
)
def test_a_bad_request_is_a_problem_that_says_why(
    api: httpx.Client, verb: str, path: str, body: Any, status: int, says: str
) -> None:
    answer = api.request(verb, path, json=body)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]
    assert api.get("/chats").json() == {"chats": []}


def test_rubbish_instead_of_json_is_a_problem(api: httpx.Client) -> None:
    answer = api.post("/messages", content=b"\xff{")

    assert answer.status_code == 400
    assert "JSON" in answer.json()["detail"]


@pytest.mark.parametrize("content", KINDS, ids=[one["kind"] for one in KINDS])
def test_each_kind_has_its_preview_its_bubble_and_its_picture(
    api: httpx.Client, simulator: Simulator, content: dict[str, Any]
) -> None:
    body = {"chat": "小王", "content": content}
    chat = api.post("/messages", json=body).json()["chat_id"]
    simulator.on_phone(lambda _, phone: phone.start_wechat())
    wanted = PREVIEWS.get(content["kind"], content.get("text") or content.get("seen"))
    assert shown(simulator, "row_preview") == [wanted]

    simulator.on_phone(lambda _, phone: phone.open_chat(chat))

    assert len(shown(simulator, "message_row")) == 1
    picture = Image.open(io.BytesIO(api.get("/screen.png").content))
    assert picture.size == (1080, 2400)


def test_a_recall_replaces_the_row(api: httpx.Client, simulator: Simulator) -> None:
    first = api.post("/messages", json={"chat": "小王", "text": "秘密"}).json()
    api.post("/messages", json={"chat": "小王", "text": "后来"})
    simulator.on_phone(lambda _, phone: phone.open_chat(first["chat_id"]))
    assert shown(simulator, "body") == ["秘密", "后来"]

    assert api.delete(f"/messages/{first['message_id']}").status_code == 204

    assert shown(simulator, "body") == ["后来"]
    assert '"小王" 撤回了一条消息' in shown(simulator, "line")
    assert api.delete(f"/messages/{first['message_id']}").status_code == 409


def test_a_changed_chat_shows_its_new_face(api: httpx.Client, simulator: Simulator) -> None:
    chat = api.post("/chats", json={"chat": "组", "kind": "group", "members": ["甲"]}).json()[
        "chat_id"
    ]
    api.post("/chats", json={"chat": "新人"})
    simulator.on_phone(lambda _, phone: phone.start_wechat())
    assert shown(simulator, "row_name") == ["新人", "组"]

    changes = {"chat": "大组", "pinned": True, "muted": True, "members": ["甲", "乙", "丙"]}
    assert api.patch(f"/chats/{chat}", json=changes).status_code == 200
    api.post("/messages", json={"chat": "大组", "sender": "乙", "text": "一"})
    api.post("/messages", json={"chat": "大组", "sender": "乙", "text": "二"})

    assert shown(simulator, "row_name") == ["大组", "新人"]
    assert shown(simulator, "row_preview")[0] == "[2条]乙: 二"
    assert len(shown(simulator, "row_dot")) == 1
    assert shown(simulator, "row_unread") == []
    simulator.on_phone(lambda _, phone: phone.open_chat(chat))
    assert shown(simulator, "title") == ["大组(4)"]
    assert shown(simulator, "sender") == ["乙", "乙"]


@pytest.mark.parametrize("change", ["removed_me", "blocked_me"])
def test_a_refused_send_has_the_red_mark_and_is_not_true(
    api: httpx.Client, simulator: Simulator, change: str
) -> None:
    kind = "group" if change == "removed_me" else "private"
    chat = api.post("/chats", json={"chat": "某", "kind": kind}).json()["chat_id"]
    api.patch(f"/chats/{chat}", json={change: True})

    def send(phone: Any) -> None:
        phone.open_chat(chat)
        phone.write_field(phone.world.chat(chat), "在吗")
        phone.tap(960, 2310)

    simulator.on_phone(lambda _, phone: send(phone))

    assert len(shown(simulator, "failed")) == 1
    assert shown(simulator, "line")
    assert api.get("/truth").json()["sent"] == []


def test_unread_counts_to_99_and_then_says_so(api: httpx.Client, simulator: Simulator) -> None:
    for number in range(99):
        simulator.receive("小王", str(number))
    simulator.on_phone(lambda _, phone: phone.start_wechat())
    assert shown(simulator, "row_unread") == ["99"]
    simulator.receive("小王", "一百")

    assert shown(simulator, "row_unread") == ["99+"]
    assert shown(simulator, "list_title") == ["微信(100)"]


def test_a_draft_stays_in_its_chat_and_shows_in_the_list(
    api: httpx.Client, simulator: Simulator
) -> None:
    chat = api.post("/messages", json={"chat": "小王", "text": "hi"}).json()["chat_id"]
    simulator.on_phone(lambda _, phone: phone.open_chat(chat))
    simulator.on_phone(lambda _, phone: phone.write_field(phone.world.chat(chat), "没写完"))
    simulator.on_phone(lambda _, phone: phone.press("back"))

    assert shown(simulator, "row_preview") == ["[草稿]没写完"]
    assert api.get("/truth").json()["drafts"] == {chat: "没写完"}
    simulator.on_phone(lambda _, phone: phone.open_chat(chat))
    assert shown(simulator, "input") == ["没写完"]


def test_times_turn_relative_as_days_pass(api: httpx.Client, simulator: Simulator) -> None:
    at = datetime.fromisoformat(
        api.post("/messages", json={"chat": "小王", "text": "a"}).json()["at"]
    )
    simulator.on_phone(lambda _, phone: phone.start_wechat())
    clock = f"{at:%H:%M}"
    assert shown(simulator, "row_time") == [clock]

    api.post("/clock", json={"advance_s": 86400})
    assert shown(simulator, "row_time") == [f"昨天 {clock}"]
    simulator.on_phone(lambda _, phone: phone.open_chat("c1"))
    assert shown(simulator, "line") == [f"昨天 {clock}"]
    api.post("/clock", json={"advance_s": 2 * 86400})
    assert shown(simulator, "line")[0].startswith("星期")
    api.post("/clock", json={"advance_s": 400 * 86400})
    assert shown(simulator, "line")[0].startswith(f"{at.year}年{at.month}月{at.day}日")


def test_the_device_changes_language_size_and_layout(
    api: httpx.Client, simulator: Simulator
) -> None:
    simulator.receive("小王", "hi")
    simulator.on_phone(lambda _, phone: phone.open_chat("c1"))
    simulator.on_phone(lambda _, phone: phone.write_field(phone.world.chat("c1"), "x"))
    assert shown(simulator, "send") == ["发送"]

    api.patch("/device", json={"locale": "en", "screen": "720x1600", "font_scale": 1.3})

    assert shown(simulator, "send") == ["Send"]
    assert Image.open(io.BytesIO(api.get("/screen.png").content)).size == (720, 1600)
    before = simulator.on_phone(lambda _, phone: phone.look.rid("send"))
    api.patch("/device", json={"layout_seed": 4})
    assert simulator.on_phone(lambda _, phone: phone.look.rid("send")) != before
    assert api.get("/device").json()["font_scale"] == 1.3


def test_during_a_transition_the_old_screen_shows(api: httpx.Client, simulator: Simulator) -> None:
    simulator.receive("小王", "hi")
    simulator.on_phone(lambda _, phone: phone.start_wechat())
    api.patch("/device", json={"transition_ms": 60_000})

    def send(phone: Any) -> None:
        phone.open_chat("c1")
        phone.stage.settles_at = 0.0
        phone.write_field(phone.world.chat("c1"), "你好")
        phone.tap(960, 2310)

    simulator.on_phone(lambda _, phone: send(phone))

    assert shown(simulator, "input") == ["你好"]
    assert api.get("/truth").json()["sent"] == []
    simulator.on_phone(lambda _, phone: setattr(phone.stage, "settles_at", 0.0))
    assert shown(simulator, "body") == ["hi", "你好"]


def test_phones_have_their_own_worlds() -> None:
    with Simulator() as own, httpx.Client(base_url=own.control) as api:
        assert api.post("/phones", json={"serial": "OTHER"}).status_code == 201
        assert api.post("/phones", json={"serial": "OTHER"}).status_code == 409
        assert [one["serial"] for one in api.get("/phones").json()["phones"]] == [
            "SIM0001",
            "OTHER",
        ]
        api.post("/phones/OTHER/messages", json={"chat": "别人", "text": "x"})

        assert [c["chat"] for c in api.get("/phones/OTHER/chats").json()["chats"]] == ["别人"]
        assert api.get("/chats").json() == {"chats": []}


def test_a_reset_empties_everything(api: httpx.Client, simulator: Simulator) -> None:
    api.post("/messages", json={"chat": "小王", "text": "hi"})
    api.post("/faults", json={"name": "reply_lost"})
    api.post("/clock", json={"advance_s": 9e6})

    assert api.post("/reset").status_code == 204

    assert api.get("/chats").json() == {"chats": []}
    truth = api.get("/truth").json()
    assert (truth["sent"], truth["opened"], truth["taps"], truth["rpc"]) == ([], [], [], 0)
    assert all(one["left"] == 0 for one in api.get("/faults").json()["faults"])
    assert api.get("/clock").json()["speed"] == 1.0

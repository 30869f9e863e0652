"""A person's hand on the phone, and what a page needs to show it, over HTTP."""

import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

from device_agent.sim.harness import Simulator

FIELD = (500, 2310)
SEND = (960, 2310)


@pytest.fixture
def api(simulator: Simulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=simulator.control) as client:
        yield client


def at(place: tuple[int, int]) -> dict[str, int]:
    return {"x": place[0], "y": place[1]}


@pytest.fixture
def opened(api: httpx.Client, simulator: Simulator) -> str:
    """小王's chat is on the screen."""
    chat = str(api.post("/messages", json={"chat": "小王", "text": "在吗"}).json()["chat_id"])
    simulator.on_phone(lambda _, phone: phone.open_chat(chat))
    return chat


def test_a_person_taps_types_and_sends(api: httpx.Client, opened: str) -> None:
    assert api.post("/tap", json=at(FIELD)).status_code == 200
    assert api.get("/glance").json()["typing"]
    assert api.post("/text", json={"text": "在的!"}).status_code == 204
    assert api.post("/key", json={"key": "del"}).status_code == 204
    tapped = api.post("/tap", json=at(SEND)).json()["taps"]

    assert [(one["by"], one["node"]["role"]) for one in tapped] == [("person", "send")]
    truth = api.get("/truth").json()
    assert [one["text"] for one in truth["sent"]] == ["在的"]
    assert [one["by"] for one in truth["taps"]] == ["person", "person"]
    assert truth["rpc"] == 0


def test_a_finger_meets_the_faults_of_touches_and_no_others(api: httpx.Client, opened: str) -> None:
    for name in ("rpc_500_after", "inject_events_denied", "send_failed_mark", "tap_ignored"):
        api.post("/faults", json={"name": name})

    ignored = api.post("/tap", json=at(FIELD)).json()["taps"]
    api.post("/tap", json=at(FIELD))
    api.post("/text", json={"text": "好"})
    api.post("/tap", json=at(SEND))

    assert ignored[0]["ignored"]
    assert api.get("/truth").json()["sent"] == []
    struck = {n: one["struck"] for n, one in api.get("/glance").json()["faults"].items()}
    assert struck == {
        "rpc_500_after": 0,
        "inject_events_denied": 0,
        "send_failed_mark": 1,
        "tap_ignored": 1,
    }


def test_a_drag_scrolls_and_keys_lead_away(api: httpx.Client, simulator: Simulator) -> None:
    for number in range(30):
        simulator.receive("小王", f"第{number}条")
    simulator.on_phone(lambda _, phone: phone.open_chat("c1"))
    drag = {"x1": 500, "y1": 800, "x2": 500, "y2": 1800}

    assert api.post("/swipe", json=drag).status_code == 204
    assert simulator.on_phone(lambda _, phone: phone.stage.page.offset) > 0
    assert api.get("/glance").json()["open_chat"] == "c1"
    api.post("/key", json={"key": "back"})
    assert api.get("/glance").json()["open_chat"] is None
    api.post("/key", json={"key": "power"})
    assert not api.get("/glance").json()["awake"]


def test_a_drag_from_the_status_bar_pulls_the_shade(
    api: httpx.Client, simulator: Simulator, opened: str
) -> None:
    def pulled() -> bool:
        return simulator.on_phone(lambda _, phone: phone.stage.shade)

    api.post("/swipe", json={"x1": 500, "y1": 10, "x2": 500, "y2": 1500})
    assert pulled()
    api.post("/swipe", json={"x1": 500, "y1": 900, "x2": 500, "y2": 300})
    assert pulled()
    api.post("/swipe", json={"x1": 500, "y1": 2380, "x2": 500, "y2": 900})
    assert not pulled()


def test_the_picture_is_drawn_anew_only_when_the_screen_changes(
    api: httpx.Client, opened: str
) -> None:
    first = api.get("/screen.png")
    tag = {"if-none-match": first.headers["etag"]}

    assert api.get("/screen.png", headers=tag).status_code == 304
    api.post("/messages", json={"chat": "小王", "text": "看到了吗"})
    second = api.get("/screen.png", headers=tag)
    assert second.status_code == 200
    assert second.content != first.content
    small = api.get("/screen.jpg")
    assert small.headers["etag"] == second.headers["etag"]
    assert Image.open(io.BytesIO(small.content)).size == (1080, 2400)
    api.post("/key", json={"key": "power"})
    assert api.get("/screen.png").headers["etag"] != second.headers["etag"]


def test_a_glance_is_as_short_as_nothing_while_nothing_happens(
    api: httpx.Client, opened: str
) -> None:
    first = api.get("/glance")
    tag = {"if-none-match": first.headers["etag"]}

    assert api.get("/glance", headers=tag).status_code == 304
    api.post("/faults", json={"name": "reply_lost", "times": 2})
    second = api.get("/glance", headers=tag)
    assert second.json()["faults"] == {"reply_lost": {"left": 2, "struck": 0}}
    assert second.json()["world"] == first.json()["world"]
    assert [one["chat_id"] for one in first.json()["truth"]["opened"]["latest"]] == [opened]


def test_the_tail_of_a_chat_is_light_however_long_it_is(
    api: httpx.Client, simulator: Simulator
) -> None:
    first = simulator.receive("小王", "开头")
    for number in range(250):
        simulator.receive("小王", str(number), quote=first)
    simulator.receive("小王", content={"kind": "image", "base64": "eHh4"})

    tail = api.get("/chats/c1/tail").json()

    assert (tail["total"], len(tail["messages"])) == (252, 200)
    assert tail["messages"][0]["quoted"]["content"]["text"] == "开头"
    assert tail["messages"][-1]["content"] == {"kind": "image", "bytes": 3}
    assert api.get("/chats/c9/tail").status_code == 404


def test_forms_know_every_kind_knob_and_parameter(api: httpx.Client) -> None:
    forms = api.get("/forms").json()

    faults = {one["name"]: one for one in forms["faults"]}
    assert list(faults) == [one["name"] for one in api.get("/faults").json()["faults"]]
    assert all(one["group"] != "other" for one in faults.values())
    assert api.patch("/device", json={"wechat_version": forms["versions"][-1]}).status_code == 200
    assert faults["tap_late"]["parameters"][0] == {
        "name": "ms",
        "about": "how late, in milliseconds",
        "default": 800.0,
        "least": 0.0,
        "most": 600_000.0,
        "whole": False,
    }
    for one in forms["kinds"]:
        content = {"kind": one["kind"]} | {
            name: {"number": 3, "picture": "eA==", "file": "eA=="}.get(kind, "x")
            for name, kind in one["fields"].items()
        }
        assert api.post("/messages", json={"chat": "小王", "content": content}).status_code == 201


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/tap", {"x": 1}, 422, "y"),
        ("/tap", {"x": 1, "y": 2400}, 422, "2399"),
        ("/tap", {"x": True, "y": 1}, 422, "x"),
        ("/tap", {"x": 1, "y": 1, "hold": 3}, 422, "hold"),
        ("/tap", {"x": 1, "y": 1, "z": 1}, 422, "z"),
        ("/swipe", {"x1": 1, "y1": 1, "x2": 1}, 422, "y2"),
        ("/key", {"key": "any"}, 422, "home"),
        ("/key", {}, 422, "home"),
        ("/text", {"text": ""}, 422, "text"),
        ("/text", {"text": "x"}, 409, "focus"),
    ],
)
def test_a_hand_that_cannot_is_told_why(
    api: httpx.Client, path: str, body: dict[str, Any], status: int, says: str
) -> None:
    answer = api.post(path, json=body)

    assert answer.status_code == status
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b'{"chat": "a", "text": "x\\ud800"}', 422, "surrogate"),
        (b'{"chat": "a", "content": {"kind": "voice", "seconds": NaN}}', 400, "NaN"),
        (b'{"chat": ' + b"[" * 100_000, 400, "nested"),
        (b'{"chat": "\xff"}', 400, "JSON"),
    ],
)
def test_what_no_answer_could_hold_is_refused(
    api: httpx.Client, body: bytes, status: int, says: str
) -> None:
    answer = api.post("/messages", content=body)

    assert (answer.status_code, api.get("/chats").json()) == (status, {"chats": []})
    assert says in answer.json()["detail"]
    assert (
        api.post("/messages", content=b'{"chat": "a", "text": "\\ud83d\\ude00"}').status_code == 201
    )


def test_nothing_but_the_page_itself_may_run_in_the_page(api: httpx.Client) -> None:
    page = api.get("/")

    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    tag = {"if-none-match": page.headers["etag"]}
    assert api.get("/", headers=tag).status_code == 304
    assert api.get("/page/nothing.js").status_code == 404
    assert api.get("/page/../../phone.py").status_code == 404

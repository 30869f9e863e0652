"""Pictures, videos and files reach the right chat once, by the share path; the receipt is true."""

import pytest

from device_agent.sim.media import drawn
from schemas.content import File, Image, Media, Sendable, Video
from schemas.receipt import State
from tests.fakes.phone_rig import Rig

PICTURE = drawn("a picture of ours")


async def chat_with(rig: Rig, title: str = "张三", **settings: object) -> str:
    await rig.started(**settings)
    rig.sim.receive(title, "在吗")
    return await rig.chat_id(title)


async def picture(rig: Rig, data: bytes = PICTURE) -> Image:
    return Image(media=await rig.store.put(data, mime="image/jpeg", name="山水.jpg"))


def left(rig: Rig) -> list[tuple[str, str, str]]:
    """What really left: chat, kind and hash."""
    return [
        (one["chat"], one["kind"], one.get("content", {}).get("sha256", one["text"]))
        for one in rig.sim.truth()["sent"]
    ]


def pushed(rig: Rig) -> list[str]:
    """What is left of ours on the phone."""
    return rig.sim.on_phone(
        lambda fleet, phone: [path for path in phone.files.files if "hongyan/" in path]
    )


@pytest.mark.parametrize("locale", ["zh_CN", "en_US"])
async def test_each_kind_leaves_with_the_very_bytes_of_the_store(rig: Rig, locale: str) -> None:
    rig.sim.patch_device(locale=locale)
    chat = await chat_with(rig)
    report = "年度 报告'(最终).pdf"
    contents: list[Sendable] = [
        await picture(rig),
        Video(media=await rig.store.put(b"\0\0\0 ftypisom film", mime="video/mp4")),
        File(name=report, media=await rig.store.put(b"%PDF-1.7", mime="application/pdf")),
        File(name="原图.jpg", media=await rig.store.put(PICTURE + b".", mime="image/jpeg")),
    ]

    ends = [await rig.end(await rig.ask(chat, "", content=one)) for one in contents]
    text = await rig.end(await rig.ask(chat, "发好了"))

    assert [(end.state, end.reason) for end in [*ends, text]] == [(State.SENT, None)] * 5
    hashes = [one.media.sha256 for one in contents if one.media]  # type: ignore[union-attr]  # no texts
    assert left(rig) == [
        ("张三", "image", hashes[0]),
        ("张三", "video", hashes[1]),
        ("张三", "file", hashes[2]),
        ("张三", "file", hashes[3]),
        ("张三", "text", "发好了"),
    ]
    names = [one["content"]["name"] for one in rig.sim.truth()["sent"][:4]]
    assert names[0] == "山水.jpg"
    assert names[2:] == ["年度 报告_(最终).pdf", "原图.jpg"]
    assert pushed(rig) == []


async def test_the_same_picture_is_sent_as_often_as_asked(rig: Rig) -> None:
    chat = await chat_with(rig)
    one = await picture(rig)

    ids = [await rig.ask(chat, "", content=one) for _ in range(4)]
    ends = [await rig.end(action_id) for action_id in ids]

    assert [end.state for end in ends] == [State.SENT] * 4
    assert len(left(rig)) == 4


async def test_what_the_store_has_not_or_is_unfit_fails_with_its_reason(rig: Rig) -> None:
    chat = await chat_with(rig, send_bytes=len(PICTURE))
    held = (await picture(rig)).media
    assert held is not None
    big = await rig.store.put(PICTURE + b"!", mime="image/jpeg")
    missing = Media(sha256="0" * 64, size=5, mime="image/png")

    asked = {
        "no_media": Image(),
        "media_missing": Image(media=missing),
        "too_large": Image(media=big),
        "wrong_type": Video(media=held),
    }
    for reason, content in asked.items():
        end = await rig.end(await rig.ask(chat, "", content=content))
        assert (end.state, end.reason) == (State.FAILED, reason)

    assert (await rig.end(await rig.ask(chat, "还在"))).state is State.SENT
    assert left(rig) == [("张三", "text", "还在")]


@pytest.mark.parametrize("twin", ["private", "group"])
async def test_a_name_that_the_chooser_shows_twice_is_refused(rig: Rig, twin: str) -> None:
    """The twin was never seen: it stands in no list."""
    chat = await chat_with(rig)
    rig.sim.patch_chat(rig.sim.add_chat("张三", twin), listed=False)

    end = await rig.end(await rig.ask(chat, "", content=await picture(rig)))

    assert (end.state, end.reason) == (State.FAILED, "ambiguous_recipient")
    assert left(rig) == []


async def test_a_group_is_found_among_many_that_sound_alike(rig: Rig) -> None:
    for number in range(30):
        twin = rig.sim.add_chat(f"{number:02}家人", "group" if number % 2 else "private")
        rig.sim.patch_chat(twin, listed=False)
    rig.sim.add_chat("家人", "group", members=["王芳", "李雷"])
    await rig.started()
    rig.sim.receive("家人", "在吗", sender="王芳")
    chat = await rig.chat_id("家人")

    end = await rig.end(await rig.ask(chat, "", content=await picture(rig)))

    assert (end.state, end.reason) == (State.SENT, None)
    assert [chat for chat, _, _ in left(rig)] == ["家人"]

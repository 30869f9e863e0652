"""Pictures, videos, files and long texts come in whole, whatever happens while they are fetched."""

import asyncio
import hashlib
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.media.folder import FolderStore
from device_agent.sim.media import media_bytes
from schemas.content import File, Image, Media, Text, Video
from schemas.event import MessageReceived
from tests.agent.test_kills import process
from tests.fakes.phone_rig import Rig, until

LONG = "你的账号因违规被限制使用，请重新登录。" * 40
"""As a friend may quote it; WeChat itself does not say so."""


def store(rig: Rig) -> FolderStore:
    return FolderStore(Path(rig.settings().media))


def page(rig: Rig) -> str:
    """Which page of WeChat is open on the phone."""
    return rig.sim.on_phone(
        lambda _, phone: phone.stage.page.name if phone.stage.page is not None else ""
    )


def truth(rig: Rig, message_id: str) -> str:
    """The hash of what the message really holds."""
    data = rig.sim.on_phone(
        lambda _, phone: media_bytes(phone.files, phone.world.messages[message_id])
    )
    return hashlib.sha256(data).hexdigest()


async def arrived(rig: Rig, count: int, patience: float = 30) -> Sequence[MessageReceived]:
    async def ask() -> list[MessageReceived]:
        found = await rig.messages()
        return found if len(found) >= count else []

    found = await until(ask, f"{count} messages", patience)
    assert len(found) == count, [(m.seq, m.content, m.gap_possible) for m in found]
    return found


def media(message: MessageReceived) -> Media | None:
    assert isinstance(message.content, Image | Video | File)
    return message.content.media


@pytest.mark.parametrize(
    ("locale", "screen", "scale"),
    [("zh_CN", "1080x2400", 1.0), ("en_US", "720x1280", 1.6)],
)
async def test_what_wechat_lets_one_save_arrives_with_its_bytes(
    rig: Rig, locale: str, screen: str, scale: float
) -> None:
    """On the small screen the long text is taller than the chat: its two ends are never seen."""
    rig.sim.patch_device(locale=locale, screen=screen, font_scale=scale)
    await rig.started()
    contents: list[dict[str, Any]] = [
        {"kind": "image"},
        {"kind": "file", "name": "已过期的报告 final's.pdf", "size": 20480},
        {"kind": "text", "text": LONG, "collapsed": True},
        {"kind": "image"},
        {"kind": "video", "seconds": 65},
        {"kind": "voice", "seconds": 7},
        {"kind": "sticker"},
    ]
    sent = [rig.sim.receive("小王", content=content) for content in contents]

    found = await arrived(rig, len(contents))

    for place in (0, 1, 3, 4):
        blob = media(found[place])
        assert blob is not None
        assert blob.sha256 == truth(rig, sent[place])
        assert len(await store(rig).get(blob.sha256)) == blob.size
    mimes = [blob.mime for place in (0, 1, 4) if (blob := media(found[place])) is not None]
    assert mimes == ["image/jpeg", "application/pdf", "video/mp4"]
    assert found[2].content == Text(text=LONG)
    assert [getattr(found[place].content, "missing", None) for place in (5, 6)] == [
        "unavailable",
        "unavailable",
    ]
    assert [m.seq for m in found] == list(range(1, len(contents) + 1))
    left = rig.sim.on_phone(lambda _, phone: [p for p in phone.files.files if "WeiXin" in p])
    assert left == []


async def test_more_pictures_than_a_screen_shows_keep_their_places(rig: Rig) -> None:
    await rig.started()
    sent = [rig.sim.receive("小王", content={"kind": "image"}) for _ in range(9)]

    found = await arrived(rig, 9)

    assert [blob.sha256 for m in found if (blob := media(m))] == [truth(rig, one) for one in sent]
    assert [m.seq for m in found] == list(range(1, 10))
    assert not any(m.gap_possible for m in found)


async def test_what_comes_while_a_picture_is_open_is_read_once_and_in_order(rig: Rig) -> None:
    """The bubbles move up under the finger, to where an equal one stood: no picture goes to another
    one's message."""
    agent = await rig.started()
    tap, sent = agent.phone.tap, []

    async def tap_while_friends_write(x: int, y: int) -> None:
        if page(rig) == "chat" and len(sent) < 7:
            sent.append(rig.sim.receive("小王", content={"kind": "image"}))
        await tap(x, y)

    agent.phone.tap = tap_while_friends_write  # type: ignore[method-assign]  # friends write
    sent += [rig.sim.receive("小王", content={"kind": "image"}) for _ in range(5)]

    found = await arrived(rig, 7, 50)

    blobs = [blob.sha256 if (blob := media(m)) else None for m in found]
    assert blobs == [truth(rig, one) for one in sent]


@pytest.mark.parametrize(
    ("fault", "options"),
    [("app_crash", {}), ("rpc_hang", {"for_s": 5}), ("usb_unplug", {"for_s": 1})],
)
async def test_a_fault_while_a_picture_is_open_loses_nothing(
    rig: Rig, fault: str, options: dict[str, float]
) -> None:
    agent = await rig.started()
    tap, struck = agent.phone.tap, []

    async def tap_into_trouble(x: int, y: int) -> None:
        if page(rig) == "viewer" and not struck:
            struck.append(fault)
            rig.sim.arm(fault, **options)
        await tap(x, y)

    agent.phone.tap = tap_into_trouble  # type: ignore[method-assign]  # the fault comes with it
    picture = rig.sim.receive("小王", content={"kind": "image"})
    rig.sim.receive("小王", "看这张")
    rig.sim.receive("小李", "在吗")

    found = await arrived(rig, 3, 40)

    assert struck == [fault]
    blobs = [blob for m in found if isinstance(m.content, Image) and (blob := media(m))]
    assert [blob.sha256 for blob in blobs] == [truth(rig, picture)]
    assert [m.seq for m in found if m.chat.title == "小王"] == [1, 2]


@pytest.mark.slow  # a kill
async def test_a_kill_while_fetching_gives_the_same_event_whole(rig: Rig) -> None:
    flag = rig.data.parent / "died"
    arms = {"failpoint": "agent.media_stored", "failpoint_flag": str(flag)}
    async with process(rig, **arms) as first:
        await until(rig.device, "the phone's state")
        picture = rig.sim.receive("小王", content={"kind": "image"})
        assert await asyncio.wait_for(first.wait(), 30) == -signal.SIGKILL
    assert await rig.messages() == []

    await rig.start()

    (message,) = await arrived(rig, 1)
    blob = media(message)
    assert blob is not None
    assert (blob.sha256, message.seq) == (truth(rig, picture), 1)


async def test_what_is_not_fetched_in_time_goes_out_and_says_so(rig: Rig) -> None:
    agent = await rig.started(fetch_seconds=1.0)

    async def tap_nothing(x: int, y: int) -> None:
        if page(rig) != "chat":
            await tap(x, y)

    tap = agent.phone.tap
    agent.phone.tap = tap_nothing  # type: ignore[method-assign]  # taps on bubbles are lost
    rig.sim.receive("小王", content={"kind": "image"})
    rig.sim.receive("小王", "看这张")

    found = await arrived(rig, 2)

    assert found[0].content == Image(missing="pending")
    assert found[1].content == Text(text="看这张")


async def test_a_text_that_ends_in_dots_by_itself_is_whole(rig: Rig) -> None:
    await rig.started()
    text = "说来话长，" * 30 + "…"
    rig.sim.receive("小王", text)

    (message,) = await arrived(rig, 1)

    assert message.content == Text(text=text)


async def test_what_is_too_large_is_left_on_the_phone(rig: Rig) -> None:
    await rig.started(fetch_bytes=2000)
    rig.sim.receive("小王", content={"kind": "file", "name": "大.zip", "size": 20480})
    rig.sim.receive("小王", content={"kind": "image"})
    rig.sim.receive("小王", content={"kind": "file", "name": "小.txt", "size": 1000})

    found = await arrived(rig, 3)

    reasons = [getattr(message.content, "missing", None) for message in found]
    assert reasons == ["too_large", "too_large", None]
    assert media(found[2]) is not None


async def test_two_files_of_one_name_are_not_taken_for_one_another(rig: Rig) -> None:
    await rig.started()
    contents = [{"kind": "file", "name": "报告.pdf", "size": size} for size in (1500, 2500)]
    sent = [rig.sim.receive("小王", content=content) for content in contents]

    found = await arrived(rig, 2)

    assert [blob.sha256 for m in found if (blob := media(m))] == [truth(rig, one) for one in sent]

"""Pictures, videos, files and long texts come in whole, whatever happens while they are fetched."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.media.folder import FolderStore
from device_agent.sim.media import media_bytes
from schemas.content import File, Image, Media, Text, Video
from schemas.event import MessageReceived
from tests.fakes.phone_rig import Rig, until

LONG = "很长的一段话，" * 120


def store(rig: Rig) -> FolderStore:
    return FolderStore(Path(rig.settings().media))


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
    assert len(found) == count
    return found


def media(message: MessageReceived) -> Media | None:
    assert isinstance(message.content, Image | Video | File)
    return message.content.media


@pytest.mark.parametrize("locale", ["zh_CN", "en_US"])
async def test_what_wechat_lets_one_save_arrives_with_its_bytes(rig: Rig, locale: str) -> None:
    rig.sim.patch_device(locale=locale)
    await rig.started()
    contents: list[dict[str, Any]] = [
        {"kind": "image"},
        {"kind": "file", "name": "报告 final's.pdf", "size": 20480},
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

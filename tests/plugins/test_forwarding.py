"""`ctx.forward`: content goes as it is or in words, and only where its owner granted it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from plugins import Context, Draft, on_event, on_message
from plugins.grants import Grants
from plugins.kit.bot import Bot
from plugins.manifest import Manifest
from plugins.plugin import Instance, Plugin
from schemas import content as c
from schemas.event import WebhookReceived

MEDIA = c.Media(sha256="a" * 64, size=3, mime="image/png")


@on_message()
async def passing(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.forward("老板")


@on_event("webhook.received")
async def odd(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.forward("老板")


def _bot(*chats: str) -> Bot:
    plugin = Plugin(Manifest(name="f", version="1", api=">=1"), (passing, odd))
    return Bot(Instance("f", plugin, grants=Grants(chats=chats)))


@pytest.fixture
def bot() -> Iterator[Bot]:
    made = _bot("老板")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("content", "goes"),
    [
        (c.Text(text="你好", cut=True), c.Text(text="你好")),
        (c.Image(media=MEDIA), c.Image(media=MEDIA)),
        (c.File(name="a.pdf", media=MEDIA), c.File(name="a.pdf", media=MEDIA)),
        (c.Video(seconds=3, media=MEDIA), c.Video(seconds=3, media=MEDIA)),
        (c.Sticker(media=MEDIA), c.Image(media=MEDIA)),
        (c.Image(missing="expired"), c.Text(text="[图片]")),
        (c.File(name="a.pdf", missing="too_large"), c.Text(text="[文件] a.pdf")),
        (c.Voice(seconds=7, transcript="在吗"), c.Text(text="[语音 7″] 在吗")),
        (c.Link(title="新闻", url="https://a.b"), c.Text(text="[链接] 新闻 https://a.b")),
        (c.RedPacket(greeting="恭喜"), c.Text(text="[红包] 恭喜")),
        (c.Unknown(), c.Text(text="[未知消息]")),
    ],
)
def test_a_message_goes_on_as_it_can(bot: Bot, content: c.Content, goes: c.Content) -> None:
    [draft] = bot.receives(content)
    assert (draft.chat_id, draft.content, draft.author) == ("老板", goes, "小王")
    assert draft.origin is not None


def test_another_chat_needs_its_owners_grant() -> None:
    bot = _bot()
    bot.receives("你好")
    bot.should_fail("f", 'chats = ["老板"]')
    bot.close()


def test_what_is_no_message_cannot_be_passed_on(bot: Bot) -> None:
    event = WebhookReceived(
        event_id="w1", channel="webhook", account="shop", observed_at=bot.now, source="shop"
    )
    bot.sees(event)
    bot.should_fail("f", "webhook.received")

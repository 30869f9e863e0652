"""Webhooks whose address is their secret are kept without it, whatever else a URL says."""

import pytest

from plugins.http import HttpRequest


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (
            "https://open.feishu.cn/open-apis/bot/v2/hook/0c1a-77",
            "https://open.feishu.cn/open-apis/bot/v2/hook/***",
        ),
        (
            "https://open.larksuite.com/open-apis/bot/hook/0c1a77?x=1",
            "https://open.larksuite.com/open-apis/bot/hook/***?x=1",
        ),
        (
            "https://www.feishu.cn/flow/api/trigger-webhook/9ffa",
            "https://www.feishu.cn/flow/api/trigger-webhook/***",
        ),
        (
            "https://oapi.dingtalk.com/robot/send?access_token=1f&timestamp=2&sign=3",
            "https://oapi.dingtalk.com/robot/send?access_token=***&timestamp=2&sign=***",
        ),
        (
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=69-3f",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=***",
        ),
        (
            "https://api.telegram.org/bot12345:AAE-x_9/sendMessage",
            "https://api.telegram.org/bot***/sendMessage",
        ),
        (
            "https://hooks.slack.com/services/T0123ABCD/B0123ABCD/wXyZ",
            "https://hooks.slack.com/services/***",
        ),
        (
            "https://discord.com/api/webhooks/123/aBc-9/slack",
            "https://discord.com/api/webhooks/123/***/slack",
        ),
        ("https://sctapi.ftqq.com/SCT1234Tabcdefgh.send", "https://sctapi.ftqq.com/***.send"),
        ("https://shop.example/services/tea/green", "https://shop.example/services/tea/green"),
        ("https://shop.example/bot/hook", "https://shop.example/bot/hook"),
    ],
)
def test_what_opens_a_webhook_is_not_written_down(url: str, kept: str) -> None:
    assert HttpRequest("POST", url).redacted()["url"] == kept

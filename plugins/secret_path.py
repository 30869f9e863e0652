"""Secrets that services put into the paths of their webhooks: who knows them may write. Pure."""

import re
from typing import Final

STARS: Final = "***"

_PATHS: Final = (
    # Feishu and Lark: custom bots, and their flows.
    re.compile(r"(/open-apis/bot/(?:v2/)?hook/)[^/]+"),
    re.compile(r"(/flow/api/trigger-webhook/)[^/]+"),
    # Telegram: every method of a bot.
    re.compile(r"(/(?:file/)?bot)\d+:[^/]+"),
    # Slack, Discord, Microsoft Teams.
    re.compile(r"(/(?:services|workflows|triggers)/)[TE][A-Z0-9]{7,}/.+"),
    re.compile(r"(/api/(?:v\d+/)?webhooks/\d+/)[^/]+"),
    re.compile(r"(/webhookb2/)[^/]+/.+"),
    # ServerChan, which pushes to a phone.
    re.compile(r"(/)SCT[A-Za-z0-9]{10,}(?=\.send)"),
)


def starred_path(path: str) -> str:
    """A URL's path, with stars for what is known to be a secret of its service."""
    for known in _PATHS:
        path = known.sub(rf"\g<1>{STARS}", path)
    return path

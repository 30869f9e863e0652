"""The page for who receives webhooks: its snippet tells genuine from forged, in both languages."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.webhooks import letter
from connectors.webhooks.backoff import WAITS
from schemas.action import Action
from schemas.content import Text

DOCS = Path(__file__).parents[2] / "docs"
SECRET = letter.new_secret(lambda count: bytes(range(count)))
OLD = letter.new_secret(lambda count: bytes(reversed(range(count))))
AT = datetime(2026, 11, 25, 8, tzinfo=UTC)


def _snippets() -> list[str]:
    pages = (DOCS / name for name in ("webhooks.md", "webhooks.zh-CN.md"))
    return [re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)[0] for page in pages]


def test_the_snippet_of_the_page_believes_us_and_nobody_else() -> None:
    english, chinese = _snippets()
    assert english == chinese
    shown: dict[str, Any] = {}
    exec(english, shown)  # noqa: S102  # the page's own snippet, as a reader would run it
    is_genuine: Callable[..., bool] = shown["is_genuine"]
    action = Action(
        action_id="a/0",
        channel="webhook",
        account="crm",
        chat_id="orders",
        content=Text(text="到货了"),
        requested_at=AT,
    )
    body = letter.body(action)
    headers = letter.headers(action, body, [OLD, SECRET], AT, None)
    now = AT.timestamp()
    assert is_genuine(SECRET, headers, body, now)
    assert is_genuine(OLD, headers, body, now)
    assert not is_genuine(letter.hook_secret(SECRET), headers, body, now)
    assert not is_genuine(SECRET, headers, body + b" ", now)
    assert not is_genuine(SECRET, {**headers, "webhook-id": "b/0"}, body, now)
    assert not is_genuine(SECRET, headers, body, now + 301)


def test_the_waits_of_the_page_are_those_of_the_sender() -> None:
    told = "5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, then every 4 h"
    assert told in (DOCS / "webhooks.md").read_text()
    assert [int(wait.total_seconds()) for wait in WAITS] == [
        5,
        30,
        120,
        600,
        1800,
        3600,
        7200,
        14_400,
    ]

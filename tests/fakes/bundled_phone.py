"""A whole `hongyan up` with the instances of bundled plugins that test modules declare.

A module `tests/bundled/test_NAME_on_the_phone.py` brings these, all but the first optional; no
module edits another's, and one stack serves them all:

    INSTANCES = '''
    [shop-rules]
    plugin = "rules"
    chats = ["group:小店"]          # made on the phone; its chat_id stands here when it is read
    config = { file = "{folder}/shop.yaml", url = "{server}" }
    '''
    FILES = {"shop.yaml": "…"}       # written into {folder}; "chat:TITLE" works there too
    ROLES = "…"                      # a part of roles.toml, beside instances.toml
    @contextmanager
    def before() -> Iterator[dict[str, str]]:   # entered before all starts, left after its end
        yield {"server": "http://127.0.0.1:…"}

    def test_it_answers(phone: BundledPhone) -> None:
        phone.says("小店", "营业时间", sender="小王")
        phone.shows("小店", "九点")

`"chat:TITLE"` is a private chat, `"group:TITLE"` a group of 小王, 老李 and 小陈. Use chats that no
other module has, and scope your instances to them.
"""

import re
import signal
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import httpx

from tests.fakes.running_up import RunningUp, wait_for

PATIENCE_S: Final = 20.0
MEMBERS: Final = ("小王", "老李", "小陈")
_CHAT: Final = re.compile(r"\b(chat|group):([\w·-]+)")


class BundledPhone:
    """Friends write on the simulated phone; what the bot's bubbles there say, in their order."""

    def __init__(self, up: RunningUp, folder: Path) -> None:
        """`folder` is the folder of plugins, which holds what the modules bring."""
        self.up = up
        self.folder = folder
        self.ids: dict[str, str] = {}
        self._shown: dict[str, int] = defaultdict(int)
        self._kinds: dict[str, str] = {}
        self._on_phone: dict[str, str] = {}
        self._told: dict[str, str] = {}

    def says(self, chat: str, text: str, **more: Any) -> None:
        """A friend writes; `sender` in a group, else one of its members."""
        if self._kinds.get(chat) == "group":
            more = {"sender": MEMBERS[0], **more}
        self.up.say(chat, text, **more)

    def joins(self, chat: str, *names: str) -> None:
        """A member invites these people into a group."""
        members = [*MEMBERS, *names]
        self._ask("PATCH", f"/chats/{self._on_phone[chat]}", {"members": members, "by": MEMBERS[0]})

    def shows(self, chat: str, *parts: str, within: float = PATIENCE_S) -> str:
        """The next bubble of the bot in this chat, which holds all these parts.

        That the bot was silent before is shown by what the next bubble is.
        """
        place = self._shown[chat]
        wait_for(
            lambda: len(self.up.sent_texts(chat)) > place,
            within,
            f"{chat}: no bubble with {parts} within {within:g} s\n{self.log()}",
        )
        text = self.up.sent_texts(chat)[place]
        self._shown[chat] += 1
        assert all(part in text for part in parts), (text, parts)
        return text

    def log(self) -> str:
        """The end of what the processes said."""
        return "\n".join(self.up.output.read_text().splitlines()[-30:])

    def prepare(self, modules: Iterable[ModuleType], told: dict[str, str]) -> None:
        """Make the chats that the modules name, and the worker anew with their instances."""
        self._told = {"folder": str(self.folder), **told}
        texts = {"instances.toml": "", "roles.toml": ""}
        for module in modules:
            texts["instances.toml"] += getattr(module, "INSTANCES", "") + "\n"
            texts["roles.toml"] += getattr(module, "ROLES", "") + "\n"
            texts |= getattr(module, "FILES", {})
        found = {title: kind for text in texts.values() for kind, title in _CHAT.findall(text)}
        self._kinds = found
        self._meet(found)
        for name, text in texts.items():
            if text.strip():
                self.write(name, text)
        self._start_worker_anew()

    def write(self, name: str, text: str) -> None:
        """A file of the folder, as a module would bring it."""
        for key, value in self._told.items():
            text = text.replace(f"{{{key}}}", value)
        text = _CHAT.sub(lambda match: self.ids.get(match[2], match[0]), text)
        (self.folder / name).write_text(text, encoding="utf-8")

    def _meet(self, kinds: dict[str, str]) -> None:
        """The bot reads a first message of each chat, and so knows them."""
        for title, kind in kinds.items():
            group = {"kind": "group", "members": MEMBERS} if kind == "group" else {}
            self._on_phone[title] = self._ask("POST", "/chats", {"chat": title, **group})["chat_id"]
            self.says(title, "你好")
        wait_for(lambda: self._known() >= set(kinds), 30, f"not all of {sorted(kinds)} are known")

    def _known(self) -> set[str]:
        ready = self.up.ready
        answer = httpx.get(
            f"{ready['api']}/v1/chats",
            headers={"Authorization": f"Bearer {ready['api_key']}"},
            timeout=10,
            trust_env=False,
        )
        self.ids = {chat["title"]: chat["chat_id"] for chat in answer.json()["items"]}
        return set(self.ids)

    def _ask(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.up.ready['sim']}{path}"
        answer = httpx.request(method, url, json=body, timeout=10, trust_env=False)
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content

    def _start_worker_anew(self) -> None:
        old = self.up.kill("worker", signal.SIGTERM)
        self.up.wait_restarted("worker", old)

"""The phone's and the agent's state for `bot.devices`: one record and one log line a change."""

import asyncio
from pathlib import Path

from loguru import logger
from prometheus_client import Counter, Gauge

from connectors.kafka import Producer
from device_agent.letterhead import Letterhead
from schemas.content import Media
from schemas.phone import DeviceState
from schemas.phone import Health as Word

READY = Gauge("hongyan_device_ready", "1 while the phone is ready")
TROUBLES = Counter("hongyan_device_troubles", "What kept the phone from working", ["trouble"])
_LAST_WORD_SECONDS = 0.5


class Health:
    """Says what changed; the broker may be away, the last word is said when it is back."""

    def __init__(
        self, producer: Producer, head: Letterhead, ready_file: Path | None = None
    ) -> None:
        """Nothing is said yet; `ready_file` is touched when the phone is first ready."""
        self._producer = producer
        self._head = head
        self._ready_file = ready_file
        self._said: tuple[Word, str | None, str | None, str | None] | None = None
        self._state: DeviceState | None = None
        self._news = asyncio.Event()
        self.serial = ""
        self.version: str | None = None
        self.layout: str | None = None

    def say(self, word: Word, reason: str | None = None, *, trouble: str | None = None) -> bool:
        """The state now, and whether it is news; saying the same again is silent. `trouble` is a
        code of `docs/operate/phone-health.md`.
        """
        if self._said == (word, reason, trouble, self.version):
            return False
        self._said = (word, reason, trouble, self.version)
        if word == "ready" and self._ready_file is not None:
            self._ready_file.touch()
        READY.set(word == "ready")
        if trouble is not None:
            TROUBLES.labels(trouble=trouble).inc()
        told = ": ".join(part for part in (trouble, reason) if part)
        logger.info("the phone is {}{}", word, f": {told}" if told else "")
        hidden = trouble == "tree_hidden"
        self._state = DeviceState(
            account=self._head.account,
            serial=self.serial,
            health=word,
            reason=reason,
            trouble=trouble,
            wechat_version=self.version,
            tree="hidden" if hidden else ("full" if word == "ready" else None),
            layout=self.layout,
            at=self._head.clock(),
        )
        self._news.set()
        return True

    def show(self, screenshot: Media | None) -> None:
        """Add a picture to what was said last."""
        if self._state is not None and screenshot is not None:
            self._state = self._state.model_copy(update={"screenshot": screenshot})
            self._news.set()

    async def run(self) -> None:
        """Produce until cancelled; only the newest state where several came meanwhile."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._state is not None:
                await self._producer.send(*self._head.device(self._state))

    async def last_word(self, reason: str) -> None:
        """Say that the agent stops, if the broker is quick."""
        self.say("stopped", reason)
        if self._state is None:
            return
        try:
            async with asyncio.timeout(_LAST_WORD_SECONDS):
                await self._producer.send(*self._head.device(self._state))
        except TimeoutError:
            logger.debug("the broker does not hear that the agent stops")

"""The simulated phones of one process, and what the control API does to one of them."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from device_agent.sim.arming import arm
from device_agent.sim.clock import Clock, rfc3339
from device_agent.sim.failure import Refusal
from device_agent.sim.phone import Phone
from device_agent.sim.posting import Posting
from device_agent.sim.world import message_record

# A day a second, and thirty years at once: a year beyond 9999 could not be shown.
_MOST = {"speed": 86_400, "advance_s": 1_000_000_000}


class Fleet:
    """Phones by serial; the first one is the default.

    `stopped_at`, in epoch seconds: clocks show it and stand still; without it they show real time.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        transition_ms: int = 0,
        data: Path | None = None,
        stopped_at: float | None = None,
    ) -> None:
        self._seed = seed
        self._stopped_at = stopped_at
        self._transition_ms = transition_ms
        self._data = data
        self.phones: dict[str, Phone] = {}
        self.on_state: Callable[[], None] = lambda: None
        self.on_adb_down: Callable[[float], None] = lambda seconds: None
        self.on_script: Callable[[], None] = lambda: None

    def add(self, serial: object) -> Phone:
        """Plug a phone in. Raises Refusal 409 if there is one with this serial."""
        if not isinstance(serial, str) or not serial or any(char.isspace() for char in serial):
            raise Refusal(422, "`serial` must be a text without spaces")
        if serial in self.phones:
            raise Refusal(409, f"there is a phone `{serial}` already")
        phone = Phone(
            serial,
            seed=self._seed,
            clock=self._clock(),
            transition_ms=self._transition_ms,
            data=self._data,
        )
        phone.cable.on_change = self._announce
        phone.on_adb_down = self._adb_down
        phone.script.on_change = self._script_changed
        self.phones[serial] = phone
        self.on_state()
        return phone

    def _clock(self) -> Clock:
        at = self._stopped_at
        return Clock() if at is None else Clock(start=at, speed=0.0)

    def remove(self, serial: str) -> None:
        """Unplug a phone for good. Raises Refusal 404, or 409 for the last one."""
        phone = self.phone(serial)
        if len(self.phones) == 1:
            raise Refusal(409, f"`{serial}` is the last phone")
        phone.unplug(math.inf)
        phone.close()
        del self.phones[serial]
        self.on_state()

    def _announce(self) -> None:
        self.on_state()

    def _adb_down(self, seconds: float) -> None:
        self.on_adb_down(seconds)

    def _script_changed(self) -> None:
        self.on_script()

    def phone(self, serial: str | None) -> Phone:
        """A phone by serial, or the first. Raises Refusal 404."""
        if serial is None:
            return next(iter(self.phones.values()))
        if serial not in self.phones:
            raise Refusal(404, f"no phone `{serial}`; known: {', '.join(self.phones)}")
        return self.phones[serial]

    def close(self) -> None:
        """Close all stores."""
        for phone in self.phones.values():
            phone.close()

    def receive(self, phone: Phone, body: dict[str, Any]) -> dict[str, Any]:
        """Someone writes; a missing private chat is made. Raises Refusal."""
        asked = Posting.of(body)
        phone.world.check_quote(asked.quote)
        chat = phone.world.resolve(asked.chat, asked.chat_id)
        try:
            sender = asked.speaker(chat.title, phone.world.owner)
            message = phone.receive(
                chat, sender, asked.content, asked.quote, failed=asked.failed, at=asked.at
            )
        finally:
            phone.keep()
        return {
            "chat_id": chat.chat_id,
            "message_id": message.message_id,
            "at": rfc3339(message.at),
        }

    def arm(self, phone: Phone, body: dict[str, Any]) -> dict[str, Any]:
        """Arm a fault; one that waits for nothing happens at once. Raises Refusal."""
        return arm(phone, body)

    def disarm(self, phone: Phone) -> None:
        """Take all faults away and heal what they left: the cable, adb, windows, the screen."""
        phone.faults.disarm()
        phone.cable.mend()
        phone.automation.heal()
        phone.on_adb_down(0.0)
        phone.change_screen()
        phone.stage.heal()
        phone.stage.awake = True

    def truth(self, phone: Phone) -> dict[str, Any]:
        """The ground truth; what is told is kept first."""
        phone.keep(counters=True)
        truth = phone.truth
        return {
            "sent": truth.standing(phone.monotonic()),
            "opened": truth.opened,
            "taps": truth.taps,
            "drafts": {
                chat.chat_id: chat.draft for chat in phone.world.chats.values() if chat.draft
            },
            "rpc": truth.rpc.total(),
            "shell": truth.shell.total(),
            "rpc_by": dict(truth.rpc),
            "shell_by": dict(truth.shell),
        }

    def history(self, phone: Phone, chat_id: str) -> dict[str, Any]:
        """A chat with its messages, oldest first. Raises Refusal 404."""
        chat = phone.world.chat(chat_id)
        messages = []
        for message in chat.messages:
            kept = message_record(message)
            kept["at"] = rfc3339(message.at)
            messages.append(kept)
        kept = chat.record()
        kept["chat"] = kept.pop("title")
        return kept | {"messages": messages}

    def clock(self, phone: Phone) -> dict[str, Any]:
        """The phone's time and its speed."""
        return {"now": rfc3339(phone.clock.seconds()), "speed": phone.clock.speed}

    def set_clock(self, phone: Phone, body: dict[str, Any]) -> dict[str, Any]:
        """Change the clock's speed, or jump forward. Raises Refusal 422."""
        if not body:
            raise Refusal(422, "give `speed` or `advance_s`")
        for key, value in body.items():
            if key not in _MOST:
                raise Refusal(422, f"unknown setting `{key}`; known: {', '.join(_MOST)}")
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 0 <= value <= _MOST[key]:
                raise Refusal(422, f"`{key}` must be a number from 0 to {_MOST[key]}")
        if "speed" in body:
            phone.clock.run_at(float(body["speed"]))
        if "advance_s" in body:
            phone.script.advance(float(body["advance_s"]))
        phone.script.on_change()
        phone.keep_settings()
        phone.keep()
        return self.clock(phone)

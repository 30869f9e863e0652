"""What the page shows of a phone beside its picture, small enough to be asked for often."""

import hashlib
import json
import secrets
from typing import Any

from device_agent.sim.clock import rfc3339
from device_agent.sim.phone import Phone

LATEST = 60
"""How many of the latest entries of each part of ground truth the page is told."""
# A process that starts again counts its frames anew: what a browser keeps must not match.
_PROCESS = secrets.token_hex(4)


def screen_tag(phone: Phone) -> str:
    """Changes whenever the picture of the screen may look different; an ETag with its quotes."""
    phone.windows()  # lets what goes by itself go
    settling = phone.monotonic() < phone.stage.settles_at
    seen = (phone.serial, phone.frame, settling, phone.stage.awake, phone.device.record())
    return f'"{_PROCESS}-{_digest(seen)}"'


def glance(phone: Phone) -> tuple[dict[str, Any], str]:
    """The state of a phone, and a tag that changes with it; the clock's running changes no tag."""
    truth, world = phone.truth, phone.world
    sent = truth.standing(phone.monotonic())
    state: dict[str, Any] = {
        "serial": phone.serial,
        "cable": phone.cable.state,
        "screen": screen_tag(phone),
        "size": list(phone.device.size),
        "awake": phone.stage.awake,
        "typing": phone.stage.awake and phone.field_text() is not None,
        "open_chat": phone.stage.open_chat if phone.stage.in_front else None,
        "owner": world.owner,
        "world": f"{_PROCESS}-{world.revision}",
        "device": phone.device.record(),
        "faults": {
            one["name"]: {"left": one["left"], "struck": one["struck"]}
            for one in phone.faults.listing()
            if one["left"] or one["struck"]
        },
        "truth": {
            "sent": _tail(sent),
            "opened": _tail(truth.opened),
            "taps": _tail(truth.taps),
            "drafts": {one.chat_id: one.draft for one in world.chats.values() if one.draft},
            "rpc": {"total": truth.rpc.total(), "by": dict(truth.rpc)},
            "shell": {"total": truth.shell.total(), "by": dict(truth.shell)},
        },
    }
    tag = _digest((state, phone.clock.speed))
    state["clock"] = {"now": rfc3339(phone.clock.seconds()), "speed": phone.clock.speed}
    return state, f'"{_PROCESS}-{tag}"'


def _tail(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"total": len(entries), "latest": entries[-LATEST:]}


def _digest(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

"""Moves a phone's world, truth and files between its memory and its store."""

from typing import TYPE_CHECKING, Any

from device_agent.sim.store import Store
from device_agent.sim.truth import Sent

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone


def restore(phone: "Phone", store: Store) -> None:
    """Give a new phone what its store holds; it shows its home screen, as after a restart."""
    meta = store.meta()
    if "clock" in meta:
        phone.clock.restore(meta["clock"])
    device = store.device()
    if device is not None:
        device.transition_ms = phone.device.transition_ms
        phone.device = device
    store.settings = dict(meta.get("settings", {}))
    phone.settings.update(store.settings)
    messages = store.messages()
    for message in messages:
        # What was under way when the phone went off: WeChat marks what never left.
        message.failed = message.failed or message.pending_until < 0
        message.pending_until = 0.0
    phone.world.owner = meta.get("owner", phone.world.owner)
    phone.world.load(store.chats(), messages, meta.get("count", 0))
    phone.files.load(store.files())
    for kind, record in store.truth():
        if kind == "sent":
            phone.truth.sent.append(Sent(record, 0.0))
        elif kind == "opened":
            phone.truth.opened.append(record)
        else:
            phone.truth.taps.append(record)
    phone.truth.rpc.update(meta.get("rpc", {}))
    phone.truth.shell.update(meta.get("shell", {}))


def keep(phone: "Phone", store: Store | None, *, counters: bool) -> None:
    """Write what changed since the last time, in one transaction, and count it as kept."""
    world, truth, files = phone.world, phone.truth, phone.files
    meta: dict[str, Any] = {}
    if counters:
        meta = {"rpc": dict(truth.rpc), "shell": dict(truth.shell)}
    if world.touched_chats:
        meta["count"] = world.count
    if store is not None and store.settings != phone.settings:
        meta["settings"] = store.settings = dict(phone.settings)
    changed = world.touched_chats or world.touched_messages or truth.fresh or files.touched
    if store is not None and (changed or meta):
        store.write(
            chats=list(world.touched_chats.values()),
            messages=list(world.touched_messages.values()),
            truth=truth.fresh,
            files={path: files.files.get(path) for path in files.touched},
            meta=meta,
        )
    world.touched_chats.clear()
    world.touched_messages.clear()
    truth.fresh.clear()
    files.touched.clear()

"""What the page's forms are made of: the kinds of content, the knobs, and the device's settings."""

from dataclasses import asdict
from typing import Any

from device_agent.sim.content import KINDS
from device_agent.sim.faults import KNOBS, notices, overlays, server, touch, transport, tree
from device_agent.sim.faults.knob import Knob, Parameter
from device_agent.sim.faults.registry import parameters_of
from device_agent.sim.hand import KEYS
from device_agent.sim.layouts.family import families
from device_agent.sim.world import PATCHABLE

_TABLES = {
    "transport": transport.KNOBS,
    "server": server.KNOBS,
    "tree": tree.KNOBS,
    "touch": touch.KNOBS,
    "overlays": overlays.KNOBS,
    "notices": notices.KNOBS,
}
# The fields that bubbles, previews and notifications show, and how one fills them in; content may
# hold others.
_FIELDS: dict[str, dict[str, str]] = {
    "text": {"text": "text"},
    "image": {"base64": "picture"},
    "voice": {"seconds": "number", "transcript": "line"},
    "video": {"seconds": "number"},
    "file": {"name": "line", "size": "number", "base64": "file"},
    "link": {"title": "line", "source": "line", "url": "line"},
    "location": {"label": "line", "address": "line"},
    "red_packet": {"greeting": "line"},
    "transfer": {"amount": "line", "note": "line"},
    "name_card": {"name": "line"},
    "mini_program": {"title": "line", "name": "line"},
    "system": {"text": "text"},
    "unknown": {"seen": "line"},
}
# A message becomes this by its recall, nobody writes it.
_UNWRITTEN = frozenset({"recalled"})


def forms() -> dict[str, Any]:
    """Kinds with their fields, knobs by group with their parameters, keys, chat properties, and
    the versions whose layouts are cited.
    """
    return {
        "kinds": [
            {"kind": kind, "fields": _FIELDS.get(kind, {})}
            for kind in KINDS
            if kind not in _UNWRITTEN
        ],
        "faults": [_knob(knob) for knob in KNOBS],
        "keys": list(KEYS),
        "versions": [
            version if family.build == 1 else f"{version}+{family.build}"
            for family in families()
            for version in family.versions
        ],
        "chat": {name: kind.__name__ for name, kind in PATCHABLE.items()},
    }


def _knob(knob: Knob) -> dict[str, Any]:
    group = next((name for name, knobs in _TABLES.items() if knob in knobs), "other")
    return {
        "name": knob.name,
        "group": group,
        "about": knob.about,
        "on": list(knob.classes),
        "at_once": knob.at_once,
        "parameters": [_parameter(name, one) for name, one in parameters_of(knob).items()],
    }


def _parameter(name: str, parameter: Parameter) -> dict[str, Any]:
    return {"name": name} | asdict(parameter)

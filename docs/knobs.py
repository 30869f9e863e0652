"""Writes docs/simulated-phone-knobs.md from the registry; run by `python -m docs.knobs`."""  # noqa: INP001

from pathlib import Path

from device_agent.sim.faults import KNOBS
from device_agent.sim.faults.knob import CLASSES, Knob
from device_agent.sim.page.forms import forms

PAGE = Path(__file__).with_name("simulated-phone-knobs.md")
_HEAD = """# The simulated phone's fault knobs

*Written by `make docs` from the registry. `GET /faults` tells the same, and how often each struck.*

Arm one with `POST /faults {"name": …}`, with `phone.arm(name, …)` or on the phone's page. Besides
its own parameters every knob takes `times` (how many matching operations it strikes; 1), `after`
(how many of them pass before; 0) and `on` (which operations match; `any`):
`dump`, `set_text`, `row_tap`, `send_tap`. A knob that names fewer takes only those.

*At once*: without `on` and `after` it strikes without waiting for an operation. *Lasting*: with
`for_s` it strikes every matching operation for that many real seconds from its first strike on.
`DELETE /faults` takes all away and heals what they left.
"""
_GROUPS = {
    "transport": "Cable and adb",
    "server": "The uiautomator2 server",
    "tree": "What is read",
    "touch": "Touching, typing, sending",
    "overlays": "What lies over WeChat",
    "notices": "Notifications",
}


def page() -> str:
    """The page as the registry is now."""
    group_of = {one["name"]: one["group"] for one in forms()["faults"]}
    parts = [_HEAD]
    for group in dict.fromkeys([*_GROUPS, *group_of.values()]):
        rows = [_row(knob) for knob in KNOBS if group_of[knob.name] == group]
        head = f"\n## {_GROUPS.get(group, group)}\n\n| knob | what happens | its parameters |"
        parts += [head, "|---|---|---|", *rows]
    return "\n".join(parts) + "\n"


def _row(knob: Knob) -> str:
    own = [
        f"`{name}`: {parameter.about} ({parameter.default:g})"
        for name, parameter in knob.parameters.items()
    ]
    marks = [*["*At once.*"] * knob.at_once, *["*Lasting.*"] * knob.lasting]
    if set(knob.classes) != set(CLASSES):
        named = [f"`{one}`" for one in knob.classes if one != "any"] or ["`any`"]
        marks.append(f"`on`: {', '.join(named)}.")
    cells = [f"`{knob.name}`", " ".join([knob.about, *marks]), "; ".join(own)]
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")

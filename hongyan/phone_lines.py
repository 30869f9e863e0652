"""Phones and their pace for people: a line or two each. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from hongyan.harmless import harmless
from hongyan.letter_lines import age
from schemas.phone import DeviceState

_MARKS: Final = {"ready": "✓", "waiting": "!", "stopped": "–"}


def lines(phone: DeviceState, now: datetime) -> Iterator[str]:
    """Account, health, since when, what it is; then what ails it."""
    mark = "!" if phone.trouble else _MARKS.get(phone.health, "…")
    about = ", ".join(part for part in (phone.serial, _version(phone)) if part)
    yield harmless(f"{phone.account}  {mark} {phone.health:<8} {age(now - phone.at):>4}  {about}")
    why = ": ".join(part for part in (phone.trouble, phone.reason) if part)
    if why:
        yield harmless(f"    {why}")


def _version(phone: DeviceState) -> str:
    return f"WeChat {phone.wechat_version}" if phone.wechat_version else ""


def look_lines(seen: Mapping[str, Any]) -> Iterator[str]:
    """What a look at a screen found: the page, then each part by its number in the picture."""
    yield harmless(" ".join(part for part in (seen["page"], seen["title"]) if part))
    for number, part in enumerate(seen["parts"], start=1):
        sure = "" if part["sure"] is None else f"{part['sure']:>5.0%}"
        yield harmless(f"{number:>3}  {part['name']:<6} {sure:>5}  {part['words']}".rstrip())


def calibration_lines(told: Mapping[str, Any], lacking: Sequence[str]) -> Iterator[str]:
    """What a calibration found: each part by its number in the picture, then what it did not."""
    yield harmless(f"{told['name']}  {told['locale']}")
    for number, (part, rid) in enumerate(told["ids"].items(), start=1):
        yield harmless(f"{number:>3}  {part:<13} {rid:<8} {told['evidence'][part]}")
    for part, why in told["missing"].items():
        mark = "!" if part in lacking else "-"
        yield harmless(f"{mark:>3}  {part:<13} {'':<8} {why}")
    for doubt in told.get("doubts", ()):
        yield harmless(f"  !  {doubt}")


def pace_lines(told: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """A policy, one setting a line, named as the file names it."""
    for name, value in told.items():
        place = f"{before}{name}"
        if isinstance(value, Mapping):
            yield from pace_lines(value, f"{place}.")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for number, part in enumerate(value):
                yield from pace_lines(part, f"{place}.{number}.")
        elif value is not None:
            yield f"{place} = {json.dumps(value, ensure_ascii=False)}"

"""Layouts: which resource id each part of WeChat's screens carries, one data file per version."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

PACKAGE = "com.tencent.mm"
_PARTS = (
    "list", "row", "row_name", "row_preview", "row_time", "row_unread", "row_dot", "tab",
    "title", "messages", "message_row", "sender", "body", "line", "media", "sticker",
    "video_length", "packet_title", "packet_status", "field", "send",
)  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """Resource ids by part. `certain` is false where the version is unknown and the newest layout
    stands in: then a screen counts only if its anchors are found.
    """

    name: str
    ids: dict[str, str]
    certain: bool = True

    def id(self, part: str) -> str:
        """The full resource id of a part."""
        return self.ids[part]


@cache
def _files() -> tuple[dict[str, Any], ...]:
    """The layout files, oldest first."""
    import yaml

    folder = files("device_agent") / "layouts"
    found = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".yaml")),
        key=lambda entry: _numbers(entry.name),
    )
    return tuple(yaml.safe_load(entry.read_text(encoding="utf-8")) for entry in found)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def layout_for(version: str | None) -> Layout:
    """The layout of a WeChat version; the newest one, uncertain, where no file names it."""
    known = _files()
    for file in known:
        if version in file["versions"]:
            return _read(file, certain=True)
    return _read(known[-1], certain=False)


def _read(file: dict[str, Any], *, certain: bool) -> Layout:
    ids = {part: f"{PACKAGE}:id/{file['ids'][part]}" for part in _PARTS}
    return Layout(str(file["name"]), ids, certain)


def version_of(dumpsys_package: str) -> str | None:
    """The versionName in the output of `dumpsys package com.tencent.mm`. Pure."""
    found = re.search(r"versionName=(\S+)", dumpsys_package)
    return found.group(1) if found else None

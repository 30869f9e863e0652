"""Layouts: which resource id each part of WeChat's screens carries, one data file per version."""

import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from loguru import logger

PACKAGE = "com.tencent.mm"
PARTS = (
    "list", "row", "row_name", "row_preview", "row_time", "row_unread", "row_dot", "tab",
    "title", "messages", "message_row", "sender", "body", "line", "media", "sticker",
    "video_length", "packet_title", "packet_status", "field", "send",
)  # fmt: skip


_ABSENT = f"{PACKAGE}:id/?"  # no node carries it


@dataclass(frozen=True)
class Layout:
    """Resource ids by part. `certain` is false where the version is unknown and the newest layout
    stands in, or where a calibration did not prove all that sending needs: then nothing is sent.
    """

    name: str
    ids: dict[str, str]
    certain: bool = True
    calibrated: bool = False
    """Whether a file of one's own names it, and not one that ships."""

    def id(self, part: str) -> str:
        """The full resource id of a part; one that no node carries where it is not known."""
        return self.ids.get(part, _ABSENT)

    def names(self, part: str) -> bool:
        """Whether the id of a part is known; else it is told by structure (`anatomy`)."""
        return part in self.ids


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


def _own_files(folder: Path | None) -> list[dict[str, Any]]:
    """A folder's layout files, the newest name first; one that cannot be read is told and left
    out: its version is then unknown, and nothing is sent by it.
    """
    import yaml

    found: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.yaml"), reverse=True) if folder is not None else ():
        try:
            file = yaml.safe_load(path.read_text(encoding="utf-8"))
            _read(file, certain=False)
            file["versions"] = [str(version) for version in file["versions"]]
        except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
            logger.error("the layout file {} is left out: {!r}", path, error)
        else:
            found.append(file)
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def layout_for(
    version: str | None, *, code: int | None = None, folder: Path | None = None
) -> Layout:
    """The layout of a WeChat version; the newest one, uncertain, where no file names it.

    A file in `folder` that names the version, and the code if it names codes, goes before the
    shipped ones. It counts as certain where it says `sends: true`, as a calibration does that
    proved all that sending needs.
    """
    for file in _own_files(folder):
        codes = file.get("codes")
        if version in file["versions"] and (not codes or code in codes):
            return replace(_read(file, certain=file.get("sends") is True), calibrated=True)
    known = _files()
    for file in known:
        if version in file["versions"]:
            return _read(file, certain=True)
    return _read(known[-1], certain=False)


def _read(file: dict[str, Any], *, certain: bool) -> Layout:
    named = file["ids"]
    ids = {part: f"{PACKAGE}:id/{named[part]}" for part in PARTS if part in named}
    return Layout(str(file["name"]), ids, certain)


def version_of(dumpsys_package: str) -> str | None:
    """The versionName in the output of `dumpsys package com.tencent.mm`. Pure."""
    found = re.search(r"versionName=(\S+)", dumpsys_package)
    return found.group(1) if found else None


def code_of(dumpsys_package: str) -> int | None:
    """The versionCode in the same output: two builds may share a name. Pure."""
    found = re.search(r"versionCode=(\d+)", dumpsys_package)
    return int(found.group(1)) if found else None

"""The phone's pictures, videos and documents as WeChat's pickers list them and its chats send them.

A file counts as soon as it is there: no media scan is waited for.
"""

import hashlib
import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from device_agent.sim.shell.files import Files

SAVED_PICTURES = "/sdcard/Pictures/WeiXin"
SAVED_FILES = "/sdcard/Download/WeiXin"
_SHELVES = ("/sdcard/DCIM/", "/sdcard/Pictures/", "/sdcard/Movies/", "/sdcard/Download/")
_PAPERS = ("/sdcard/Download/", "/sdcard/Documents/", "/sdcard/tencent/")
_MIMES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "heic": "image/heic",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "3gp": "video/3gpp",
    "mkv": "video/x-matroska",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "zip": "application/zip",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Item(NamedTuple):
    """A file in a picker; `kind` is the content that it becomes, `mtime` in epoch seconds."""

    path: str
    kind: str
    mtime: int
    size: int

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return posixpath.basename(self.path)


def mime_of(path: str) -> str:
    """A file's media type, by how its name ends."""
    return _MIMES.get(path.rpartition(".")[2].lower(), "application/octet-stream")


def kind_of(path: str) -> str:
    """What a file is sent as by the album: image, video or file."""
    family = mime_of(path).partition("/")[0]
    return family if family in {"image", "video"} else "file"


def pictures(files: "Files") -> list[Item]:
    """What the album shows, the newest first; hidden folders are not looked into."""
    return [one for one in _listed(files, _SHELVES) if one.kind != "file"]


def documents(files: "Files") -> list[Item]:
    """What the file picker shows, the newest first."""
    return _listed(files, _PAPERS)


def _listed(files: "Files", shelves: tuple[str, ...]) -> list[Item]:
    found = [
        Item(path, kind_of(path), file.mtime, len(file.data))
        for path, file in files.files.items()
        if path.startswith(shelves) and "/." not in path
    ]
    return sorted(found, key=lambda one: (-one.mtime, one.path))


def content_of(files: "Files", path: str, kind: str = "") -> dict[str, Any] | None:
    """A file as what a chat sends; None if it is not there."""
    data = files.read(path)
    if data is None:
        return None
    return {
        "kind": kind or kind_of(path),
        "name": posixpath.basename(path),
        "path": files.resolve(path),
        "mime": mime_of(path),
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def sized(size: int) -> str:
    """A file's size as WeChat writes it."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size / 1024:.1f} KB"
    return f"{size / 1024 / 1024:.1f} MB"

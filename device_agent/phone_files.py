"""The phone's files: what WeChat saved there, fetched by adb's sync protocol."""

import shlex
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device_agent.phone import Phone
from schemas.failure import Retryable

PICTURES = (
    "/sdcard/Pictures/WeiXin",
    "/sdcard/Pictures/WeChat",
    "/sdcard/tencent/MicroMsg/WeiXin",
)
"""Where WeChat saves pictures and videos: by name of the app, and before Android 11."""
DOWNLOADS = (
    "/sdcard/Download/WeiXin",
    "/sdcard/Download/WeChat",
    "/sdcard/tencent/MicroMsg/Download",
)
"""Where it puts files that were downloaded."""


class TooLarge(Retryable):
    """A file on the phone is larger than what is wanted."""


@dataclass(frozen=True)
class PhoneFile:
    """A file on the phone; `size` in bytes."""

    path: str
    size: int

    @property
    def name(self) -> str:
        """Its name without its folder."""
        return self.path.rpartition("/")[2]


class PhoneFiles:
    """Lists, fetches and deletes. Methods raise DependencyDown and Retryable as Phone's do."""

    def __init__(self, phone: Phone) -> None:
        """All runs on the phone's own thread."""
        self._phone = phone

    async def listing(self, folders: tuple[str, ...]) -> frozenset[PhoneFile]:
        """The files in these folders, of which some may not be there."""

        def step(device: Any) -> frozenset[PhoneFile]:
            return frozenset(
                PhoneFile(f"{folder}/{entry.path}", entry.size)
                for folder in folders
                for entry in _listed(device, folder)
                if stat.S_ISREG(entry.mode)
            )

        return await self._phone.on_device(step)

    async def pull(self, file: PhoneFile, target: Path, most: int) -> int:
        """Copy a file of the phone to `target`; the bytes that came, which may be fewer or more
        than were listed while it is being written.

        Raises:
            TooLarge: there are more than `most`.

        """

        def step(device: Any) -> int:
            size = 0
            with target.open("wb") as out:
                for chunk in device.sync.iter_content(file.path):
                    size += len(chunk)
                    if size > most:
                        raise TooLarge(f"{file.path} is larger than {most} bytes")
                    out.write(chunk)
            return size

        return await self._phone.on_device(step)

    async def remove(self, file: PhoneFile) -> None:
        """Delete a file; one that is gone is no error."""
        await self._phone.shell(f"rm -f {shlex.quote(file.path)}")


def _listed(device: Any, folder: str) -> list[Any]:
    try:
        return list(device.sync.iter_directory(folder))
    except struct.error as error:  # the library takes a part of an entry for the whole
        raise Retryable(f"the listing of {folder} broke off: {error}") from error

"""The simulated phone's file system, in memory; what changed is collected until it is kept."""

import posixpath
import stat
from collections.abc import Callable
from dataclasses import dataclass

_BORN_WITH = ("/data/local/tmp", "/sdcard/DCIM", "/sdcard/Download", "/sdcard/Pictures", "/system")


@dataclass(slots=True)
class File:
    """A file's bytes; `mtime` in epoch seconds."""

    data: bytes
    mode: int
    mtime: int


class Files:
    """Paths to files; folders exist while they were made or hold something."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self.files: dict[str, File] = {}
        self.touched: set[str] = set()
        self._folders: set[str] = set()
        self.clear()

    def clear(self) -> None:
        """Only the folders that a phone is born with remain."""
        self.touched |= set(self.files)
        self.files.clear()
        self._folders.clear()
        for path in _BORN_WITH:
            self._grow(path)

    def _grow(self, path: str) -> None:
        while path not in self._folders:
            self._folders.add(path)
            path = posixpath.dirname(path)

    @staticmethod
    def resolve(path: str) -> str:
        """The absolute path without dots; relative ones start at the root."""
        clean = posixpath.normpath(posixpath.join("/", path))
        clean = clean.replace("//", "/")
        if clean == "/storage/emulated/0" or clean.startswith("/storage/emulated/0/"):
            return "/sdcard" + clean.removeprefix("/storage/emulated/0")
        return clean

    def is_folder(self, path: str) -> bool:
        """Whether the path is a folder."""
        return self.resolve(path) in self._folders

    def get(self, path: str) -> File | None:
        """The file at a path."""
        return self.files.get(self.resolve(path))

    def read(self, path: str) -> bytes | None:
        """A file's bytes; an empty /dev/null; None where there is no file."""
        clean = self.resolve(path)
        if clean == "/dev/null":
            return b""
        found = self.files.get(clean)
        return found.data if found else None

    def write(self, path: str, data: bytes, *, mode: int = 0o644, mtime: int | None = None) -> bool:
        """Put a file; False where a folder stands or its folder is missing."""
        clean = self.resolve(path)
        if clean == "/dev/null":
            return True
        if clean in self._folders or posixpath.dirname(clean) not in self._folders:
            return False
        now = int(self._seconds()) if mtime is None else mtime
        self.files[clean] = File(data, stat.S_IFREG | mode & 0o7777, now)
        self.touched.add(clean)
        return True

    def push(self, path: str, data: bytes, mode: int, mtime: int) -> bool:
        """Put a file as adb does: missing folders are made."""
        self._grow(posixpath.dirname(self.resolve(path)))
        return self.write(path, data, mode=mode, mtime=mtime)

    def make_folder(self, path: str, *, parents: bool) -> bool:
        """Make a folder; False where something stands or the folder above is missing."""
        clean = self.resolve(path)
        if parents and clean not in self.files:
            self._grow(clean)
            return True
        if clean in self._folders or clean in self.files:
            return False
        if posixpath.dirname(clean) not in self._folders:
            return False
        self._folders.add(clean)
        return True

    def remove(self, path: str, *, recursive: bool) -> bool:
        """Delete a file, or a folder with what is in it; False where there is none."""
        clean = self.resolve(path)
        if clean in self.files:
            del self.files[clean]
            self.touched.add(clean)
            return True
        if clean not in self._folders or not recursive:
            return False
        below = [one for one in self.files if one.startswith(clean + "/")]
        for one in below:
            del self.files[one]
            self.touched.add(one)
        self._folders = {f for f in self._folders if f != clean and not f.startswith(clean + "/")}
        self._grow("/")
        return True

    def move(self, source: str, target: str) -> bool:
        """Rename a file; into a folder it keeps its name."""
        found = self.get(source)
        if found is None:
            return False
        if self.is_folder(target):
            target = posixpath.join(target, posixpath.basename(source))
        if not self.write(target, found.data, mode=found.mode, mtime=found.mtime):
            return False
        if self.resolve(source) != self.resolve(target):
            self.remove(source, recursive=False)
        return True

    def listing(self, path: str) -> list[str]:
        """The names in a folder, sorted."""
        clean = self.resolve(path)
        names = {
            posixpath.basename(one)
            for one in (*self.files, *self._folders)
            if posixpath.dirname(one) == clean and one != "/"
        }
        return sorted(names)

    def mode_of(self, path: str) -> tuple[int, int, int]:
        """Mode, size and mtime as sync's STAT gives them; zeros where nothing is."""
        found = self.get(path)
        if found is not None:
            return found.mode, len(found.data), found.mtime
        if self.is_folder(path):
            return stat.S_IFDIR | 0o771, 4096, int(self._seconds())
        return 0, 0, 0

    def load(self, kept: dict[str, File]) -> None:
        """Take kept files."""
        for path, file in kept.items():
            self._grow(posixpath.dirname(path))
            self.files[path] = file
        self.touched.clear()


class Folder:
    """The files as seen from a working directory, where relative paths start."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.place = "/"

    def _at(self, path: str) -> str:
        return posixpath.join(self.place, path)

    def enter(self, path: str) -> bool:
        """Go to another folder; False where there is none."""
        place = self._files.resolve(self._at(path))
        if not self._files.is_folder(place):
            return False
        self.place = place
        return True

    def is_folder(self, path: str) -> bool:
        """Files.is_folder."""
        return self._files.is_folder(self._at(path))

    def get(self, path: str) -> File | None:
        """Files.get."""
        return self._files.get(self._at(path))

    def read(self, path: str) -> bytes | None:
        """Files.read."""
        return self._files.read(self._at(path))

    def write(self, path: str, data: bytes) -> bool:
        """Files.write."""
        return self._files.write(self._at(path), data)

    def make_folder(self, path: str, *, parents: bool) -> bool:
        """Files.make_folder."""
        return self._files.make_folder(self._at(path), parents=parents)

    def remove(self, path: str, *, recursive: bool) -> bool:
        """Files.remove."""
        return self._files.remove(self._at(path), recursive=recursive)

    def move(self, source: str, target: str) -> bool:
        """Files.move."""
        return self._files.move(self._at(source), self._at(target))

    def listing(self, path: str) -> list[str]:
        """Files.listing."""
        return self._files.listing(self._at(path))

    def mode_of(self, path: str) -> tuple[int, int, int]:
        """Files.mode_of."""
        return self._files.mode_of(self._at(path))

"""Which media store an address names."""

from pathlib import Path

from connectors.media.folder import FolderStore
from connectors.media.store import MediaStore
from connectors.settings import MediaSettings
from schemas.failure import Permanent


def open_store(settings: MediaSettings) -> MediaStore:
    """The store of the settings; nothing is touched yet.

    Raises:
        Permanent: the address names no store.

    """
    scheme, found, _ = settings.media.partition("://")
    if found:
        raise Permanent(f"no media store can be had at {scheme}://: give a folder")
    return FolderStore(Path(settings.media))

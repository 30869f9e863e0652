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
    scheme, found, rest = settings.media.partition("://")
    if not found:
        return FolderStore(Path(settings.media))
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise Permanent(f"{settings.media} names no media store: give a folder, or s3://BUCKET")
    try:
        from connectors.media.bucket import BucketStore
    except ImportError as error:
        raise Permanent("a media store in S3 needs the extra: pip install hongyan[s3]") from error
    return BucketStore(bucket, prefix.strip("/"), settings)

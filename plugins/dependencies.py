"""Whether the packages that a plugin needs are installed."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import Requirement
from packaging.version import InvalidVersion


def missing(wanted: Iterable[str]) -> list[str]:
    """Those requirements (as `pip` reads them) that this Python does not meet.

    Raises:
        packaging.requirements.InvalidRequirement: one is none.

    """
    return [one for one in wanted if not _met(Requirement(one))]


def _met(wanted: Requirement) -> bool:
    if wanted.marker is not None and not wanted.marker.evaluate():
        return True
    try:
        return wanted.specifier.contains(version(wanted.name), prereleases=True)
    except (PackageNotFoundError, InvalidVersion):
        return False

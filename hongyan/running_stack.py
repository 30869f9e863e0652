"""Finds a running `hongyan up` by the ready file in its data folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hongyan.program import CannotStart
from hongyan.wording import CATALOGUE

if TYPE_CHECKING:
    from connectors.settings import MediaSettings


@dataclass(frozen=True)
class RunningStack:
    """Where a running stack can be reached."""

    kafka: str
    postgres: str
    sim: str | None


def find_running(data: Path, option: str) -> RunningStack:
    """The stack on this folder; `option` is what would make it needless.

    Raises CannotStart when none is running there.
    """
    file = data / "ready.json"
    try:
        content = json.loads(file.read_text())
        return RunningStack(content["kafka"], content["postgres"], content["sim"])
    except (OSError, ValueError, KeyError) as error:
        wording = CATALOGUE["nobody_up"]
        filled = [text.format(file=file, option=option) for text in wording]
        raise CannotStart("；".join(filled), f"hongyan up --data {data}") from error


def database_of(postgres: str | None, data: Path) -> str:
    """The database's DSN: as given, of the stack running on `data`, or of the settings."""
    from connectors.settings import DatabaseSettings

    if postgres is not None:
        return postgres
    try:
        return find_running(data, "--postgres DSN").postgres
    except CannotStart:
        return DatabaseSettings().postgres.get_secret_value()


def broker_of(kafka: str | None, data: Path) -> str:
    """The broker's address: as given, of the stack running on `data`, or of the settings."""
    from connectors.settings import CommonSettings

    if kafka is not None:
        return kafka
    try:
        return find_running(data, "--kafka HOST:PORT").kafka
    except CannotStart:
        return CommonSettings().kafka


def media_of(data: Path) -> "MediaSettings":
    """Where blobs lie: in the folder of the stack on `data` where it has one, or as is set."""
    from connectors.settings import MediaSettings

    folder = data / "media"
    return MediaSettings(media=str(folder)) if folder.is_dir() else MediaSettings()

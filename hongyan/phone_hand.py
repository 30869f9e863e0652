"""A phone for a command that looks at it once, and lets go of it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from device_agent.phone import Phone


@asynccontextmanager
async def phone_of(adb: str, serial: str | None) -> "AsyncIterator[Phone]":
    """The phone, connected.

    Raises:
        DependencyDown, Retryable: it cannot be had.

    """
    host, _, port = adb.rpartition(":")
    # adbutils reads these when it is imported, and starts a real adb where nothing answers
    os.environ["ANDROID_ADB_SERVER_HOST"] = host  # noqa: TID251  # told to a library, not read
    os.environ["ANDROID_ADB_SERVER_PORT"] = port  # noqa: TID251  # as above
    from device_agent.phone import Phone

    phone = Phone(adb, serial)
    try:
        await phone.connect()
        yield phone
    finally:
        await phone.close()

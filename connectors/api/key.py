"""API keys: `hy_…`, known by their SHA-256 alone."""

import hmac
import secrets
from collections.abc import Callable
from hashlib import sha256

from loguru import logger
from pydantic import SecretStr
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import meaning, singly
from connectors.tables import API_KEYS

PREFIX = "hy_"
_FROM_SETTINGS = "settings"
_SHORT = 32  # characters; below it a key may be guessed from its hash


def new_key(chance: Callable[[int], str] = secrets.token_urlsafe) -> str:
    """A key of 256 random bits."""
    return PREFIX + chance(32)


def key_hash(key: str) -> str:
    """What is stored of a key. A key of 256 random bits needs neither salt nor a slow hash."""
    return sha256(key.encode()).hexdigest()


def key_id(key: str) -> str:
    """The public name of a key; tells nothing about it that its stored hash does not."""
    return sha256(b"id:" + key.encode()).hexdigest()[:16]


async def register(engine: AsyncEngine, key: SecretStr | None) -> None:
    """Make `key` the settings' only valid key; the one it replaces is revoked.

    Raises:
        DependencyDown: the database is away.

    """
    if key is None:
        return
    secret = key.get_secret_value()
    if len(secret) < _SHORT:
        logger.warning("the API key is under {} characters: use `hy_` and 256 random bits", _SHORT)
    row = {"key_id": key_id(secret), "name": _FROM_SETTINGS, "hash": key_hash(secret)}
    statement = insert(API_KEYS).values(row)
    with meaning():
        async with engine.begin() as connection:
            await connection.execute(
                update(API_KEYS)
                .where(API_KEYS.c.name == _FROM_SETTINGS, API_KEYS.c.key_id != row["key_id"])
                .values(revoked_at=func.now())
            )
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["key_id"], set_={"revoked_at": None}
                )
            )


async def find_key(engine: AsyncEngine, key: str) -> str | None:
    """The id of a valid key; None for any other.

    Raises:
        DependencyDown: the database is away.

    """
    query = select(API_KEYS.c.key_id, API_KEYS.c.hash).where(
        API_KEYS.c.key_id == key_id(key), API_KEYS.c.revoked_at.is_(None)
    )
    async with singly(engine) as connection:
        row = (await connection.execute(query)).one_or_none()
    stored = row.hash if row is not None else "0" * 64
    if not hmac.compare_digest(stored, key_hash(key)) or row is None:
        return None
    found: str = row.key_id
    return found

"""Where each webhook account's actions are posted, and the secret that signs them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import meaning, storable
from connectors.webhook_tables import WEBHOOK_ENDPOINTS

CHANNEL: Final = "webhook"
OVERLAP: Final = timedelta(hours=24)
"""How long a replaced secret still signs beside the new one."""
_C = WEBHOOK_ENDPOINTS.c


@dataclass(frozen=True)
class Endpoint:
    """One account of the channel `webhook`. Secrets are not part of what it shows."""

    account: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    about: str = ""
    old_secret: str | None = field(default=None, repr=False)
    old_until: datetime | None = None
    created_at: datetime | None = None
    disabled_at: datetime | None = None
    disabled_for: str | None = None
    paused_until: datetime | None = None

    def keys(self, now: datetime) -> Sequence[str]:
        """The secrets that sign now."""
        overlaps = self.old_until is not None and now < self.old_until
        return [self.secret, self.old_secret] if self.old_secret and overlaps else [self.secret]


class EndpointStore:
    """Raises, from every method:
    DependencyDown, Retryable: PostgreSQL is away, or undid it; call again.
    """

    def __init__(self, engine: AsyncEngine, prefix: str) -> None:
        """The engine's owner disposes of it; another topic prefix has endpoints of its own."""
        self._engine = engine
        self._prefix = prefix

    async def add(self, endpoint: Endpoint) -> bool:
        """False: the account has one already, which stays."""
        row = {
            "prefix": self._prefix,
            "account": endpoint.account,
            "url": endpoint.url,
            "secret": endpoint.secret,
            "about": storable(endpoint.about),
        }
        stated = insert(WEBHOOK_ENDPOINTS).values(row).on_conflict_do_nothing()
        return await self._changed(stated)

    async def change(self, account: str, **values: Any) -> bool:
        """Write these columns; False: there is no such account."""
        stated = update(WEBHOOK_ENDPOINTS).where(self._is(account)).values(storable(values))
        return await self._changed(stated)

    async def rotate(self, account: str, secret: str, now: datetime) -> bool:
        """A new secret; the old one signs beside it for a day."""
        return await self.change(
            account, old_secret=_C.secret, old_until=now + OVERLAP, secret=secret
        )

    async def disable(self, endpoint: Endpoint, reason: str) -> bool:
        """Post nothing more there until a person enables it again; False: the account has another
        URL by now, or none.
        """
        stated = update(WEBHOOK_ENDPOINTS).where(self._is(endpoint.account))
        stated = stated.where(_C.url == endpoint.url)
        return await self._changed(stated.values(disabled_at=func.now(), disabled_for=reason))

    async def pause(self, endpoint: Endpoint, until: datetime) -> None:
        """Post nothing there before, whichever relay it is, unless it has another URL by now."""
        longest = func.greatest(_C.paused_until, until)  # which passes over null
        stated = update(WEBHOOK_ENDPOINTS).where(self._is(endpoint.account))
        await self._changed(stated.where(_C.url == endpoint.url).values(paused_until=longest))

    async def remove(self, account: str) -> bool:
        """Forget it; what is on its way there fails."""
        return await self._changed(delete(WEBHOOK_ENDPOINTS).where(self._is(account)))

    async def find(self, account: str) -> Endpoint | None:
        """The account's."""
        found = await self._found(self._is(account))
        return found[0] if found else None

    async def all(self) -> list[Endpoint]:
        """By account."""
        return await self._found(_C.prefix == self._prefix)

    def _is(self, account: str) -> Any:
        return (_C.prefix == self._prefix) & (_C.account == account)

    async def _changed(self, stated: Any) -> bool:
        with meaning():
            async with self._engine.begin() as connection:
                done = await connection.execute(stated)
        return bool(done.rowcount > 0)

    async def _found(self, condition: Any) -> list[Endpoint]:
        asked = select(WEBHOOK_ENDPOINTS).where(condition).order_by(_C.account)
        with meaning():
            async with self._engine.connect() as connection:
                rows = (await connection.execute(asked)).mappings().all()
        names = Endpoint.__dataclass_fields__
        return [Endpoint(**{name: row[name] for name in names}) for row in rows]

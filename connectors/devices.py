"""How each phone is, as its agent said last."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import meaning
from connectors.tables import DEVICES
from schemas.phone import DeviceState


class Devices:
    """Raises DependencyDown while PostgreSQL is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        """The engine's owner disposes of it."""
        self._engine = engine

    async def all(self) -> list[DeviceState]:
        """All that were ever heard of, by account."""
        asked = select(DEVICES.c.body).order_by(DEVICES.c.account)
        with meaning():
            async with self._engine.connect() as connection:
                rows = (await connection.execute(asked)).scalars()
                return [DeviceState.model_validate(body) for body in rows]

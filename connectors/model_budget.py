"""What each plugin instance spent on language models today, counted in PostgreSQL."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import meaning


@dataclass(frozen=True)
class Spending:
    """So many tokens, and what they cost."""

    tokens: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True)
class Limit:
    """The most of a day; None: no limit."""

    tokens: int | None = None
    cost: Decimal | None = None


# One row an instance, beside shared values, under a name that no instance can have: a day's numbers
# take the place of the day before's. A limit is looked at and used in one statement.
_RESERVE = text("""
    INSERT INTO shared_values AS stored (prefix, instance, name, version, value, updated_at)
    VALUES (:prefix, :holder, 'spent', 1, jsonb_build_object('day', CAST(:day AS text),
      'tokens', CAST(:tokens AS bigint), 'cost', CAST(:cost AS numeric)), now())
    ON CONFLICT (prefix, instance, name) DO UPDATE SET version = stored.version + 1,
      updated_at = now(), value = CASE WHEN stored.value->>'day' = :day THEN jsonb_build_object(
        'day', CAST(:day AS text),
        'tokens', (stored.value->>'tokens')::bigint + :tokens,
        'cost', (stored.value->>'cost')::numeric + CAST(:cost AS numeric))
        ELSE excluded.value END
    WHERE (CAST(:most_tokens AS bigint) IS NULL OR :tokens + CASE WHEN stored.value->>'day' = :day
        THEN (stored.value->>'tokens')::bigint ELSE 0 END <= :most_tokens)
      AND (CAST(:most_cost AS numeric) IS NULL OR :cost + CASE WHEN stored.value->>'day' = :day
        THEN (stored.value->>'cost')::numeric ELSE 0 END <= :most_cost)
    RETURNING 1""")
_SETTLE = text("""
    UPDATE shared_values SET version = version + 1, updated_at = now(),
      value = jsonb_build_object('day', CAST(:day AS text),
        'tokens', greatest(0, (value->>'tokens')::bigint + CAST(:tokens AS bigint)),
        'cost', greatest(0, (value->>'cost')::numeric + CAST(:cost AS numeric)))
    WHERE prefix = :prefix AND instance = :holder AND name = 'spent' AND value->>'day' = :day""")
_SPENT = text("""
    SELECT (value->>'tokens')::bigint AS tokens, (value->>'cost')::numeric AS cost
    FROM shared_values
    WHERE prefix = :prefix AND instance = :holder AND name = 'spent' AND value->>'day' = :day""")


class ModelBudget:
    """Raises DependencyDown or Retryable while PostgreSQL is away; call again."""

    def __init__(self, engine: AsyncEngine, prefix: str) -> None:
        """The engine's owner disposes of it; `prefix` is the topics'."""
        self._engine = engine
        self._prefix = prefix

    async def reserve(self, instance: str, day: str, most: Spending, limit: Limit) -> bool:
        """Set aside what a question may cost at most; False: that is more than the day has left,
        and nothing is set aside. Of two that ask at once for the last of it, one gets it.
        """
        if (limit.tokens is not None and most.tokens > limit.tokens) or (
            limit.cost is not None and most.cost > limit.cost
        ):
            return False
        values = self._place(instance, day) | {"tokens": most.tokens, "cost": most.cost}
        limits = {"most_tokens": limit.tokens, "most_cost": limit.cost}
        with meaning():
            async with self._engine.begin() as connection:
                row = (await connection.execute(_RESERVE, values | limits)).first()
        return row is not None

    async def settle(self, instance: str, day: str, set_aside: Spending, spent: Spending) -> None:
        """Count what was spent in place of what was set aside; a day that is over stays over."""
        more = {"tokens": spent.tokens - set_aside.tokens, "cost": spent.cost - set_aside.cost}
        with meaning():
            async with self._engine.begin() as connection:
                await connection.execute(_SETTLE, self._place(instance, day) | more)

    async def spent(self, instance: str, day: str) -> Spending:
        """What this day has cost so far."""
        with meaning():
            async with self._engine.connect() as connection:
                row = (await connection.execute(_SPENT, self._place(instance, day))).first()
        return Spending() if row is None else Spending(row.tokens, row.cost)

    def _place(self, instance: str, day: str) -> dict[str, str]:
        return {"prefix": self._prefix, "holder": f"llm:{instance}", "day": day}

"""`ctx.operations`: Hongyan itself, seen and decided on as its owner does by the commands."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

NAME: Final = "operate"
"""How what is seen and done is named in a run's journal."""

Operate = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""Sees or does one thing by its name. Raises BadRequest where it cannot be, or DependencyDown."""

Journaled = Callable[[Any, bool, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""A call through the run's journal; `True`: it is stored before the run goes on."""


class Operations:
    """What is there, and what a person may decide; `by` and `reason` are what the audit tells.

    Each raises Denied where the owner did not grant `operate`, BadRequest where there is no such
    thing or it cannot be decided so, and DependencyDown while the broker or database is away. An
    action or letter is named by its id or the beginning of it. A deed is stored before the run goes
    on: a retry does not do it again.
    """

    def __init__(self, operate: Operate, journaled: Journaled) -> None:
        """Made by the context."""
        self._operate = operate
        self._journaled = journaled

    async def status(self) -> dict[str, Any]:
        """`phones` as their agents said last, `actions` by state, `letters` that wait."""
        return dict(await self._do("status", deed=False))

    async def actions(self, limit: int = 10) -> list[dict[str, Any]]:
        """What is not sent yet or nobody knows whether it was, what waits longest first."""
        return list(await self._do("actions", deed=False, limit=limit))

    async def decide(self, action: str, verdict: str, *, by: str, reason: str) -> dict[str, Any]:
        """Say of an action: approve, refuse, sent, not_sent, resend or drop; the action."""
        return dict(await self._do("decide", action=action, verdict=verdict, by=by, reason=reason))

    async def order(self, account: str, order: str, *, by: str, reason: str, at: datetime) -> None:
        """Stop an account's phone from sending, or let it go on (`resume`). `at` is when the person
        said so: a later order stands, and so does a warning of WeChat's that came after it.
        """
        said = at.isoformat()
        await self._do("order", account=account, order=order, by=by, reason=reason, at=said)

    async def letters(self, limit: int = 10) -> list[dict[str, Any]]:
        """Dead letters that wait for a person, the newest first."""
        return list(await self._do("letters", deed=False, limit=limit))

    async def settle(self, letter: str, deed: str, *, by: str, reason: str) -> dict[str, Any]:
        """`redrive` a dead letter, or `discard` it; the letter."""
        return dict(await self._do("settle", letter=letter, what=deed, by=by, reason=reason))

    async def instances(self) -> list[dict[str, Any]]:
        """Plugin instances that somebody switched on or off, and those in quarantine."""
        return list(await self._do("instances", deed=False))

    async def switch(self, instance: str, *, on: bool, by: str) -> None:
        """Let a plugin instance run, out of quarantine too; or let it rest."""
        await self._do("switch", instance=instance, on=on, by=by)

    async def _do(self, name: str, *, deed: bool = True, **said: Any) -> Any:
        return await self._journaled([name, said], deed, lambda: self._operate(name, said))

"""The names seen in a group: its members' and the owner's own, each with when it was last seen."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import Field

from device_agent.rows import SeenRow
from schemas.model import Model, Moment

ALIAS_DAYS = 30
"""An own nickname that was changed is still answered to for so long: people write from habit."""
_MOST = 1000
_REFRESH = timedelta(hours=12)  # times need not be truer, and each change is a write


class Roster(Model):
    """The names of one group, each with when it was last seen over or beside a bubble."""

    own: dict[str, Moment] = Field(default_factory=dict)
    members: dict[str, Moment] = Field(default_factory=dict)

    def owns(self, at: datetime, aliases: Iterable[str] = ()) -> frozenset[str]:
        """The names the owner answers to at a moment: the configured ones, and what was seen of
        late.
        """
        since = at - timedelta(days=ALIAS_DAYS)
        return frozenset(aliases) | {name for name, seen in self.own.items() if seen >= since}

    def with_rows(self, rows: Iterable[SeenRow], at: datetime) -> "Roster":
        """What rows add; the very same roster where they add nothing worth a write."""
        own, members = dict(self.own), dict(self.members)
        for row in rows:
            if row.side == "own":
                _see(own, row.face, at)
            elif row.side == "other":
                _see(members, row.sender, at)
                _see(members, row.face, at)
        if own == self.own and members == self.members:
            return self
        return Roster(own=_newest(own), members=_newest(members))

    def with_names(self, members: Iterable[str], own_name: str | None, at: datetime) -> "Roster":
        """What the group's own page adds; the very same roster where that is nothing."""
        own, known = dict(self.own), dict(self.members)
        _see(own, own_name or "", at)
        for name in members:
            _see(known, name, at)
        if own == self.own and known == self.members:
            return self
        return Roster(own=_newest(own), members=_newest(known))


def _see(names: dict[str, datetime], name: str, at: datetime) -> None:
    if name and (name not in names or at - names[name] >= _REFRESH):
        names[name] = at


def _newest(names: dict[str, datetime]) -> dict[str, datetime]:
    kept = sorted(names.items(), key=lambda pair: pair[1], reverse=True)[:_MOST]
    return dict(kept)

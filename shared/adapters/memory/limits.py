"""Counts of what is done too often, in memory."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from shared.adapters.memory.database import LimitRow, MemoryDatabase
from shared.ports.limits import Counted


class MemoryLimits:
    """Implements shared.ports.limits.Limits."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def count(self, seconds: Mapping[str, int]) -> None:
        """One more of each."""
        now = self._db.now()
        with self._db.transaction() as tables:
            for key, length in seconds.items():
                row = tables.limits.get(key)
                standing = row if row and row.ends_at > now else LimitRow(0, now + timedelta(seconds=length))
                tables.limits[key] = LimitRow(standing.times + 1, standing.ends_at)

    def counted(self, keys: Collection[str]) -> Mapping[str, Counted]:
        """How often, so far."""
        now, rows = self._db.now(), self._db.read().limits
        found = dict.fromkeys(keys, Counted())
        for key in keys:
            if (row := rows.get(key)) and row.ends_at > now:
                found[key] = Counted(row.times, (row.ends_at - now).total_seconds())
        return found

"""Counts of what is done too often, in memory."""

from datetime import timedelta

from shared.adapters.memory.database import LimitRow, MemoryDatabase
from shared.ports.limits import Counted


class MemoryLimits:
    """Implements shared.ports.limits.Limits."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def count(self, key: str, seconds: int) -> None:
        """One more."""
        now = self._db.now()
        with self._db.transaction() as tables:
            row = tables.limits.get(key)
            open_row = row if row and row.ends_at > now else LimitRow(0, now + timedelta(seconds=seconds))
            tables.limits[key] = LimitRow(open_row.times + 1, open_row.ends_at)

    def counted(self, key: str) -> Counted:
        """How often, so far."""
        now, row = self._db.now(), self._db.read().limits.get(key)
        if row is None or row.ends_at <= now:
            return Counted()
        return Counted(row.times, (row.ends_at - now).total_seconds())

"""Counts of what is done too often, in MySQL: a row for each key, for as long as it is counted."""

import hashlib

from sqlalchemy import text

from shared.adapters.mysql import Database
from shared.ports.limits import Counted

_COUNT = text("""
    INSERT INTO limits (id, times, ends_at) VALUES (:id, 1, UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND)
    ON DUPLICATE KEY UPDATE
      times = IF(ends_at > UTC_TIMESTAMP(6), times + 1, 1),
      ends_at = IF(ends_at > UTC_TIMESTAMP(6), ends_at, UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND)""")
_FORGET = text("DELETE FROM limits WHERE ends_at < UTC_TIMESTAMP(6) ORDER BY ends_at LIMIT 20")
_COUNTED = text("""
    SELECT times, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), ends_at) / 1000000 AS ends_in
    FROM limits WHERE id = :id AND ends_at > UTC_TIMESTAMP(6)""")


class MySqlLimits:
    """Implements shared.ports.limits.Limits. Names and addresses are kept as digests alone."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def count(self, key: str, seconds: int) -> None:
        """One more. What is over goes, some at a time."""
        with self._db.connect() as c:
            c.execute(_COUNT, {"id": _digest(key), "seconds": seconds})
            c.execute(_FORGET)

    def counted(self, key: str) -> Counted:
        """How often, so far. One look-up by the primary key."""
        with self._db.connect() as c:
            row = c.execute(_COUNTED, {"id": _digest(key)}).one_or_none()
        return Counted(int(row.times), float(row.ends_in)) if row else Counted()


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()[:16]

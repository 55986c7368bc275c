"""Counts of what is done too often, in MySQL: a row for each key, for as long as it is counted."""

import hashlib
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, bindparam, text

from shared.adapters.mysql import Database
from shared.ports.limits import Counted

_COUNT = text("""
    INSERT INTO limits (id, times, ends_at) VALUES (:id, 1, UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND)
    ON DUPLICATE KEY UPDATE
      times = IF(ends_at > UTC_TIMESTAMP(6), times + 1, 1),
      ends_at = IF(ends_at > UTC_TIMESTAMP(6), ends_at, UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND)""")
_FORGET = text("DELETE FROM limits WHERE ends_at < UTC_TIMESTAMP(6) ORDER BY ends_at LIMIT 20")
_COUNTED = text("""
    SELECT id, times, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), ends_at) / 1000000 AS ends_in
    FROM limits WHERE id IN :ids AND ends_at > UTC_TIMESTAMP(6)""").bindparams(
    bindparam("ids", expanding=True)
)


class MySqlLimits:
    """Implements shared.ports.limits.Limits. Names and addresses are kept as digests alone."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def count(self, seconds: Mapping[str, int]) -> None:
        """One more of each. What is over goes, some at a time."""
        # In one order, so that two of them wait for each other and neither for ever.
        rows = sorted((_digest(key), length) for key, length in seconds.items())

        def work(c: Connection) -> None:
            for key, length in rows:
                c.execute(_COUNT, {"id": key, "seconds": length})
            c.execute(_FORGET)

        self._db.transact(work)

    def counted(self, keys: Collection[str]) -> Mapping[str, Counted]:
        """How often, so far. One statement, by the primary key."""
        by_id = {_digest(key): key for key in keys}
        found = dict.fromkeys(keys, Counted())
        with self._db.connect() as c:
            for row in c.execute(_COUNTED, {"ids": list(by_id)}):
                found[by_id[row.id]] = Counted(int(row.times), float(row.ends_in))
        return found


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()[:16]

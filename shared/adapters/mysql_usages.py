"""What owners have published, counted in MySQL: for who asks, and under the owner's lock for who adds to it.

Counted each time from the index of the images themselves, so that no counter can drift away from them.
"""

from uuid import UUID

from sqlalchemy import Connection, text

from shared.adapters.mysql import Database
from shared.domain.quota import Usage

# First of all: it takes the row's lock, whether the row is there or not.
_LOCK = text("INSERT INTO owner_locks (owner) VALUES (:owner) ON DUPLICATE KEY UPDATE owner = owner")
_COUNT = text("""
    SELECT COUNT(*) AS images, COALESCE(SUM(size_bytes), 0) AS bytes
    FROM images WHERE owner = :owner AND taken_back_at IS NULL""")


class MySqlUsages:
    """Implements shared.ports.usages.Usages."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_owner(self, owner: UUID) -> Usage:
        """What the owner has published, and has not taken back."""
        with self._db.connect() as c:
            return usage_of(c, owner)


def lock_owner(c: Connection, owner: UUID) -> None:
    """Until the caller's transaction ends, no other that asks for this owner's lock goes on."""
    c.execute(_LOCK, {"owner": owner.bytes})


def usage_of(c: Connection, owner: UUID) -> Usage:
    """Likewise, within the caller's transaction."""
    row = c.execute(_COUNT, {"owner": owner.bytes}).one()
    return Usage(int(row.images), int(row.bytes))

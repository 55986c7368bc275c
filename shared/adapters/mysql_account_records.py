"""What the portal keeps of accounts, in MySQL: one row for each owner who ever changed something."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.adapters.mysql import Database, naive, utc

_ROW = text("SELECT sessions_ended_at, default_licence FROM accounts WHERE owner = :owner")
_END_SESSIONS = text(
    """INSERT INTO accounts (owner, sessions_ended_at) VALUES (:owner, :moment)
       ON DUPLICATE KEY UPDATE sessions_ended_at = GREATEST(COALESCE(sessions_ended_at, :moment), :moment)"""
)
_SET_LICENCE = text(
    """INSERT INTO accounts (owner, default_licence) VALUES (:owner, :licence)
       ON DUPLICATE KEY UPDATE default_licence = :licence"""
)


class MySqlAccountRecords:
    """Implements shared.ports.account_records.AccountRecords."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def sessions_ended_at(self, owner: UUID) -> datetime | None:
        """Sessions that began then or before are over. One look-up by the primary key."""
        row = self._row(owner)
        return utc(row.sessions_ended_at) if row and row.sessions_ended_at else None

    def end_sessions(self, owner: UUID, moment: datetime) -> None:
        """End them; a later moment that stands already stays."""
        with self._db.connect() as c:
            c.execute(_END_SESSIONS, {"owner": owner.bytes, "moment": naive(moment)})

    def default_licence(self, owner: UUID) -> str | None:
        """What the owner's uploads begin with, if they chose any."""
        row = self._row(owner)
        return row.default_licence if row else None

    def set_default_licence(self, owner: UUID, licence: str) -> None:
        """Choose it."""
        with self._db.connect() as c:
            c.execute(_SET_LICENCE, {"owner": owner.bytes, "licence": licence})

    def _row(self, owner: UUID) -> Any:
        with self._db.connect() as c:
            return c.execute(_ROW, {"owner": owner.bytes}).one_or_none()

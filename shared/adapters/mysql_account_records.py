"""What the portal keeps of accounts, in MySQL: one row for each owner who ever changed something."""

from uuid import UUID

from sqlalchemy import text

from shared.adapters.mysql import Database

_LICENCE = text("SELECT default_licence FROM accounts WHERE owner = :owner")
_SET_LICENCE = text(
    """INSERT INTO accounts (owner, default_licence) VALUES (:owner, :licence)
       ON DUPLICATE KEY UPDATE default_licence = :licence"""
)


class MySqlAccountRecords:
    """Implements shared.ports.account_records.AccountRecords."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def default_licence(self, owner: UUID) -> str | None:
        """What the owner's uploads begin with, if they chose any."""
        with self._db.connect() as c:
            return c.execute(_LICENCE, {"owner": owner.bytes}).scalar()

    def set_default_licence(self, owner: UUID, licence: str) -> None:
        """Choose it."""
        with self._db.connect() as c:
            c.execute(_SET_LICENCE, {"owner": owner.bytes, "licence": licence})

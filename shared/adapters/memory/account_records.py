"""What the portal keeps of accounts, in memory."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from shared.adapters.memory.database import AccountRow, MemoryDatabase


class MemoryAccountRecords:
    """Implements shared.ports.account_records.AccountRecords."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def sessions_ended_at(self, owner: UUID) -> datetime | None:
        """Sessions that began then or before are over."""
        return self._row(owner).sessions_ended_at

    def end_sessions(self, owner: UUID, moment: datetime) -> None:
        """End them; a later moment that stands already stays."""
        with self._db.transaction() as tables:
            row = tables.accounts.get(owner, AccountRow())
            latest = max(moment, row.sessions_ended_at or moment)
            tables.accounts[owner] = replace(row, sessions_ended_at=latest)

    def default_licence(self, owner: UUID) -> str | None:
        """What the owner's uploads begin with, if they chose any."""
        return self._row(owner).default_licence

    def set_default_licence(self, owner: UUID, licence: str) -> None:
        """Choose it."""
        with self._db.transaction() as tables:
            row = tables.accounts.get(owner, AccountRow())
            tables.accounts[owner] = replace(row, default_licence=licence)

    def _row(self, owner: UUID) -> AccountRow:
        return self._db.read().accounts.get(owner, AccountRow())

"""What the portal keeps of accounts, in memory."""

from dataclasses import replace
from uuid import UUID

from shared.adapters.memory.database import AccountRow, MemoryDatabase


class MemoryAccountRecords:
    """Implements shared.ports.account_records.AccountRecords."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def default_licence(self, owner: UUID) -> str | None:
        """What the owner's uploads begin with, if they chose any."""
        return self._db.read().accounts.get(owner, AccountRow()).default_licence

    def set_default_licence(self, owner: UUID, licence: str) -> None:
        """Choose it."""
        with self._db.transaction() as tables:
            row = tables.accounts.get(owner, AccountRow())
            tables.accounts[owner] = replace(row, default_licence=licence)

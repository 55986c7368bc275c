"""What owners have published, counted in memory."""

from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase
from shared.adapters.memory.image_rows import usage_of
from shared.domain.quota import Usage


class MemoryUsages:
    """Implements shared.ports.usages.Usages."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def of_owner(self, owner: UUID) -> Usage:
        """What the owner has published, and has not taken back."""
        return usage_of(self._db.read(), owner)

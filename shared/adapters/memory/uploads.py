"""The records of uploads, in memory."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase
from shared.domain.uploads import Event, State, Upload


class MemoryUploads:
    """Implements shared.ports.uploads.Uploads."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def find(self, upload_id: UUID) -> Upload | None:
        """The upload's row, or None when no attempt has begun."""
        return self.find_many([upload_id]).get(upload_id)

    def find_many(self, upload_ids: Sequence[UUID]) -> dict[UUID, Upload]:
        """The rows that exist among these ids."""
        rows, now = self._db.read().uploads, self._db.now()
        return {i: rows[i].seen_at(now) for i in upload_ids if i in rows}

    def events(self, upload_id: UUID) -> list[Event]:
        """The upload's timeline, oldest first."""
        return list(self._db.read().events.get(upload_id, ()))

    def of_owner(
        self,
        owner: UUID,
        states: Sequence[State],
        before: UUID | None,
        limit: int,
        *,
        dismissed: bool = False,
    ) -> list[Upload]:
        """An owner's uploads in one of these states, newest first, older than `before`."""
        mine = (u for u in self._mine(owner, dismissed) if u.status in states)
        return [u for u in mine if before is None or u.id < before][:limit]

    def counts_of(self, owner: UUID, *, dismissed: bool = False) -> dict[State, int]:
        """How many uploads an owner has in each state; states without any are left out."""
        return dict(Counter(u.status for u in self._mine(owner, dismissed)))

    def _mine(self, owner: UUID, dismissed: bool) -> list[Upload]:
        return [
            u for u in self._newest_first() if u.owner == owner and (u.dismissed_at is not None) is dismissed
        ]

    def recent(self, limit: int) -> list[Upload]:
        """Everybody's uploads, newest first: for operators."""
        return self._newest_first()[:limit]

    def _newest_first(self) -> list[Upload]:
        rows, now = self._db.read().uploads, self._db.now()
        return [rows[i].seen_at(now) for i in sorted(rows, reverse=True)]

"""What an owner does about uploads that went wrong, in memory."""

from dataclasses import replace
from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase
from shared.adapters.memory.upload_rows import requeue
from shared.domain.uploads import State
from shared.ports.mending import Retried


class MemoryMending:
    """Implements shared.ports.mending.Mending."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def dismiss(self, upload_id: UUID, owner: UUID, *, dismissed: bool) -> bool:
        """Out of sight, or back into it; False when there is nothing of the kind."""
        with self._db.transaction() as tables:
            row = tables.uploads.get(upload_id)
            if row is None or row.upload.owner != owner or row.upload.status is not State.REJECTED:
                return False
            seen = replace(row.upload, dismissed_at=self._db.now() if dismissed else None)
            tables.uploads[upload_id] = replace(row, upload=seen)
            return True

    def retry(self, upload_id: UUID, owner: UUID) -> Retried:
        """Let a failed upload begin anew, once."""
        with self._db.transaction() as tables:
            row = tables.uploads.get(upload_id)
            if row is None or row.upload.owner != owner:
                return Retried.UNKNOWN
            if row.upload.status is not State.FAILED:
                return Retried.GOING
            if row.upload.retried_at is not None:
                return Retried.USED_UP
            now = self._db.now()
            tried = replace(row.upload, retried_at=now)
            requeue(tables, tried, now, "retry", "owner", "sent again after it had failed")
            return Retried.QUEUED

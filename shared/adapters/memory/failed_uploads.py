"""Failed uploads, in memory."""

from collections import defaultdict
from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase, UploadRow
from shared.adapters.memory.upload_rows import reject
from shared.domain.failures import reason_of
from shared.domain.refusals import Refusal
from shared.domain.uploads import State, Upload
from shared.ports.failures import Failures


class MemoryFailedUploads:
    """Implements shared.ports.failures.FailedUploads."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def groups(self, limit: int) -> list[Failures]:
        """The largest first."""
        rows = defaultdict[str, list[UploadRow]](list)
        for row in self._failed(None):
            rows[reason_of(row.upload.reason_message)].append(row)
        found = [self._group(reason, of_it) for reason, of_it in rows.items()]
        return sorted(found, key=lambda group: (-group.count, group.reason))[:limit]

    def count(self, reason: str | None) -> int:
        """How many are failed now."""
        return len(self._failed(reason))

    def of(self, reason: str | None, after: UUID | None, limit: int) -> list[Upload]:
        """Oldest first, younger than `after`."""
        now = self._db.now()
        rows = [row for row in self._failed(reason) if after is None or row.upload.id > after]
        return [row.seen_at(now) for row in rows[:limit]]

    def discard(self, upload_id: UUID, message: str) -> bool:
        """Reject it."""
        with self._db.transaction() as tables:
            row = tables.uploads.get(upload_id)
            if row is None or row.upload.status is not State.FAILED:
                return False
            reject(tables, upload_id, self._db.now(), Refusal.DISCARDED, message, "discard", "operator")
            return True

    def _group(self, reason: str, rows: list[UploadRow]) -> Failures:
        moments = [row.changed_at for row in rows]
        sample = max(rows, key=lambda row: row.upload.id).seen_at(self._db.now())
        return Failures(reason, len(rows), min(moments), max(moments), sample)

    def _failed(self, reason: str | None) -> list[UploadRow]:
        tables = self._db.read().uploads
        rows = (tables[i] for i in sorted(tables) if tables[i].upload.status is State.FAILED)
        return [row for row in rows if reason is None or reason_of(row.upload.reason_message) == reason]

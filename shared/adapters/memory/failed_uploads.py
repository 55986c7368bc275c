"""Failed uploads, in memory."""

from collections import defaultdict
from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase, UploadRow
from shared.adapters.memory.upload_rows import reject
from shared.domain.failures import ALWAYS, Span, reason_of
from shared.domain.refusals import Refusal
from shared.domain.uploads import State, Upload
from shared.ports.failures import Failures


class MemoryFailedUploads:
    """Implements shared.ports.failures.FailedUploads."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def groups(self, limit: int, span: Span = ALWAYS) -> list[Failures]:
        """The largest first."""
        rows = defaultdict[str, list[UploadRow]](list)
        for row in self._failed(None, span):
            rows[reason_of(row.upload.reason_message)].append(row)
        found = [self._group(reason, of_it) for reason, of_it in rows.items()]
        return sorted(found, key=lambda group: (-group.count, group.reason))[:limit]

    def count(self, reason: str | None, span: Span = ALWAYS) -> int:
        """How many are failed now."""
        return len(self._failed(reason, span))

    def of(self, reason: str | None, after: UUID | None, limit: int, span: Span = ALWAYS) -> list[Upload]:
        """Oldest first, younger than `after`."""
        now = self._db.now()
        rows = [row for row in self._failed(reason, span) if after is None or row.upload.id > after]
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
        versions = {version for row in rows if (version := row.upload.worker_version)}
        return Failures(reason, len(rows), min(moments), max(moments), sample, tuple(sorted(versions)))

    def _failed(self, reason: str | None, span: Span) -> list[UploadRow]:
        tables = self._db.read().uploads
        rows = (tables[i] for i in sorted(tables) if tables[i].upload.status is State.FAILED)
        return [
            row
            for row in rows
            if span.has(row.changed_at) and reason in (None, reason_of(row.upload.reason_message))
        ]

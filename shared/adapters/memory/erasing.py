"""What a worker records while it erases, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from shared.adapters.memory import image_rows
from shared.adapters.memory.database import MemoryDatabase, UploadRow
from shared.adapters.memory.upload_rows import add_events, end_undo, made_or_bare, note, take_back
from shared.domain.manifest import Manifest
from shared.domain.uploads import Attempt, Event, State, Upload
from shared.ports.erasing import Erasure


class MemoryErasing:
    """Implements shared.ports.erasing.Erasing."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def begin(self, upload_id: UUID, attempt: Attempt) -> Erasure | None:
        """Record that erasing begins, which ends the time for an undo; None when there is nothing to erase (yet)."""
        with self._db.transaction() as tables:
            row = tables.uploads.get(upload_id)
            if row is None or not self._may_be_erased(row):
                return None
            tables.uploads[upload_id] = replace(
                row,
                upload=replace(row.upload, attempts=attempt.number),
                worker=attempt.worker,
                changed_at=self._db.now(),
                erase_begun_at=row.erase_begun_at or self._db.now(),
            )
            return Erasure(upload_id, row.upload.owner, row.upload.filename, row.upload.accepted_at)

    def done(self, upload_id: UUID, events: Sequence[Event]) -> None:
        """Record that it is erased, and forget what was known of it; nothing is changed when that is known already."""
        now = self._db.now()
        with self._db.transaction() as tables:
            row = tables.uploads.get(upload_id)
            if row is None or row.upload.status is not State.TAKEN_BACK:
                return
            tombstone: dict[str, Any] = {"username": "", "filename": "", "size_bytes": 0, "sha256": None}
            erased = replace(row.upload, status=State.ERASED, erased_at=now, **tombstone)
            tables.uploads[upload_id] = replace(row, upload=erased, changed_at=now)
            image_rows.remove(tables, upload_id)
            add_events(tables, upload_id, events)

    def due(self, after: UUID | None, limit: int) -> list[Upload]:
        """Uploads that may be erased by now and are not, oldest first, younger than `after`."""
        rows, now = self._db.read().uploads, self._db.now()
        younger = (i for i in sorted(rows) if after is None or i > after)
        return [rows[i].seen_at(now) for i in younger if self._may_be_erased(rows[i])][:limit]

    def resent(self, upload_id: UUID) -> None:
        """Record that the sweep has sent a new message for it, unless it is erased."""
        now = self._db.now()
        with self._db.transaction() as tables:
            row = tables.uploads.get(upload_id)
            if row is not None and row.upload.status is State.TAKEN_BACK:
                sent = replace(row, upload=replace(row.upload, requeued_at=now), changed_at=now)
                tables.uploads[upload_id] = sent
                note(tables, upload_id, "requeue", "sweep", "the message was lost")

    def taken_back_before(self, upload_id: UUID, owner: UUID, manifest: Manifest | None) -> bool:
        """Take it back for good, whatever the record says; made from the manifest, or bare, when there is none."""
        now = self._db.now()
        with self._db.transaction() as tables:
            if made_or_bare(tables, upload_id, owner, manifest, now).status.gone:
                return False
            why = "it had been taken back before the database was restored"
            take_back(tables, upload_id, now, "restore", why)
            end_undo(tables, upload_id, now)
            image_rows.hide(tables, upload_id)
            return True

    def _may_be_erased(self, row: UploadRow) -> bool:
        taken_back = row.upload.status is State.TAKEN_BACK
        return taken_back and row.erasable_at is not None and row.erasable_at <= self._db.now()

"""An owner's second thoughts, in memory."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from shared.adapters.memory import image_rows
from shared.adapters.memory.database import MemoryDatabase, Tables, UploadRow
from shared.adapters.memory.upload_rows import made, note, requeue, take_back
from shared.domain.manifest import Manifest
from shared.domain.taking_back import UNDO_FOR
from shared.domain.uploads import State
from shared.ports.taking_back import Restored, TakenBack


class MemoryTakingBack:
    """Implements shared.ports.taking_back.TakingBack."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def take_back(self, upload_id: UUID, owner: UUID, manifest: Manifest | None = None) -> TakenBack | None:
        """Nobody finds it from now on; None when it isn't the owner's to take back."""
        now = self._db.now()
        with self._db.transaction() as tables:
            if manifest is not None:
                made(tables, manifest, now)
            row = _row_of(tables, upload_id, owner)
            if row is None or row.upload.status is State.REJECTED:
                return None
            if not row.upload.status.gone:
                why = "gone for everybody; to be erased after the time for an undo"
                take_back(tables, upload_id, now, "web", why)
                image_rows.hide(tables, upload_id)
            erasable_at = tables.uploads[upload_id].erasable_at
            if row.upload.status is State.ERASED or erasable_at is None:
                return TakenBack(None)
            return TakenBack(max(erasable_at - now, timedelta()))

    def restore(self, upload_id: UUID, owner: UUID) -> Restored:
        """Undo it, within the undo time."""
        now = self._db.now()
        with self._db.transaction() as tables:
            row = _row_of(tables, upload_id, owner)
            if row is None:
                return Restored.UNKNOWN
            if not row.upload.status.gone:
                return Restored.THERE
            taken_back_at = row.upload.taken_back_at
            over = taken_back_at is None or now >= taken_back_at + UNDO_FOR or row.erase_begun_at is not None
            if row.upload.status is State.ERASED or over:
                return Restored.TOO_LATE
            if not image_rows.show(tables, upload_id):
                requeue(tables, row.upload, now, "restore", "web", "it begins anew")
                return Restored.QUEUED
            shown = replace(row.upload, status=State.PUBLISHED, taken_back_at=None)
            tables.uploads[upload_id] = UploadRow(shown, None, now)
            note(tables, upload_id, "restore", "web", "ok")
            return Restored.THERE


def _row_of(tables: Tables, upload_id: UUID, owner: UUID) -> UploadRow | None:
    row = tables.uploads.get(upload_id)
    return row if row is not None and row.upload.owner == owner else None

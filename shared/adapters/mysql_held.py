"""Held uploads in MySQL: one transaction each, under the lock of the upload's row."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from shared.adapters import mysql_fingerprints
from shared.adapters.mysql import Database
from shared.adapters.mysql_moderation import record_held
from shared.adapters.mysql_upload_rows import reject, requeue, settle
from shared.adapters.mysql_uploads import SELECT_UPLOADS, upload_of
from shared.domain.images import Image
from shared.domain.moderation import Moderator, Verb
from shared.domain.refusals import Refusal
from shared.domain.uploads import Attempt, State
from shared.ports.held import HeldUpload

BY = "moderator"
_HELD = text(f"{SELECT_UPLOADS} WHERE state = :held AND id < :before ORDER BY id DESC LIMIT :limit")
_LOCKED = text("SELECT owner, username FROM uploads WHERE id = :id AND state = :held FOR UPDATE")
_RELEASED = text("UPDATE uploads SET released_at = UTC_TIMESTAMP(6) WHERE id = :id")
_WAS_RELEASED = text("SELECT released_at IS NOT NULL FROM uploads WHERE id = :id")
_HELD_FOR = text("UPDATE uploads SET held_for = :barred WHERE id = :id")
_AFTER_ALL = b"\xff" * 16


class MySqlHeld:
    """Implements shared.ports.held.Held."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def held(self, limit: int, before: UUID | None = None) -> list[HeldUpload]:
        """Newest first."""
        fields = {"held": State.HELD, "before": before.bytes if before else _AFTER_ALL, "limit": limit}
        with self._db.connect() as c:
            rows = c.execute(_HELD, fields).all()
            known = mysql_fingerprints.barred(c, [row.held_for for row in rows])
            return [HeldUpload(upload_of(row), known.get(UUID(bytes=row.held_for))) for row in rows]

    def release(self, upload_id: UUID, by: Moderator) -> bool:
        """Let it begin anew, and be published."""

        def work(c: Connection) -> bool:
            if (upload := _held(c, upload_id)) is None:
                return False
            record_held(c, upload_id, upload, by, Verb.RELEASE)
            requeue(c, upload_id, "release", BY, "it may be shared")
            c.execute(_RELEASED, {"id": upload_id.bytes})
            return True

        return self._db.transact(work)

    def refuse(self, upload_id: UUID, by: Moderator, message: str) -> bool:
        """Reject it."""

        def work(c: Connection) -> bool:
            if (upload := _held(c, upload_id)) is None:
                return False
            record_held(c, upload_id, upload, by, Verb.REFUSE)
            reject(c, upload_id, Refusal.BARRED, message, "refuse", BY)
            return True

        return self._db.transact(work)


def hold(c: Connection, image: Image, attempt: Attempt) -> bool:
    """Hold what is or looks like a barred image, unless a moderator has let it through; whether that is so."""
    if c.execute(_WAS_RELEASED, {"id": image.id.bytes}).scalar():
        return False
    barred = mysql_fingerprints.barred_like(c, image)
    if barred is None:
        return False
    settle(c, image.id, attempt, State.HELD)
    c.execute(_HELD_FOR, {"id": image.id.bytes, "barred": barred.bytes})
    return True


def _held(c: Connection, upload_id: UUID) -> Row[Any] | None:
    return c.execute(_LOCKED, {"id": upload_id.bytes, "held": State.HELD}).one_or_none()

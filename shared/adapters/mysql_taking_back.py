"""An owner's second thoughts in MySQL: one transaction each, under the lock of the upload's row, then the image's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from shared.adapters import mysql_image_rows
from shared.adapters.mysql import Database
from shared.adapters.mysql_upload_rows import locked, note, requeue, take_back
from shared.domain.manifest import Manifest
from shared.domain.taking_back import UNDO_FOR
from shared.domain.uploads import State
from shared.ports.taking_back import Restored, TakenBack

_LOCKED = text("""
    SELECT state, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), erasable_at) AS erasable_us,
           erase_begun_at IS NULL
             AND taken_back_at + INTERVAL :undo_seconds SECOND > UTC_TIMESTAMP(6) AS can_be_restored
    FROM uploads WHERE id = :id AND owner = :owner FOR UPDATE""")
_SHOW = text("""
    UPDATE uploads SET state = :state, changed_at = UTC_TIMESTAMP(6), taken_back_at = NULL, erasable_at = NULL
    WHERE id = :id""")


class MySqlTakingBack:
    """Implements shared.ports.taking_back.TakingBack."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def take_back(self, upload_id: UUID, owner: UUID, manifest: Manifest | None = None) -> TakenBack | None:
        """Nobody finds it from now on; None when it isn't the owner's to take back."""

        def work(c: Connection) -> TakenBack | None:
            if manifest is not None:
                locked(c, manifest)
            row = _locked_row(c, upload_id, owner)
            if row is None or row.state == State.REJECTED:
                return None
            if not State(row.state).gone:
                take_back(c, upload_id, "web", "gone for everybody; to be erased after the time for an undo")
                mysql_image_rows.hide(c, upload_id)
                row = _locked_row(c, upload_id, owner)
            return _taken_back(row)

        return self._db.transact(work)

    def restore(self, upload_id: UUID, owner: UUID) -> Restored:
        """Undo it, within the undo time."""

        def work(c: Connection) -> Restored:
            row = _locked_row(c, upload_id, owner)
            if row is None:
                return Restored.UNKNOWN
            if not State(row.state).gone:
                return Restored.THERE
            if row.state == State.ERASED or not row.can_be_restored:
                return Restored.TOO_LATE
            if not mysql_image_rows.show(c, upload_id):
                requeue(c, upload_id, "restore", "web", "it begins anew")
                return Restored.QUEUED
            c.execute(_SHOW, {"id": upload_id.bytes, "state": State.PUBLISHED})
            note(c, upload_id, "restore", "web", "ok")
            return Restored.THERE

        return self._db.transact(work)


def _locked_row(c: Connection, upload_id: UUID, owner: UUID) -> Row[Any] | None:
    fields = {"id": upload_id.bytes, "owner": owner.bytes, "undo_seconds": int(UNDO_FOR.total_seconds())}
    return c.execute(_LOCKED, fields).one_or_none()


def _taken_back(row: Row[Any] | None) -> TakenBack:
    if row is None or row.state == State.ERASED:
        return TakenBack(None)
    return TakenBack(timedelta(microseconds=max(row.erasable_us, 0)))

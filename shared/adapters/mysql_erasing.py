"""What a worker records in MySQL while it erases: one transaction each, under the lock of the upload's row."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from shared.adapters import mysql_image_rows
from shared.adapters.mysql import Database, utc
from shared.adapters.mysql_upload_rows import add_events, end_undo, locked_or_made, note, take_back
from shared.adapters.mysql_uploads import SELECT_UPLOADS, upload_of
from shared.domain.manifest import Manifest
from shared.domain.uploads import Attempt, Event, State, Upload
from shared.ports.erasing import Erasure

_MAY_BE_ERASED = "state = 'taken_back' AND erasable_at <= UTC_TIMESTAMP(6)"
_LOCKED = text(
    f"SELECT owner, filename, accepted_at FROM uploads WHERE id = :id AND {_MAY_BE_ERASED} FOR UPDATE"  # noqa: S608 -- constant
)
_BEGIN = text("""
    UPDATE uploads SET erase_begun_at = COALESCE(erase_begun_at, UTC_TIMESTAMP(6)), attempts = :attempts,
                       worker = :worker, changed_at = UTC_TIMESTAMP(6)
    WHERE id = :id""")
# What remains is the tombstone: an id, its owner, and times.
_DONE = text("""
    UPDATE uploads SET state = :erased, erased_at = UTC_TIMESTAMP(6), changed_at = UTC_TIMESTAMP(6),
                       username = '', filename = '', size_bytes = 0, sha256 = NULL
    WHERE id = :id AND state = :taken_back""")
_RESENT = text("""
    UPDATE uploads SET changed_at = UTC_TIMESTAMP(6), requeued_at = UTC_TIMESTAMP(6)
    WHERE id = :id AND state = :taken_back""")


class MySqlErasing:
    """Implements shared.ports.erasing.Erasing."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, upload_id: UUID, attempt: Attempt) -> Erasure | None:
        """Record that erasing begins, which ends the time for an undo; None when there is nothing to erase (yet)."""

        def work(c: Connection) -> Erasure | None:
            row = c.execute(_LOCKED, {"id": upload_id.bytes}).one_or_none()
            if row is None:
                return None
            fields = {"id": upload_id.bytes, "attempts": attempt.number, "worker": attempt.worker}
            c.execute(_BEGIN, fields)
            return Erasure(upload_id, UUID(bytes=row.owner), row.filename, utc(row.accepted_at))

        return self._db.transact(work)

    def done(self, upload_id: UUID, events: Sequence[Event]) -> None:
        """Record that it is erased, and forget what was known of it; nothing is changed when that is known already."""
        fields = {"id": upload_id.bytes, "erased": State.ERASED, "taken_back": State.TAKEN_BACK}

        def work(c: Connection) -> None:
            if c.execute(_DONE, fields).rowcount:
                mysql_image_rows.remove(c, upload_id)
                add_events(c, upload_id, events)

        self._db.transact(work)

    def due(self, after: UUID | None, limit: int) -> list[Upload]:
        """Uploads that may be erased by now and are not, oldest first, younger than `after`."""
        query = text(f"{SELECT_UPLOADS} WHERE {_MAY_BE_ERASED} AND id > :after ORDER BY id LIMIT :limit")
        with self._db.connect() as c:
            rows = c.execute(query, {"after": after.bytes if after else b"", "limit": limit})
            return [upload_of(r) for r in rows]

    def resent(self, upload_id: UUID) -> None:
        """Record that the sweep has sent a new message for it, unless it is erased."""
        fields = {"id": upload_id.bytes, "taken_back": State.TAKEN_BACK}

        def work(c: Connection) -> None:
            if c.execute(_RESENT, fields).rowcount:
                note(c, upload_id, "requeue", "sweep", "the message was lost")

        self._db.transact(work)

    def taken_back_before(self, upload_id: UUID, owner: UUID, manifest: Manifest | None) -> bool:
        """Take it back for good, whatever the record says; made from the manifest, or bare, when there is none."""

        def work(c: Connection) -> bool:
            if locked_or_made(c, upload_id, owner, manifest).gone:
                return False
            take_back(c, upload_id, "restore", "it had been taken back before the database was restored")
            end_undo(c, upload_id)
            mysql_image_rows.hide(c, upload_id)
            return True

        return self._db.transact(work)

"""The records of uploads in MySQL, as their owners and operators read them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, text

from shared.adapters.mysql import Database, utc
from shared.domain.taking_back import undo_left
from shared.domain.uploads import Event, State, Upload

# Ages are told by the database's clock, which also wrote the times.
SELECT_UPLOADS = (
    "SELECT uploads.*, TIMESTAMPDIFF(MICROSECOND, changed_at, UTC_TIMESTAMP(6)) AS unchanged_us, "
    "TIMESTAMPDIFF(MICROSECOND, taken_back_at, UTC_TIMESTAMP(6)) AS taken_back_us FROM uploads"
)

# Ids first: an optimizer that takes rows by their owner alone reads all newer ones before a page far back.
_OWN = "SELECT id AS own FROM uploads FORCE INDEX (of_owner) WHERE owner = :owner AND id < :before"
OF_OWNER = text(
    f"{SELECT_UPLOADS} JOIN ({_OWN}) AS ids ON uploads.id = ids.own WHERE state IN :states "
    "AND (dismissed_at IS NOT NULL) = :dismissed ORDER BY own DESC LIMIT :limit"
).bindparams(bindparam("states", expanding=True))
_COUNTS = text("""
    SELECT state, COUNT(*) AS uploads FROM uploads
    WHERE owner = :owner AND (dismissed_at IS NOT NULL) = :dismissed GROUP BY state""")


class MySqlUploads:
    """Implements shared.ports.uploads.Uploads."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def find(self, upload_id: UUID) -> Upload | None:
        """The upload's row, or None when no attempt has begun."""
        return self.find_many([upload_id]).get(upload_id)

    def find_many(self, upload_ids: Sequence[UUID]) -> dict[UUID, Upload]:
        """The rows that exist among these ids."""
        if not upload_ids:
            return {}
        query = text(f"{SELECT_UPLOADS} WHERE id IN :ids").bindparams(bindparam("ids", expanding=True))
        with self._db.connect() as c:
            rows = c.execute(query, {"ids": [u.bytes for u in upload_ids]})
            return {upload.id: upload for upload in map(upload_of, rows)}

    def events(self, upload_id: UUID) -> list[Event]:
        """The upload's timeline, oldest first."""
        with self._db.connect() as c:
            rows = c.execute(
                text("SELECT * FROM events WHERE upload_id = :id ORDER BY id"), {"id": upload_id.bytes}
            )
            return [Event(utc(r.at), r.step, r.attempt, r.worker, r.ms, r.result) for r in rows]

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
        with self._db.connect() as c:
            rows = c.execute(
                OF_OWNER,
                {
                    "owner": owner.bytes,
                    "states": list(states),
                    "before": before.bytes if before else b"\xff" * 16,
                    "limit": limit,
                    "dismissed": dismissed,
                },
            )
            return [upload_of(r) for r in rows]

    def counts_of(self, owner: UUID, *, dismissed: bool = False) -> dict[State, int]:
        """How many uploads an owner has in each state; states without any are left out."""
        with self._db.connect() as c:
            rows = c.execute(_COUNTS, {"owner": owner.bytes, "dismissed": dismissed})
            return {State(r.state): int(r.uploads) for r in rows}

    def recent(self, limit: int) -> list[Upload]:
        """Everybody's uploads, newest first: for operators."""
        with self._db.connect() as c:
            rows = c.execute(text(f"{SELECT_UPLOADS} ORDER BY id DESC LIMIT :limit"), {"limit": limit})
            return [upload_of(r) for r in rows]


def upload_of(r: Row[Any]) -> Upload:
    """A row of SELECT_UPLOADS."""
    can_be_undone = r.state == State.TAKEN_BACK and r.erase_begun_at is None
    return Upload(
        id=UUID(bytes=r.id),
        owner=UUID(bytes=r.owner),
        username=r.username,
        filename=r.filename,
        size_bytes=r.size_bytes,
        accepted_at=utc(r.accepted_at),
        status=State(r.state),
        attempts=r.attempts,
        reason_code=r.reason_code,
        reason_message=r.reason_message,
        unchanged_for=timedelta(microseconds=r.unchanged_us),
        requeued_at=_maybe_utc(r.requeued_at),
        taken_back_at=_maybe_utc(r.taken_back_at),
        undo_for=undo_left(timedelta(microseconds=r.taken_back_us)) if can_be_undone else None,
        erased_at=_maybe_utc(r.erased_at),
        dismissed_at=_maybe_utc(r.dismissed_at),
        retried_at=_maybe_utc(r.retried_at),
        worker_version=r.worker_version,
        sha256=r.sha256.hex() if r.sha256 else None,
    )


def _maybe_utc(moment: datetime | None) -> datetime | None:
    return utc(moment) if moment else None

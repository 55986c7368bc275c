"""What happened to each upload, in MySQL."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text

from shared.adapters.mysql import Database, naive, utc
from shared.adapters.mysql_images import insert_image
from shared.domain.images import Image
from shared.domain.manifest import Manifest
from shared.domain.uploads import (
    FAILED,
    FINISHED,
    PROCESSING,
    PUBLISHED,
    QUEUED,
    REJECTED,
    Attempt,
    Event,
    Upload,
)

_UPSERT = text("""
    INSERT INTO uploads (id, owner, username, filename, size_bytes, accepted_at, state, attempts, worker,
                         changed_at, requeued_at)
    VALUES (:id, :owner, :username, :filename, :size_bytes, :accepted_at, :state, :attempts, :worker,
            :changed_at, :requeued_at)
    ON DUPLICATE KEY UPDATE state = :state, attempts = :attempts, worker = :worker, changed_at = :changed_at,
                            requeued_at = COALESCE(:requeued_at, requeued_at),
                            reason_code = NULL, reason_message = NULL""")
_EVENT = text("""
    INSERT INTO events (upload_id, at, step, attempt, worker, ms, result)
    VALUES (:upload_id, :at, :step, :attempt, :worker, :ms, :result)""")
_SETTLE = text("""
    UPDATE uploads SET state = :state, attempts = :attempts, worker = :worker, changed_at = :at,
                       reason_code = :code, reason_message = :message
    WHERE id = :id""")
_LOCKED_STATE = text("SELECT state FROM uploads WHERE id = :id FOR UPDATE")


class MySqlIngestLog:
    """Implements shared.ports.ingest_log.IngestLog."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def find(self, upload_id: UUID) -> Upload | None:
        """The upload's row, or None when no attempt has begun."""
        return self.find_many([upload_id]).get(upload_id)

    def find_many(self, upload_ids: Sequence[UUID]) -> dict[UUID, Upload]:
        """The rows that exist among these ids."""
        if not upload_ids:
            return {}
        query = text("SELECT * FROM uploads WHERE id IN :ids").bindparams(bindparam("ids", expanding=True))
        with self._db.connect() as c:
            rows = c.execute(query, {"ids": [u.bytes for u in upload_ids]})
            return {upload.id: upload for upload in map(_upload, rows)}

    def events(self, upload_id: UUID) -> list[Event]:
        """The upload's timeline, oldest first."""
        with self._db.connect() as c:
            rows = c.execute(
                text("SELECT * FROM events WHERE upload_id = :id ORDER BY id"), {"id": upload_id.bytes}
            )
            return [Event(utc(r.at), r.step, r.attempt, r.worker, r.ms, r.result) for r in rows]

    def of_owner(self, owner: UUID, states: Sequence[str], before: UUID | None, limit: int) -> list[Upload]:
        """An owner's uploads in one of these states, newest first, older than `before`."""
        query = text("""
            SELECT * FROM uploads WHERE owner = :owner AND state IN :states AND id < :before
            ORDER BY id DESC LIMIT :limit""").bindparams(bindparam("states", expanding=True))
        with self._db.connect() as c:
            rows = c.execute(
                query,
                {
                    "owner": owner.bytes,
                    "states": list(states),
                    "before": before.bytes if before else b"\xff" * 16,
                    "limit": limit,
                },
            )
            return [_upload(r) for r in rows]

    def recent(self, limit: int) -> list[Upload]:
        """Everybody's uploads, newest first: for operators."""
        with self._db.connect() as c:
            rows = c.execute(text("SELECT * FROM uploads ORDER BY id DESC LIMIT :limit"), {"limit": limit})
            return [_upload(r) for r in rows]

    def begin(self, manifest: Manifest, attempt: Attempt) -> str:
        """Record that an attempt begins, unless the upload is finished; returns the state that holds now."""

        def work(c: Connection) -> str:
            state = c.execute(_LOCKED_STATE, {"id": manifest.upload_id.bytes}).scalar()
            if state in FINISHED:
                return str(state)
            c.execute(
                _UPSERT,
                _row(manifest)
                | {
                    "state": PROCESSING,
                    "attempts": attempt.number,
                    "worker": attempt.worker,
                    "changed_at": naive(attempt.started_at),
                    "requeued_at": None,
                },
            )
            return PROCESSING

        return self._db.transact(work)

    def note(self, upload_id: UUID, events: Sequence[Event]) -> None:
        """Add lines to the upload's timeline without changing its state."""
        with self._db.connect() as c:
            _add_events(c, upload_id, events)

    def publish(
        self, image: Image, terms: Iterable[tuple[str, str]], attempt: Attempt, events: Sequence[Event]
    ) -> bool:
        """Image, terms and state in one transaction; False when another attempt has finished the upload."""
        terms = list(terms)

        def work(c: Connection) -> bool:
            if c.execute(_LOCKED_STATE, {"id": image.id.bytes}).scalar() in FINISHED:
                return False
            insert_image(c, image, terms)
            _settle(c, image.id, attempt, PUBLISHED)
            _add_events(c, image.id, events)
            return True

        return self._db.transact(work)

    def reject(
        self, upload_id: UUID, attempt: Attempt, code: str, message: str, events: Sequence[Event]
    ) -> None:
        """Record the permanent refusal, unless the upload is finished already."""
        self._end(upload_id, attempt, REJECTED, code, message, events)

    def fail(self, upload_id: UUID, attempt: Attempt, message: str) -> None:
        """Record that SQS has given the upload up and an operator must look."""
        event = Event(datetime.now(UTC), "dead-letter", attempt.number, attempt.worker, 0, message)
        self._end(upload_id, attempt, FAILED, "dead_letter", message, [event])

    def _end(
        self, upload_id: UUID, attempt: Attempt, state: str, code: str, message: str, events: Sequence[Event]
    ) -> None:
        def work(c: Connection) -> None:
            if c.execute(_LOCKED_STATE, {"id": upload_id.bytes}).scalar() not in FINISHED:
                _settle(c, upload_id, attempt, state, code, message[:500])
                _add_events(c, upload_id, events)

        self._db.transact(work)

    def requeued(self, manifest: Manifest, now: datetime) -> None:
        """Record that the sweep has sent a new message for the upload."""

        def work(c: Connection) -> None:
            if c.execute(_LOCKED_STATE, {"id": manifest.upload_id.bytes}).scalar() in FINISHED:
                return
            moment = naive(now)
            fields = {
                "state": QUEUED,
                "attempts": 0,
                "worker": None,
                "changed_at": moment,
                "requeued_at": moment,
            }
            c.execute(_UPSERT, _row(manifest) | fields)
            _add_events(c, manifest.upload_id, [Event(now, "requeue", 0, "sweep", 0, "the message was lost")])

        self._db.transact(work)

    def newest_begun(self, owner: UUID) -> datetime | None:
        """When the newest of the owner's uploads that a worker has begun was accepted."""
        with self._db.connect() as c:
            moment = c.execute(
                text("""SELECT accepted_at FROM uploads WHERE owner = :owner AND attempts > 0
                        ORDER BY id DESC LIMIT 1"""),
                {"owner": owner.bytes},
            ).scalar()
            return utc(moment) if moment else None

    def check(self) -> None:
        """Raises CatalogueUnavailable unless the database answers."""
        self._db.check()


def _row(manifest: Manifest) -> dict[str, Any]:
    return {
        "id": manifest.upload_id.bytes,
        "owner": manifest.owner.bytes,
        "username": manifest.username,
        "filename": manifest.filename,
        "size_bytes": manifest.size_bytes,
        "accepted_at": naive(manifest.accepted_at),
    }


def _settle(
    c: Connection,
    upload_id: UUID,
    attempt: Attempt,
    state: str,
    code: str | None = None,
    message: str | None = None,
) -> None:
    fields = {"state": state, "attempts": attempt.number, "worker": attempt.worker}
    fields |= {"at": naive(datetime.now(UTC)), "id": upload_id.bytes, "code": code, "message": message}
    c.execute(_SETTLE, fields)


def _add_events(c: Connection, upload_id: UUID, events: Sequence[Event]) -> None:
    rows = [
        {
            "upload_id": upload_id.bytes,
            "at": naive(event.at),
            "step": event.step,
            "attempt": event.attempt,
            "worker": event.worker,
            "ms": event.ms,
            "result": event.result[:500],
        }
        for event in events
    ]
    if rows:
        c.execute(_EVENT, rows)


def _upload(r: Row[Any]) -> Upload:
    return Upload(
        id=UUID(bytes=r.id),
        owner=UUID(bytes=r.owner),
        username=r.username,
        filename=r.filename,
        size_bytes=r.size_bytes,
        accepted_at=utc(r.accepted_at),
        status=r.state,
        attempts=r.attempts,
        reason_code=r.reason_code,
        reason_message=r.reason_message,
        changed_at=utc(r.changed_at),
        requeued_at=utc(r.requeued_at) if r.requeued_at else None,
    )

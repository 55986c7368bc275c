"""What happens to each upload, written to MySQL: one transaction each, under the lock of the upload's row."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from shared.adapters.mysql import Database, naive
from shared.adapters.mysql_images import MySqlImages
from shared.domain.images import Image
from shared.domain.manifest import Manifest
from shared.domain.uploads import Attempt, Event, State
from shared.ports.unavailable import CatalogueUnavailable

# First of all in each transaction that may find no row: it takes the row's lock, whether the row is there or not.
# Under READ COMMITTED a SELECT … FOR UPDATE of a row that is not there locks nothing.
_INSERT = text("""
    INSERT INTO uploads (id, owner, username, filename, size_bytes, accepted_at, state, attempts, changed_at)
    VALUES (:id, :owner, :username, :filename, :size_bytes, :accepted_at, :state, 0, UTC_TIMESTAMP(6))
    ON DUPLICATE KEY UPDATE id = id""")
_BEGIN = text("""
    UPDATE uploads SET state = :state, attempts = :attempts, worker = :worker, changed_at = UTC_TIMESTAMP(6),
                       reason_code = NULL, reason_message = NULL
    WHERE id = :id""")
_REQUEUE = text("""
    UPDATE uploads SET state = :state, attempts = 0, worker = NULL, changed_at = UTC_TIMESTAMP(6),
                       requeued_at = UTC_TIMESTAMP(6), reason_code = NULL, reason_message = NULL
    WHERE id = :id""")
_EVENT = text("""
    INSERT INTO events (upload_id, at, step, attempt, worker, ms, result)
    VALUES (:upload_id, :at, :step, :attempt, :worker, :ms, :result)""")
_SETTLE = text("""
    UPDATE uploads SET state = :state, attempts = :attempts, worker = :worker, changed_at = UTC_TIMESTAMP(6),
                       reason_code = :code, reason_message = :message
    WHERE id = :id""")
_LOCKED_STATE = text("SELECT state FROM uploads WHERE id = :id FOR UPDATE")


class MySqlIngestLog:
    """Implements shared.ports.attempts.Attempts and shared.ports.recovery.Recovery."""

    def __init__(self, database: Database, images: MySqlImages) -> None:
        """`images` writes its own tables within the transaction that publishes."""
        self._db = database
        self._images = images

    def begin(self, manifest: Manifest, attempt: Attempt) -> State:
        """Record that an attempt begins, unless the upload is finished; returns the state that holds now."""

        def work(c: Connection) -> State:
            if (state := _locked(c, manifest)).finished:
                return state
            fields = {"state": State.PROCESSING, "attempts": attempt.number, "worker": attempt.worker}
            c.execute(_BEGIN, fields | {"id": manifest.upload_id.bytes})
            return State.PROCESSING

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
            if _locked_state(c, image.id).finished:
                return False
            self._images.add(c, image, terms)
            _settle(c, image.id, attempt, State.PUBLISHED)
            _add_events(c, image.id, events)
            return True

        return self._db.transact(work)

    def reject(
        self, upload_id: UUID, attempt: Attempt, code: str, message: str, events: Sequence[Event]
    ) -> None:
        """Record the permanent refusal, unless the upload is at rest already."""
        self._end(upload_id, attempt, State.REJECTED, code, message, events)

    def fail(self, upload_id: UUID, attempt: Attempt, message: str) -> None:
        """Record that SQS has given the upload up and an operator must look, unless that is known already."""
        event = Event(datetime.now(UTC), "dead-letter", attempt.number, attempt.worker, 0, message)
        self._end(upload_id, attempt, State.FAILED, "dead_letter", message, [event])

    def _end(
        self,
        upload_id: UUID,
        attempt: Attempt,
        state: State,
        code: str,
        message: str,
        events: Sequence[Event],
    ) -> None:
        def work(c: Connection) -> None:
            if not _locked_state(c, upload_id).resting:
                _settle(c, upload_id, attempt, state, code, message[:500])
                _add_events(c, upload_id, events)

        self._db.transact(work)

    def requeued(self, manifest: Manifest) -> None:
        """Record that the sweep has sent a new message for the upload, unless it is at rest."""

        def work(c: Connection) -> None:
            if not _locked(c, manifest).resting:
                _requeue(c, manifest.upload_id, "requeue", "sweep", "the message was lost")

        self._db.transact(work)

    def redriven(self, manifest: Manifest) -> bool:
        """Let a failed upload begin anew; False, and nothing is changed, when it isn't failed (any more)."""

        def work(c: Connection) -> bool:
            if _locked(c, manifest) is not State.FAILED:
                return False
            _requeue(c, manifest.upload_id, "redrive", "operator", "sent again after it had failed")
            return True

        return self._db.transact(work)


def _locked(c: Connection, manifest: Manifest) -> State:
    """The upload's state, its row locked and made if there was none."""
    c.execute(
        _INSERT,
        {
            "id": manifest.upload_id.bytes,
            "owner": manifest.owner.bytes,
            "username": manifest.username,
            "filename": manifest.filename,
            "size_bytes": manifest.size_bytes,
            "accepted_at": naive(manifest.accepted_at),
            "state": State.QUEUED,
        },
    )
    return _locked_state(c, manifest.upload_id)


def _locked_state(c: Connection, upload_id: UUID) -> State:
    """The state of an upload whose attempt has begun, its row locked."""
    state = c.execute(_LOCKED_STATE, {"id": upload_id.bytes}).scalar()
    if state is None:
        raise CatalogueUnavailable(f"the record of {upload_id} has gone; the next attempt makes it anew")
    return State(state)


def _requeue(c: Connection, upload_id: UUID, step: str, by: str, why: str) -> None:
    c.execute(_REQUEUE, {"id": upload_id.bytes, "state": State.QUEUED})
    _add_events(c, upload_id, [Event(datetime.now(UTC), step, 0, by, 0, why)])


def _settle(
    c: Connection,
    upload_id: UUID,
    attempt: Attempt,
    state: State,
    code: str | None = None,
    message: str | None = None,
) -> None:
    fields: dict[str, Any] = {"state": state, "attempts": attempt.number, "worker": attempt.worker}
    fields |= {"id": upload_id.bytes, "code": code, "message": message}
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

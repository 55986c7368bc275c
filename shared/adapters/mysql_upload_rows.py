"""The tables of uploads and of their timelines: rows that several transactions write, each under the upload's lock."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from shared.adapters.mysql import naive
from shared.domain.ids import made_at
from shared.domain.manifest import Manifest
from shared.domain.taking_back import ATTEMPTS_OVER_AFTER, UNDO_FOR
from shared.domain.uploads import Attempt, Event, State
from shared.ports.unavailable import CatalogueUnavailable

# First of all in each transaction that may find no row: it takes the row's lock, whether the row is there or not.
# Under READ COMMITTED a SELECT … FOR UPDATE of a row that is not there locks nothing.
_INSERT = text("""
    INSERT INTO uploads (id, owner, username, filename, size_bytes, sha256, accepted_at, state, attempts, changed_at)
    VALUES (:id, :owner, :username, :filename, :size_bytes, :sha256, :accepted_at, :state, 0, UTC_TIMESTAMP(6))
    ON DUPLICATE KEY UPDATE id = id""")
_REQUEUE = text("""
    UPDATE uploads SET state = :state, attempts = 0, worker = NULL, changed_at = UTC_TIMESTAMP(6),
                       requeued_at = UTC_TIMESTAMP(6), reason_code = NULL, reason_message = NULL,
                       taken_back_at = NULL, erasable_at = NULL
    WHERE id = :id""")
# The end of the last attempt is told by `changed_at` before this changes it, hence the order; that of one which makes
# renditions anew by `rendering_at`.
_TAKE_BACK = text("""
    UPDATE uploads SET state = :state, worker = NULL, reason_code = NULL, reason_message = NULL,
                       erasable_at = GREATEST(UTC_TIMESTAMP(6) + INTERVAL :undo_seconds SECOND,
                                              GREATEST(changed_at, COALESCE(rendering_at, changed_at))
                                              + INTERVAL :attempt_seconds SECOND),
                       taken_back_at = UTC_TIMESTAMP(6), changed_at = UTC_TIMESTAMP(6)
    WHERE id = :id""")
_NO_UNDO = text(
    "UPDATE uploads SET erase_begun_at = COALESCE(erase_begun_at, UTC_TIMESTAMP(6)) WHERE id = :id"
)
_EVENT = text("""
    INSERT INTO events (upload_id, at, step, attempt, worker, ms, result)
    VALUES (:upload_id, :at, :step, :attempt, :worker, :ms, :result)""")
_SETTLE = text("""
    UPDATE uploads SET state = :state, attempts = :attempts, worker = :worker, changed_at = UTC_TIMESTAMP(6),
                       reason_code = :code, reason_message = :message
    WHERE id = :id""")
_REJECT = text("""
    UPDATE uploads SET state = :state, changed_at = UTC_TIMESTAMP(6), reason_code = :code, reason_message = :message
    WHERE id = :id""")
_LOCKED_STATE = text("SELECT state FROM uploads WHERE id = :id FOR UPDATE")


def locked(c: Connection, manifest: Manifest) -> State:
    """The upload's state, its row locked and made if there was none."""
    return locked_or_made(c, manifest.upload_id, manifest.owner, manifest)


def locked_or_made(c: Connection, upload_id: UUID, owner: UUID, manifest: Manifest | None) -> State:
    """Likewise, for when the manifest may be gone: what it would tell is left out then."""
    fields: dict[str, Any] = {"id": upload_id.bytes, "owner": owner.bytes, "state": State.QUEUED}
    fields |= {
        "username": manifest.username if manifest else "",
        "filename": manifest.filename if manifest else "",
        "size_bytes": manifest.size_bytes if manifest else 0,
        "sha256": bytes.fromhex(manifest.sha256) if manifest else None,
        "accepted_at": naive(manifest.accepted_at if manifest else made_at(upload_id)),
    }
    c.execute(_INSERT, fields)
    return locked_state(c, upload_id)


def locked_state(c: Connection, upload_id: UUID) -> State:
    """The state of an upload whose attempt has begun, its row locked."""
    state = c.execute(_LOCKED_STATE, {"id": upload_id.bytes}).scalar()
    if state is None:
        raise CatalogueUnavailable(f"the record of {upload_id} has gone; the next attempt makes it anew")
    return State(state)


def requeue(c: Connection, upload_id: UUID, step: str, by: str, why: str) -> None:
    """Have it wait for its first attempt again."""
    c.execute(_REQUEUE, {"id": upload_id.bytes, "state": State.QUEUED})
    note(c, upload_id, step, by, why)


def take_back(c: Connection, upload_id: UUID, by: str, why: str) -> None:
    """Mark it, and say when a worker may erase it."""
    fields: dict[str, Any] = {"id": upload_id.bytes, "state": State.TAKEN_BACK}
    fields |= {
        "undo_seconds": int(UNDO_FOR.total_seconds()),
        "attempt_seconds": int(ATTEMPTS_OVER_AFTER.total_seconds()),
    }
    c.execute(_TAKE_BACK, fields)
    note(c, upload_id, "take back", by, why)


def end_undo(c: Connection, upload_id: UUID) -> None:
    """Have what is taken back stay so, as if erasing had begun."""
    c.execute(_NO_UNDO, {"id": upload_id.bytes})


def settle(
    c: Connection,
    upload_id: UUID,
    attempt: Attempt,
    state: State,
    code: str | None = None,
    message: str | None = None,
) -> None:
    """Record how an attempt ended."""
    fields: dict[str, Any] = {"state": state, "attempts": attempt.number, "worker": attempt.worker}
    fields |= {"id": upload_id.bytes, "code": code, "message": message}
    c.execute(_SETTLE, fields)


def reject(c: Connection, upload_id: UUID, code: str, message: str, step: str, by: str) -> None:
    """Record that a person ended it, with the sentence that its owner reads."""
    c.execute(
        _REJECT, {"id": upload_id.bytes, "state": State.REJECTED, "code": code, "message": message[:500]}
    )
    note(c, upload_id, step, by, f"rejected: {code}")


def note(c: Connection, upload_id: UUID, step: str, by: str, result: str) -> None:
    """Add a line about something that is no attempt's."""
    add_events(c, upload_id, [Event(datetime.now(UTC), step, 0, by, 0, result)])


def add_events(c: Connection, upload_id: UUID, events: Sequence[Event]) -> None:
    """Add lines to its timeline."""
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

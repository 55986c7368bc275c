"""The tables of uploads and of their timelines, in memory: rows that several transactions write."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.adapters.memory.database import Tables, UploadRow
from shared.domain.ids import made_at
from shared.domain.manifest import Manifest
from shared.domain.taking_back import ATTEMPTS_OVER_AFTER, UNDO_FOR
from shared.domain.uploads import Attempt, Event, State, Upload
from shared.ports.unavailable import CatalogueUnavailable

LONGEST_TEXT = 500  # characters of a reason or a result, as wide as the columns of the real tables


def made(tables: Tables, manifest: Manifest, now: datetime) -> Upload:
    """The upload, its row made if there was none."""
    return made_or_bare(tables, manifest.upload_id, manifest.owner, manifest, now)


def made_or_bare(
    tables: Tables, upload_id: UUID, owner: UUID, manifest: Manifest | None, now: datetime
) -> Upload:
    """Likewise, for when the manifest may be gone: what it would tell is left out then."""
    bare = Upload(upload_id, owner, "", "", 0, made_at(upload_id), State.QUEUED)
    new = UploadRow(Upload.queued(manifest) if manifest else bare, None, now)
    return tables.uploads.setdefault(upload_id, new).upload


def begun(tables: Tables, upload_id: UUID) -> Upload:
    """An upload whose attempt has begun."""
    if (row := tables.uploads.get(upload_id)) is None:
        raise CatalogueUnavailable(f"the record of {upload_id} has gone; the next attempt makes it anew")
    return row.upload


def settle(
    tables: Tables,
    upload: Upload,
    attempt: Attempt,
    state: State,
    now: datetime,
    code: str | None = None,
    message: str | None = None,
) -> None:
    """Record how an attempt ended."""
    changes: dict[str, Any] = {"status": state, "attempts": attempt.number}
    changes |= {"reason_code": code, "reason_message": message[:LONGEST_TEXT] if message else message}
    if state is State.PROCESSING:
        changes["worker_version"] = attempt.version
    before = tables.uploads.get(upload.id)
    waited = attempt.waited_ms if before is None or attempt.waited_ms is not None else before.waited_ms
    tables.uploads[upload.id] = UploadRow(replace(upload, **changes), attempt.worker, now, waited_ms=waited)


def requeue(tables: Tables, upload: Upload, now: datetime, step: str, by: str, why: str) -> None:
    """Have it wait for its first attempt again."""
    changes: dict[str, Any] = {"status": State.QUEUED, "attempts": 0, "requeued_at": now}
    changes |= {"reason_code": None, "reason_message": None, "taken_back_at": None}
    tables.uploads[upload.id] = UploadRow(replace(upload, **changes), None, now)
    note(tables, upload.id, step, by, why)


def take_back(tables: Tables, upload_id: UUID, now: datetime, by: str, why: str) -> None:
    """Mark it, and say when a worker may erase it."""
    row = tables.uploads[upload_id]
    changes: dict[str, Any] = {"status": State.TAKEN_BACK, "taken_back_at": now}
    changes |= {"reason_code": None, "reason_message": None}
    last_attempt = max(row.changed_at, row.rendering_at or row.changed_at)
    erasable_at = max(now + UNDO_FOR, last_attempt + ATTEMPTS_OVER_AFTER)
    tables.uploads[upload_id] = UploadRow(replace(row.upload, **changes), None, now, erasable_at)
    note(tables, upload_id, "take back", by, why)


def end_undo(tables: Tables, upload_id: UUID, now: datetime) -> None:
    """Have what is taken back stay so, as if erasing had begun."""
    row = tables.uploads[upload_id]
    tables.uploads[upload_id] = replace(row, erase_begun_at=row.erase_begun_at or now)


def reject(
    tables: Tables, upload_id: UUID, now: datetime, code: str, message: str, step: str, by: str
) -> None:
    """Record that a person ended it, with the sentence that its owner reads."""
    row = tables.uploads[upload_id]
    changes: dict[str, Any] = {"status": State.REJECTED, "reason_code": code}
    rejected = replace(row.upload, **changes, reason_message=message[:LONGEST_TEXT])
    tables.uploads[upload_id] = UploadRow(rejected, row.worker, now)
    note(tables, upload_id, step, by, f"rejected: {code}")


def note(tables: Tables, upload_id: UUID, step: str, by: str, result: str) -> None:
    """Add a line about something that is no attempt's."""
    add_events(tables, upload_id, [Event(datetime.now(UTC), step, 0, by, 0, result)])


def add_events(tables: Tables, upload_id: UUID, events: Sequence[Event]) -> None:
    """Add lines to its timeline."""
    added = (replace(event, result=event.result[:LONGEST_TEXT]) for event in events)
    tables.events[upload_id] = (*tables.events.get(upload_id, ()), *added)

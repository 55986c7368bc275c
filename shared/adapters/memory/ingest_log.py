"""What happens to each upload, written in memory: one transaction each."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase, Tables, UploadRow
from shared.adapters.memory.images import MemoryImages
from shared.domain.images import Image
from shared.domain.manifest import Manifest
from shared.domain.terms import Term
from shared.domain.uploads import Attempt, Event, State, Upload
from shared.ports.unavailable import CatalogueUnavailable

LONGEST_TEXT = 500  # characters of a reason or a result, as wide as the columns of the real tables


class MemoryIngestLog:
    """Implements shared.ports.attempts.Attempts and shared.ports.recovery.Recovery."""

    def __init__(self, database: MemoryDatabase, images: MemoryImages) -> None:
        """`images` writes its own tables within the transaction that publishes."""
        self._db = database
        self._images = images

    def begin(self, manifest: Manifest, attempt: Attempt) -> State:
        """Record that an attempt begins, unless the upload is finished; returns the state that holds now."""
        with self._db.transaction() as tables:
            upload = self._made(tables, manifest)
            if upload.status.finished:
                return upload.status
            self._settle(tables, upload, attempt, State.PROCESSING)
            return State.PROCESSING

    def note(self, upload_id: UUID, events: Sequence[Event]) -> None:
        """Add lines to the upload's timeline without changing its state."""
        with self._db.transaction() as tables:
            _add_events(tables, upload_id, events)

    def publish(self, image: Image, terms: Iterable[Term], attempt: Attempt, events: Sequence[Event]) -> bool:
        """Image, terms and state in one transaction; False when another attempt has finished the upload."""
        with self._db.transaction() as tables:
            upload = _begun(tables, image.id)
            if upload.status.finished:
                return False
            self._images.add(tables, image, terms)
            self._settle(tables, upload, attempt, State.PUBLISHED)
            _add_events(tables, image.id, events)
            return True

    def reject(
        self, upload_id: UUID, attempt: Attempt, code: str, message: str, events: Sequence[Event]
    ) -> None:
        """Record the permanent refusal, unless the upload is at rest already."""
        self._end(upload_id, attempt, State.REJECTED, code, message, events)

    def fail(self, upload_id: UUID, attempt: Attempt, message: str) -> None:
        """Record that SQS has given the upload up and an operator must look, unless that is known already."""
        event = Event(datetime.now(UTC), "dead-letter", attempt.number, attempt.worker, 0, message)
        self._end(upload_id, attempt, State.FAILED, "dead_letter", message, [event])

    def requeued(self, manifest: Manifest) -> None:
        """Record that the sweep has sent a new message for the upload, unless it is at rest."""
        with self._db.transaction() as tables:
            upload = self._made(tables, manifest)
            if not upload.status.resting:
                self._requeue(tables, upload, "requeue", "sweep", "the message was lost")

    def redriven(self, manifest: Manifest) -> bool:
        """Let a failed upload begin anew; False, and nothing is changed, when it isn't failed (any more)."""
        with self._db.transaction() as tables:
            upload = self._made(tables, manifest)
            if upload.status is not State.FAILED:
                return False
            self._requeue(tables, upload, "redrive", "operator", "sent again after it had failed")
            return True

    def _end(
        self,
        upload_id: UUID,
        attempt: Attempt,
        state: State,
        code: str,
        message: str,
        events: Sequence[Event],
    ) -> None:
        with self._db.transaction() as tables:
            upload = _begun(tables, upload_id)
            if not upload.status.resting:
                self._settle(tables, upload, attempt, state, code, message[:LONGEST_TEXT])
                _add_events(tables, upload_id, events)

    def _made(self, tables: Tables, manifest: Manifest) -> Upload:
        """The upload, its row made if there was none."""
        new = UploadRow(Upload.queued(manifest), None, self._db.now())
        return tables.uploads.setdefault(manifest.upload_id, new).upload

    def _settle(
        self,
        tables: Tables,
        upload: Upload,
        attempt: Attempt,
        state: State,
        code: str | None = None,
        message: str | None = None,
    ) -> None:
        changes: dict[str, Any] = {"status": state, "attempts": attempt.number}
        changes |= {"reason_code": code, "reason_message": message}
        self._write(tables, replace(upload, **changes), attempt.worker)

    def _requeue(self, tables: Tables, upload: Upload, step: str, by: str, why: str) -> None:
        changes: dict[str, Any] = {"status": State.QUEUED, "attempts": 0, "requeued_at": self._db.now()}
        changes |= {"reason_code": None, "reason_message": None}
        self._write(tables, replace(upload, **changes), None)
        _add_events(tables, upload.id, [Event(datetime.now(UTC), step, 0, by, 0, why)])

    def _write(self, tables: Tables, upload: Upload, worker: str | None) -> None:
        tables.uploads[upload.id] = UploadRow(upload, worker, self._db.now())


def _begun(tables: Tables, upload_id: UUID) -> Upload:
    """An upload whose attempt has begun."""
    if (row := tables.uploads.get(upload_id)) is None:
        raise CatalogueUnavailable(f"the record of {upload_id} has gone; the next attempt makes it anew")
    return row.upload


def _add_events(tables: Tables, upload_id: UUID, events: Sequence[Event]) -> None:
    added = (replace(event, result=event.result[:LONGEST_TEXT]) for event in events)
    tables.events[upload_id] = (*tables.events.get(upload_id, ()), *added)

"""What happens to each upload, written in memory: one transaction each."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from shared.adapters.memory import album_rows, image_rows
from shared.adapters.memory.closing import taken_back_as_closing
from shared.adapters.memory.database import MemoryDatabase
from shared.adapters.memory.fingerprints import looks_like
from shared.adapters.memory.held import hold
from shared.adapters.memory.upload_rows import add_events, begun, made, note, requeue, settle
from shared.domain.images import Image
from shared.domain.manifest import Manifest
from shared.domain.quota import UNLIMITED, Quota
from shared.domain.refusals import Refusal
from shared.domain.sparing import WHY_SPARED, may_be_spared
from shared.domain.terms import Term
from shared.domain.uploads import Attempt, Event, State


class MemoryIngestLog:
    """Implements shared.ports.attempts.Attempts and shared.ports.recovery.Recovery."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def begin(self, manifest: Manifest, attempt: Attempt) -> State:
        """Record that an attempt begins, unless the upload is closed or its owner's account is being deleted; returns
        the state that holds now."""
        with self._db.transaction() as tables:
            upload = made(tables, manifest, self._db.now())
            if upload.status.closed:
                return upload.status
            if taken_back_as_closing(tables, upload, self._db.now()):
                return State.TAKEN_BACK
            settle(tables, upload, attempt, State.PROCESSING, self._db.now())
            return State.PROCESSING

    def spare(self, manifest: Manifest, attempt: Attempt) -> bool:
        """Have the upload wait for another message's first attempt, if earlier ones were cut off; whether it does."""
        with self._db.transaction() as tables:
            upload = made(tables, manifest, self._db.now())
            steps = [event.step for event in tables.events.get(manifest.upload_id, ())]
            anew = [at for at, step in enumerate(steps) if step in ("redrive", "release", "restore", "retry")]
            since = steps[anew[-1] :] if anew else steps
            if upload.status.resting or not may_be_spared(since.count("fetch"), since.count("spare")):
                return False
            requeue(tables, upload, self._db.now(), "spare", attempt.worker, WHY_SPARED)
            return True

    def note(self, upload_id: UUID, events: Sequence[Event]) -> None:
        """Add lines to the upload's timeline without changing its state."""
        with self._db.transaction() as tables:
            add_events(tables, upload_id, events)

    def publish(
        self,
        image: Image,
        terms: Iterable[Term],
        attempt: Attempt,
        events: Sequence[Event],
        quota: Quota = UNLIMITED,
        album: str | None = None,
    ) -> State:
        """Image, terms and state in one transaction, unless the upload is closed; returns what it is now. Knowing
        whether its owner's account is being deleted is part of it, counting what the owner has, looking whether it was
        removed before, and its place in an album."""
        with self._db.transaction() as tables:
            upload = begun(tables, image.id)
            if upload.status.closed:
                return upload.status
            if taken_back_as_closing(tables, upload, self._db.now()):
                add_events(tables, image.id, events)
                return State.TAKEN_BACK
            if fault := quota.fault(image_rows.usage_of(tables, image.owner), image.size_bytes):
                settle(tables, upload, attempt, State.REJECTED, self._db.now(), Refusal.OVER_QUOTA, fault)
                add_events(tables, image.id, events)
                return State.REJECTED
            if hold(tables, upload, image, attempt, self._db.now()):
                add_events(tables, image.id, events)
                note(tables, image.id, "hold", attempt.worker, "a moderator looks at it first")
                return State.HELD
            image = replace(image, looks_like=looks_like(tables, image))
            image_rows.add(tables, image, terms, self._db.now())
            settle(tables, upload, attempt, State.PUBLISHED, self._db.now())
            add_events(tables, image.id, events)
            if album:
                entered = album_rows.enter(tables, image, album, self._db.now())
                note(tables, image.id, "album", attempt.worker, entered)
            return State.PUBLISHED

    def reject(
        self, upload_id: UUID, attempt: Attempt, code: str, message: str, events: Sequence[Event]
    ) -> State:
        """Record the permanent refusal, unless the upload is at rest already; returns what it is now."""
        return self._end(upload_id, attempt, State.REJECTED, code, message, events)

    def fail(self, upload_id: UUID, attempt: Attempt, message: str) -> None:
        """Record that SQS has given the upload up and an operator must look, unless that is known already."""
        event = Event(datetime.now(UTC), "dead-letter", attempt.number, attempt.worker, 0, message)
        self._end(upload_id, attempt, State.FAILED, "dead_letter", message, [event])

    def requeued(self, manifest: Manifest) -> None:
        """Record that the sweep has sent a new message for the upload, unless it is at rest."""
        with self._db.transaction() as tables:
            upload = made(tables, manifest, self._db.now())
            if not upload.status.resting:
                requeue(tables, upload, self._db.now(), "requeue", "sweep", "the message was lost")

    def redriven(self, manifest: Manifest) -> bool:
        """Let a failed upload begin anew; False, and nothing is changed, when it isn't failed (any more)."""
        with self._db.transaction() as tables:
            upload = made(tables, manifest, self._db.now())
            if upload.status is not State.FAILED:
                return False
            why = "sent again after it had failed"
            requeue(tables, upload, self._db.now(), "redrive", "operator", why)
            return True

    def _end(
        self,
        upload_id: UUID,
        attempt: Attempt,
        state: State,
        code: str,
        message: str,
        events: Sequence[Event],
    ) -> State:
        with self._db.transaction() as tables:
            upload = begun(tables, upload_id)
            if upload.status.resting:
                return upload.status
            settle(tables, upload, attempt, state, self._db.now(), code, message)
            add_events(tables, upload_id, events)
            return state

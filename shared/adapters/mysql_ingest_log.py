"""What happens to each upload, written to MySQL: one transaction each, under the lock of the upload's row."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from shared.adapters import mysql_album_rows, mysql_image_rows
from shared.adapters.mysql import Database
from shared.adapters.mysql_closing import taken_back_as_closing
from shared.adapters.mysql_fingerprints import looks_like
from shared.adapters.mysql_held import hold
from shared.adapters.mysql_upload_rows import add_events, locked, locked_state, note, requeue, settle
from shared.adapters.mysql_usages import usage_of
from shared.domain.images import Image
from shared.domain.manifest import Manifest
from shared.domain.quota import UNLIMITED, Quota
from shared.domain.refusals import Refusal
from shared.domain.sparing import WHY_SPARED, may_be_spared
from shared.domain.uploads import Attempt, Event, State

_BEGIN = text("""
    UPDATE uploads SET state = :state, attempts = :attempts, worker = :worker, changed_at = UTC_TIMESTAMP(6),
                       worker_version = :version, waited_ms = COALESCE(:waited_ms, waited_ms),
                       reason_code = NULL, reason_message = NULL
    WHERE id = :id""")


# An attempt that ends tells what it did, from the fetch on; one that is cut off leaves no line.
_COUNTED = text("""
    SELECT COALESCE(SUM(step = 'fetch'), 0) AS failed, COALESCE(SUM(step = 'spare'), 0) AS spared FROM events
    WHERE upload_id = :id AND id > COALESCE(
      (SELECT MAX(id) FROM events WHERE upload_id = :id AND step IN ('redrive', 'release', 'restore', 'retry')), 0)""")


class MySqlIngestLog:
    """Implements shared.ports.attempts.Attempts and shared.ports.recovery.Recovery."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def spare(self, manifest: Manifest, attempt: Attempt) -> bool:
        """Have the upload wait for another message's first attempt, if earlier ones were cut off; whether it does."""

        def work(c: Connection) -> bool:
            if locked(c, manifest).resting:
                return False
            counted = c.execute(_COUNTED, {"id": manifest.upload_id.bytes}).one()
            if not may_be_spared(int(counted.failed), int(counted.spared)):
                return False
            requeue(c, manifest.upload_id, "spare", attempt.worker, WHY_SPARED)
            return True

        return self._db.transact(work)

    def begin(self, manifest: Manifest, attempt: Attempt) -> State:
        """Record that an attempt begins, unless the upload is closed or its owner's account is being deleted; returns
        the state that holds now."""

        def work(c: Connection) -> State:
            if (state := locked(c, manifest)).closed:
                return state
            if taken_back_as_closing(c, manifest.owner, manifest.upload_id, state):
                return State.TAKEN_BACK
            fields: dict[str, Any] = {
                "state": State.PROCESSING,
                "attempts": attempt.number,
                "worker": attempt.worker,
            }
            fields |= {"version": attempt.version, "waited_ms": attempt.waited_ms}
            c.execute(_BEGIN, fields | {"id": manifest.upload_id.bytes})
            return State.PROCESSING

        return self._db.transact(work)

    def note(self, upload_id: UUID, events: Sequence[Event]) -> None:
        """Add lines to the upload's timeline without changing its state."""
        with self._db.connect() as c:
            add_events(c, upload_id, events)

    def publish(
        self,
        image: Image,
        terms: Iterable[tuple[str, str]],
        attempt: Attempt,
        events: Sequence[Event],
        quota: Quota = UNLIMITED,
        album: str | None = None,
    ) -> State:
        """Image, terms and state in one transaction, unless the upload is closed; returns what it is now. Knowing
        whether its owner's account is being deleted is part of it, counting what the owner has, looking whether it was
        removed before, and its place in an album."""
        terms = list(terms)

        def work(c: Connection) -> State:
            if (state := locked_state(c, image.id)).closed:
                return state
            if taken_back_as_closing(c, image.owner, image.id, state):
                add_events(c, image.id, events)
                return State.TAKEN_BACK
            # The owner's lock is held: nobody else who publishes for them counts less than this will make it.
            fault = None if quota.unlimited else quota.fault(usage_of(c, image.owner), image.size_bytes)
            if fault:
                settle(c, image.id, attempt, State.REJECTED, Refusal.OVER_QUOTA, fault)
                add_events(c, image.id, events)
                return State.REJECTED
            if hold(c, image, attempt):
                add_events(c, image.id, events)
                note(c, image.id, "hold", attempt.worker, "a moderator looks at it first")
                return State.HELD
            mysql_image_rows.add(c, replace(image, looks_like=looks_like(c, image)), terms)
            settle(c, image.id, attempt, State.PUBLISHED)
            add_events(c, image.id, events)
            if album:
                entered = mysql_album_rows.enter(c, image.id, image.owner, image.username, album)
                note(c, image.id, "album", attempt.worker, entered)
            return State.PUBLISHED

        return self._db.transact(work)

    def reject(
        self, upload_id: UUID, attempt: Attempt, code: str, message: str, events: Sequence[Event]
    ) -> State:
        """Record the permanent refusal, unless the upload is at rest already; returns what it is now."""
        return self._end(upload_id, attempt, State.REJECTED, code, message, events)

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
    ) -> State:
        def work(c: Connection) -> State:
            if (standing := locked_state(c, upload_id)).resting:
                return standing
            settle(c, upload_id, attempt, state, code, message[:500])
            add_events(c, upload_id, events)
            return state

        return self._db.transact(work)

    def requeued(self, manifest: Manifest) -> None:
        """Record that the sweep has sent a new message for the upload, unless it is at rest."""

        def work(c: Connection) -> None:
            if not locked(c, manifest).resting:
                requeue(c, manifest.upload_id, "requeue", "sweep", "the message was lost")

        self._db.transact(work)

    def redriven(self, manifest: Manifest) -> bool:
        """Let a failed upload begin anew; False, and nothing is changed, when it isn't failed (any more)."""

        def work(c: Connection) -> bool:
            if locked(c, manifest) is not State.FAILED:
                return False
            requeue(c, manifest.upload_id, "redrive", "operator", "sent again after it had failed")
            return True

        return self._db.transact(work)

"""An upload on its way: its states, its timeline, and what people see of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.domain.manifest import Manifest


class State(StrEnum):
    """Where an upload is."""

    QUEUED = "queued"  # the manifest exists and no attempt has begun
    PROCESSING = "processing"  # an attempt has begun
    HELD = "held"  # it is, or looks like, what was removed before: a moderator looks at it first
    PUBLISHED = "published"  # the image's row exists
    REJECTED = "rejected"  # the file itself was refused; the reason is recorded
    FAILED = "failed"  # dead-lettered, waiting for an operator
    TAKEN_BACK = "taken_back"  # its owner wants it gone; the bytes wait for the undo time and the worker
    ERASED = "erased"  # taken back, and nothing of it was found when it was looked for again

    @property
    def finished(self) -> bool:
        """Whether this is the end for good: what staging holds of the upload is of no more use."""
        return self in (State.PUBLISHED, State.REJECTED) or self.gone

    @property
    def gone(self) -> bool:
        """Whether its owner took it back: nobody sees it, and what is stored is the erase step's alone."""
        return self in (State.TAKEN_BACK, State.ERASED)

    @property
    def closed(self) -> bool:
        """Whether no attempt begins any more: it is finished, or a moderator must look."""
        return self.finished or self is State.HELD

    @property
    def resting(self) -> bool:
        """Whether nothing more happens by itself: it is closed, or an operator must look."""
        return self.closed or self is State.FAILED


UNFINISHED = (State.QUEUED, State.PROCESSING, State.HELD)
PROBLEMS = (State.REJECTED, State.FAILED)
GONE = (State.TAKEN_BACK, State.ERASED)


@dataclass(frozen=True)
class Attempt:
    """One delivery of an upload to a worker. `number` is SQS's receive count, from 1; `version` is the worker's,
    None for what is no worker; `waited_ms`, how long its message waited for the first, by SQS's clock: None for later
    ones, and where it isn't known."""

    number: int
    worker: str
    started_at: datetime
    version: str | None = None
    waited_ms: int | None = None


@dataclass(frozen=True)
class Event:
    """One line of an upload's timeline. `ms` is how long the step took."""

    at: datetime
    step: str
    attempt: int
    worker: str
    ms: int
    result: str


@dataclass(frozen=True)
class Upload:
    """An upload as its owner and operators see it. Times are UTC; `unchanged_for` is the age of its record's last
    change by the database's own clock, None without a record. `undo_for`: how long its owner may still have it back, by
    the same clock; None when that is over. `dismissed_at`: since when its owner wants to see no more
    of its rejection; `retried_at`: when its owner had it tried once more after it had failed; `sha256` (hex): of the
    bytes as they were received, None where it was never recorded, or is erased. `worker_version`: of the worker that
    had it last, None when that is not recorded."""

    id: UUID
    owner: UUID
    username: str
    filename: str
    size_bytes: int
    accepted_at: datetime
    status: State
    attempts: int = 0
    reason_code: str | None = None
    reason_message: str | None = None
    unchanged_for: timedelta | None = None
    requeued_at: datetime | None = None
    taken_back_at: datetime | None = None
    undo_for: timedelta | None = None
    erased_at: datetime | None = None
    dismissed_at: datetime | None = None
    retried_at: datetime | None = None
    sha256: str | None = None
    worker_version: str | None = None

    @classmethod
    def queued(cls, manifest: Manifest) -> "Upload":
        """What a manifest without an ingest row means."""
        return cls(
            id=manifest.upload_id,
            owner=manifest.owner,
            username=manifest.username,
            filename=manifest.filename,
            size_bytes=manifest.size_bytes,
            accepted_at=manifest.accepted_at,
            status=State.QUEUED,
            sha256=manifest.sha256,
        )

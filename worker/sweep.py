"""The sweep: heals what a crash or a lost message left behind. Harmless to run twice or beside itself.

- An accepted upload that is unfinished and not waiting on the queue is enqueued again (rule: shared.domain.loss).
- One whose last permitted attempt was cut off is marked failed, for an operator.
- What staging still holds of a finished upload is cleared.
- Bytes that never got a manifest are removed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from uuid import UUID

import structlog

from shared.domain import keys
from shared.domain.loss import is_cut_off, is_lost
from shared.domain.manifest import Manifest
from shared.domain.uploads import Attempt, Upload
from shared.ports.object_store import ObjectStore, StoredObject
from shared.ports.recovery import Recovery
from shared.ports.uploads import Uploads
from shared.ports.work_queue import WorkQueue

log = structlog.get_logger(__name__)
BATCH = 500  # uploads looked up in one query
ABANDONED_AFTER = timedelta(hours=1)  # the slowest upload that the balancer lets live is far shorter


@dataclass
class SweepReport:
    """How many uploads one sweep looked at and touched."""

    seen: int = 0
    requeued: int = 0
    failed: int = 0
    cleared: int = 0
    abandoned: int = 0


@dataclass
class Staged:
    """What staging holds of one upload. Ages are told by the store's clock."""

    owner: UUID
    upload_id: UUID
    keys: list[str] = field(default_factory=list)
    untouched_for: timedelta = timedelta.max  # the age of its newest object
    accepted_for: timedelta | None = None  # the age of its manifest, if there is one


class Sweep:
    """One pass over staging."""

    def __init__(self, store: ObjectStore, queue: WorkQueue, uploads: Uploads, recovery: Recovery) -> None:
        self._store = store
        self._queue = queue
        self._uploads = uploads
        self._recovery = recovery

    def run(self) -> SweepReport:
        """Do it. Raises Unavailable when a part of the world is away: the next minute brings the next sweep."""
        report = SweepReport()
        backlog = (
            self._queue.depth().backlog
        )  # before listing: what is accepted meanwhile is within its grace
        for batch in _batches(staged_uploads(self._store), BATCH):
            known = self._uploads.find_many([s.upload_id for s in batch if s.accepted_for is not None])
            for staged in batch:
                report.seen += 1
                if staged.accepted_for is None:
                    self._remove_abandoned(staged, report)
                else:
                    self._heal(staged, staged.accepted_for, known.get(staged.upload_id), backlog, report)
        log.info("sweep", **vars(report))
        return report

    def _heal(
        self,
        staged: Staged,
        accepted_for: timedelta,
        upload: Upload | None,
        backlog: int,
        report: SweepReport,
    ) -> None:
        if upload is not None and upload.status.finished:
            manifest_key = keys.manifest_key(staged.owner, staged.upload_id)
            self._store.delete(key for key in staged.keys if key != manifest_key)
            self._store.delete([manifest_key])
            report.cleared += 1
        elif upload is not None and is_cut_off(upload):
            attempt = Attempt(upload.attempts, "sweep", datetime.now(UTC))
            self._recovery.fail(upload.id, attempt, "The last permitted attempt was cut off.")
            report.failed += 1
        elif is_lost(upload, staged_for=accepted_for, backlog=backlog):
            self._requeue(staged, report)

    def _requeue(self, staged: Staged, report: SweepReport) -> None:
        stored = self._store.get(keys.manifest_key(staged.owner, staged.upload_id))
        if stored is None:
            return  # finished and cleared since it was listed
        self._queue.send(staged.owner, staged.upload_id)
        self._recovery.requeued(Manifest.from_json(stored))
        log.warning("enqueued again", upload_id=str(staged.upload_id), owner=str(staged.owner))
        report.requeued += 1

    def _remove_abandoned(self, staged: Staged, report: SweepReport) -> None:
        if staged.untouched_for > ABANDONED_AFTER:
            self._store.delete(staged.keys)
            report.abandoned += 1


def staged_uploads(store: ObjectStore) -> Iterator[Staged]:
    """Staging, grouped by upload, in the order of the keys."""
    parsed = ((keys.parse_staging_key(entry.key), entry) for entry in store.list(keys.STAGING))
    known = ((where, entry) for where, entry in parsed if where is not None)
    for (owner, upload_id), entries in groupby(known, key=lambda pair: pair[0][:2]):
        yield _staged(owner, upload_id, ((where[2], entry) for where, entry in entries))


def _staged(owner: UUID, upload_id: UUID, entries: Iterable[tuple[str, StoredObject]]) -> Staged:
    staged = Staged(owner, upload_id)
    for name, entry in entries:
        staged.keys.append(entry.key)
        staged.untouched_for = min(staged.untouched_for, entry.age)
        if name == "manifest":
            staged.accepted_for = entry.age
    return staged


def _batches(items: Iterable[Staged], size: int) -> Iterator[list[Staged]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

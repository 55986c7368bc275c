"""The sweep: heals what a crash or a lost message left behind. Harmless to run twice or beside itself.

- An accepted upload that is unfinished and not waiting on the queue is enqueued again (rule: shared.domain.sweep).
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
from shared.domain.manifest import Manifest
from shared.domain.sweep import is_dead_lettered, is_lost
from shared.domain.uploads import FINISHED, QUEUED, Attempt, Upload
from shared.ports.ingest_log import IngestLog
from shared.ports.object_store import ObjectStore, StoredObject
from shared.ports.work_queue import WorkQueue

log = structlog.get_logger(__name__)
BATCH = 500  # uploads looked up in one query
LONG_AGO = datetime.min.replace(tzinfo=UTC)
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
    """What staging holds of one upload."""

    owner: UUID
    upload_id: UUID
    keys: list[str] = field(default_factory=list)
    newest: datetime = LONG_AGO
    accepted_at: datetime | None = None  # when the manifest was written, if it was


class Sweep:
    """One pass over staging."""

    def __init__(self, store: ObjectStore, queue: WorkQueue, ingest_log: IngestLog) -> None:
        self._store = store
        self._queue = queue
        self._log = ingest_log
        self._newest_begun: dict[UUID, datetime | None] = {}

    def run(self) -> SweepReport:
        """Do it. Raises Unavailable when a part of the world is away: the next minute brings the next sweep."""
        report = SweepReport()
        backlog = (
            self._queue.depth().backlog
        )  # before listing: what is accepted meanwhile is within its grace
        self._newest_begun.clear()
        for batch in _batches(staged_uploads(self._store), BATCH):
            known = self._log.find_many([s.upload_id for s in batch if s.accepted_at])
            for staged in batch:
                report.seen += 1
                if staged.accepted_at is None:
                    self._remove_abandoned(staged, report)
                else:
                    upload = known.get(staged.upload_id) or _waiting(staged, staged.accepted_at)
                    self._heal(staged, upload, backlog, report)
        log.info("sweep", **vars(report))
        return report

    def _heal(self, staged: Staged, upload: Upload, backlog: int, report: SweepReport) -> None:
        now = datetime.now(UTC)
        if upload.status in FINISHED:
            manifest_key = keys.manifest_key(staged.owner, staged.upload_id)
            self._store.delete(key for key in staged.keys if key != manifest_key)
            self._store.delete([manifest_key])
            report.cleared += 1
        elif is_dead_lettered(upload, now):
            self._log.fail(
                upload.id, Attempt(upload.attempts, "sweep", now), "The last permitted attempt was cut off."
            )
            report.failed += 1
        elif is_lost(upload, backlog=backlog, newest_begun=self._begun(staged.owner), now=now):
            self._requeue(staged, now, report)

    def _begun(self, owner: UUID) -> datetime | None:
        if owner not in self._newest_begun:
            self._newest_begun[owner] = self._log.newest_begun(owner)
        return self._newest_begun[owner]

    def _requeue(self, staged: Staged, now: datetime, report: SweepReport) -> None:
        stored = self._store.get(keys.manifest_key(staged.owner, staged.upload_id))
        if stored is None:
            return  # finished and cleared since it was listed
        self._queue.send(staged.owner, staged.upload_id)
        self._log.requeued(Manifest.from_json(stored), now)
        log.warning("enqueued again", upload_id=str(staged.upload_id), owner=str(staged.owner))
        report.requeued += 1

    def _remove_abandoned(self, staged: Staged, report: SweepReport) -> None:
        if datetime.now(UTC) - staged.newest > ABANDONED_AFTER:
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
        staged.newest = max(staged.newest, entry.modified_at)
        if name == "manifest":
            staged.accepted_at = entry.modified_at
    return staged


def _waiting(staged: Staged, accepted_at: datetime) -> Upload:
    """An accepted upload that no attempt has begun; the sweep needs only its ids and its time."""
    return Upload(staged.upload_id, staged.owner, "", "", 0, accepted_at, QUEUED)


def _batches(items: Iterable[Staged], size: int) -> Iterator[list[Staged]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

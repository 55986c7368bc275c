"""The sweep: heals what a crash or a lost message left behind. Harmless to run twice or beside itself.

- An accepted upload that is unfinished and not waiting on the queue is enqueued again (rule: shared.domain.loss).
- One whose last permitted attempt was cut off is marked failed, for an operator.
- What staging still holds of a finished upload is cleared; of a rejected one, what may have been put in its place too.
- Bytes that never got a manifest are removed, and what a request said that came after all was erased.
- What was taken back and is neither erased nor waiting on the queue is enqueued again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from uuid import UUID

import structlog

from shared.domain.keys import final_prefixes
from shared.domain.loss import is_cut_off, is_erasing_lost, is_lost
from shared.domain.samples import OwnerLoad
from shared.domain.uploads import Attempt, State, Upload
from shared.ports.erasing import Erasing
from shared.ports.object_store import ObjectStore
from shared.ports.recovery import Recovery
from shared.ports.uploads import Uploads
from shared.ports.work_queue import WorkQueue
from shared.staging import Staged, Staging

log = structlog.get_logger(__name__)
BATCH = 500  # uploads looked up in one query
MOST_OWNERS = 20
"""Who fills the queue: so many are written down."""
ABANDONED_AFTER = timedelta(hours=1)  # the slowest upload that the balancer lets live is far shorter


@dataclass
class SweepReport:
    """How many uploads one sweep looked at and touched; `closed`: accounts whose deletion was completed; `reingesting`:
    pictures of which the renditions are made anew now; `renditions_removed`: what was made before, removed; `due`: to
    be erased by now;
    `oldest_seconds`: how long the upload waits, or is worked on, that does so longest, 0 without any."""

    seen: int = 0
    requeued: int = 0
    failed: int = 0
    cleared: int = 0
    abandoned: int = 0
    due: int = 0
    erasing: int = 0
    closed: int = 0
    reingesting: int = 0
    renditions_removed: int = 0
    oldest_seconds: float = 0


class Sweep:
    """One pass over staging, and over what was taken back."""

    def __init__(
        self,
        store: ObjectStore,
        queue: WorkQueue,
        uploads: Uploads,
        recovery: Recovery,
        erasing: Erasing,
    ) -> None:
        self._store = store
        self._staging = Staging(store)
        self._queue = queue
        self._uploads = uploads
        self._recovery = recovery
        self._erasing = erasing
        self._waiting: Counter[UUID] = Counter()
        self._one_of: dict[UUID, UUID] = {}

    def run(self, received_for: timedelta = timedelta.max, *, beside: int = 0) -> SweepReport:
        """Do it; `received_for`: how long ago a pause of receiving ended; `beside`: messages that are about no upload
        on its way, and must not make a lost one look as if it waited. Raises Unavailable when a part of the world is
        away: the next minute brings the next sweep."""
        report = SweepReport()
        # Before listing: what is accepted meanwhile is within its grace.
        backlog = max(0, self._queue.depth().backlog - beside)
        lost = partial(is_lost, backlog=backlog, received_for=received_for)
        for batch in _batches(self._staging.walk(), BATCH):
            known = self._uploads.find_many([staged.upload_id for staged in batch])
            for staged in batch:
                report.seen += 1
                upload = known.get(staged.upload_id)
                if staged.accepted_for is None:
                    self._remove_abandoned(staged, upload, report)
                else:
                    self._heal(staged, staged.accepted_for, upload, lost, report)
        for upload in self._due():
            report.due += 1
            if is_erasing_lost(upload, backlog=backlog, received_for=received_for):
                self._queue.send(upload.owner, upload.id)
                self._erasing.resent(upload.id)
                report.erasing += 1
        log.info("sweep", **vars(report))
        return report

    @property
    def waiting(self) -> int:
        """How many uploads it saw waiting, or worked on."""
        return self._waiting.total()

    def load(self) -> list[OwnerLoad]:
        """Whose uploads it saw waiting, the most first."""
        return [OwnerLoad(o, n, self._one_of[o]) for o, n in self._waiting.most_common(MOST_OWNERS)]

    def _heal(
        self,
        staged: Staged,
        accepted_for: timedelta,
        upload: Upload | None,
        lost: Callable[..., bool],
        report: SweepReport,
    ) -> None:
        if upload is None or not upload.status.resting:
            self._waiting[staged.owner] += 1
            self._one_of[staged.owner] = staged.upload_id
            report.oldest_seconds = max(report.oldest_seconds, accepted_for.total_seconds())
        if upload is not None and upload.status.finished:
            self._clear(staged, upload, report)
        elif upload is not None and is_cut_off(upload):
            attempt = Attempt(upload.attempts, "sweep", datetime.now(UTC))
            self._recovery.fail(upload.id, attempt, "The last permitted attempt was cut off.")
            report.failed += 1
        elif lost(upload, staged_for=accepted_for):
            self._requeue(staged, report)

    def _clear(self, staged: Staged, upload: Upload, report: SweepReport) -> None:
        if upload.status is State.TAKEN_BACK:
            return  # its owner may undo it; then it is the erase step's
        if upload.status is State.REJECTED:
            prefixes = final_prefixes(upload.filename, upload.accepted_at, upload.id)
            self._store.erase(version for prefix in prefixes for version in self._store.versions(prefix))
        self._empty(staged, upload)
        report.cleared += 1

    def _due(self) -> Iterator[Upload]:
        """What may be erased by now, oldest first, a batch at a time."""
        after: UUID | None = None
        while page := self._erasing.due(after, BATCH):
            yield from page
            after = page[-1].id

    def _requeue(self, staged: Staged, report: SweepReport) -> None:
        manifest = self._staging.manifest(staged.owner, staged.upload_id)
        if manifest is None:
            return  # finished and cleared since it was listed
        self._queue.send(staged.owner, staged.upload_id)
        self._recovery.requeued(manifest)
        log.warning("enqueued again", upload_id=str(staged.upload_id), owner=str(staged.owner))
        report.requeued += 1

    def _remove_abandoned(self, staged: Staged, upload: Upload | None, report: SweepReport) -> None:
        if staged.untouched_for > ABANDONED_AFTER:
            self._empty(staged, upload)
            report.abandoned += 1

    def _empty(self, staged: Staged, upload: Upload | None) -> None:
        if upload is not None and upload.status is State.ERASED:  # a request that came late
            self._store.erase(self._staging.versions(staged.owner, staged.upload_id))
        else:
            self._staging.clear(staged)


def _batches(items: Iterable[Staged], size: int) -> Iterator[list[Staged]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

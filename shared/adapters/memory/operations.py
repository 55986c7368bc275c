"""What operators look at, in memory."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.adapters.memory.database import MemoryDatabase, UploadRow
from shared.domain.uploads import PROBLEMS, State
from shared.ports.operations import Throughput, WorkerStatus


class MemoryOperations:
    """Implements shared.ports.operations.Operations."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def beat(self, worker: WorkerStatus) -> None:
        """Record a worker's sign of life; workers unseen for a day are forgotten."""
        with self._db.transaction() as tables:
            known = tables.workers.get(worker.name, worker)
            tables.workers[worker.name] = replace(worker, host=known.host)
            since = worker.last_heartbeat_at - timedelta(days=1)
            tables.workers = {n: w for n, w in tables.workers.items() if w.last_heartbeat_at >= since}

    def workers(self, now: datetime) -> list[WorkerStatus]:
        """Every worker seen within a day, with what it is at and has done since midnight UTC."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        workers = self._db.read().workers
        return [self._with_its_work(workers[name], midnight) for name in sorted(workers)]

    def throughput(self, now: datetime) -> Throughput:
        """Figures of the last minute and day."""
        published = [r.changed_at for r in self._rows() if r.upload.status is State.PUBLISHED]
        problems = [r.changed_at for r in self._rows() if r.upload.status in PROBLEMS]
        return Throughput(
            published_last_minute=sum(at > now - timedelta(minutes=1) for at in published),
            problems_last_day=sum(at > now - timedelta(days=1) for at in problems),
            last_published_at=max(published, default=None),
            held=sum(r.upload.status is State.HELD for r in self._rows()),
        )

    def check(self) -> None:
        """Raises CatalogueUnavailable while the database is away."""
        self._db.read()

    def _rows(self) -> list[UploadRow]:
        return list(self._db.read().uploads.values())

    def _with_its_work(self, worker: WorkerStatus, midnight: datetime) -> WorkerStatus:
        mine = [row for row in self._rows() if row.worker == worker.name]
        at_work = [row for row in mine if row.upload.status is State.PROCESSING]
        current = max(at_work, key=lambda row: row.changed_at, default=None)
        today = [row.upload.status for row in mine if row.changed_at >= midnight]
        return replace(
            worker,
            current_upload=current.upload.id if current else None,
            current_step="ingest" if current else None,
            current_since=current.changed_at if current else None,
            done_today=sum(state in (State.PUBLISHED, State.REJECTED) for state in today),
            failed_today=today.count(State.FAILED),
        )

"""What operators look at, in memory."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.adapters.memory.database import MemoryDatabase, UploadRow
from shared.domain.uploads import PROBLEMS, State
from shared.ports.operations import AtWork, Throughput, WorkerStatus

_ENDED = (State.PUBLISHED, *PROBLEMS)
_MOVED = (State.PROCESSING, State.HELD, State.PUBLISHED, *PROBLEMS)


class MemoryOperations:
    """Implements shared.ports.operations.Operations."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def beat(self, worker: WorkerStatus) -> None:
        """Record a worker's sign of life; workers unseen for a day are forgotten."""
        with self._db.transaction() as tables:
            known = tables.workers.get(worker.name, worker)
            now = self._db.now()
            tables.workers[worker.name] = replace(worker, host=known.host, last_heartbeat_at=now)
            since = now - timedelta(days=1)
            tables.workers = {n: w for n, w in tables.workers.items() if w.last_heartbeat_at >= since}

    def workers(self, now: datetime) -> list[WorkerStatus]:
        """Every worker seen within a day, with what it is at and has done since midnight UTC."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        workers = self._db.read().workers
        ahead = self._db.now() - now
        return [_told(self._with_its_work(workers[name], midnight), ahead) for name in sorted(workers)]

    def throughput(self, now: datetime) -> Throughput:
        """Figures of the last minute and day."""
        moment = self._db.now()
        ahead = moment - now
        published = [r.changed_at for r in self._rows() if r.upload.status is State.PUBLISHED]
        problems = [r.changed_at for r in self._rows() if r.upload.status in PROBLEMS]
        return Throughput(
            published_last_minute=sum(at > moment - timedelta(minutes=1) for at in published),
            problems_last_day=sum(at > moment - timedelta(days=1) for at in problems),
            last_published_at=max((at - ahead for at in published), default=None),
            held=sum(r.upload.status is State.HELD for r in self._rows()),
            failed=sum(r.upload.status is State.FAILED for r in self._rows()),
            moved_at=max((at - ahead for at in self._moved()), default=None),
        )

    def check(self) -> None:
        """Raises CatalogueUnavailable while the database is away."""
        self._db.read()

    def _moved(self) -> list[datetime]:
        remade = self._db.read().reingest_moved_at
        return [r.changed_at for r in self._rows() if r.upload.status in _MOVED] + (
            [remade] if remade else []
        )

    def _rows(self) -> list[UploadRow]:
        return list(self._db.read().uploads.values())

    def _with_its_work(self, worker: WorkerStatus, midnight: datetime) -> WorkerStatus:
        mine = [row for row in self._rows() if row.worker == worker.name]
        at_work = [row for row in mine if row.upload.status is State.PROCESSING]
        at_work.sort(key=lambda row: (row.changed_at, row.upload.id))
        ended = [row for row in mine if row.changed_at >= midnight and row.upload.status in _ENDED]
        today = [row.upload.status for row in ended]
        return replace(
            worker,
            at_work=tuple(AtWork(row.upload.id, row.changed_at) for row in at_work),
            done_today=sum(state in (State.PUBLISHED, State.REJECTED) for state in today),
            failed_today=today.count(State.FAILED),
            ended_at=max((row.changed_at for row in ended), default=None),
        )


def _told(worker: WorkerStatus, ahead: timedelta) -> WorkerStatus:
    """By the clock of who asks."""
    return replace(
        worker,
        last_heartbeat_at=worker.last_heartbeat_at - ahead,
        at_work=tuple(replace(at, since=at.since - ahead) for at in worker.at_work),
        ended_at=worker.ended_at and worker.ended_at - ahead,
    )

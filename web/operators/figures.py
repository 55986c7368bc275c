"""The figures that operators look at: what waits, who works, what went wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from shared.domain.delivery import STALE_AFTER_SECONDS
from shared.ports.operations import WorkerStatus
from shared.ports.unavailable import Unavailable
from web.http.parts import parts

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CurrentWork:
    """What a worker is at."""

    upload_id: UUID
    step: str
    seconds: float


@dataclass(frozen=True)
class WorkerView:
    """A worker with its ages in seconds; `stale` when its sign of life is overdue."""

    name: str
    host: str
    version: str
    last_heartbeat_at: datetime
    age_seconds: float
    last_poll_age_seconds: float | None
    current: CurrentWork | None
    done_today: int
    failed_today: int
    stale: bool

    @classmethod
    def of(cls, worker: WorkerStatus, now: datetime) -> "WorkerView":
        """Turn times into ages. The last poll is as old as it was at the heartbeat, plus the heartbeat's age."""
        age = (now - worker.last_heartbeat_at).total_seconds()
        poll = worker.last_poll_age_seconds
        current = None
        if worker.current_upload and worker.current_since:
            seconds = (now - worker.current_since).total_seconds()
            current = CurrentWork(worker.current_upload, worker.current_step or "ingest", round(seconds, 1))
        return cls(
            name=worker.name,
            host=worker.host,
            version=worker.version,
            last_heartbeat_at=worker.last_heartbeat_at,
            age_seconds=round(age, 1),
            last_poll_age_seconds=None if poll is None else round(poll + age, 1),
            current=current,
            done_today=worker.done_today,
            failed_today=worker.failed_today,
            stale=age + (poll or 0.0) > STALE_AFTER_SECONDS,
        )


@dataclass(frozen=True)
class QueueView:
    """Figures of the queue. Ages in seconds; None where nothing waits or the queue can't tell."""

    visible: int | None
    in_flight: int | None
    delayed: int | None
    dead_letters: int | None
    oldest_age_seconds: float | None
    published_per_minute: int
    problems_today: int
    last_published_at: datetime | None
    workers: list[WorkerView]
    error: str | None


def queue_view() -> QueueView:
    """Ask the queue and the database; a queue that can't be asked is said so, with what is known beside it."""
    now = datetime.now(UTC)
    error, depth = None, None
    try:
        depth = parts().queue.depth()
    except Unavailable as unavailable:
        log.warning("the queue can't be counted", error=str(unavailable))
        error = "The queue can't be reached; its figures are unknown."
    throughput = parts().operations.throughput(now)
    return QueueView(
        visible=depth.visible if depth else None,
        in_flight=depth.in_flight if depth else None,
        delayed=depth.delayed if depth else None,
        dead_letters=depth.dead_letters if depth else None,
        oldest_age_seconds=_oldest_age() if depth and depth.backlog else None,
        published_per_minute=throughput.published_last_minute,
        problems_today=throughput.problems_last_day,
        last_published_at=throughput.last_published_at,
        workers=[WorkerView.of(w, now) for w in parts().operations.workers(now)],
        error=error,
    )


def _oldest_age() -> float | None:
    """How long the oldest waiting upload has waited; SQS tells ages to CloudWatch alone, staging tells them here."""
    oldest: timedelta | None = None
    for seen, entry in enumerate(parts().store.list("staging/")):
        if entry.key.endswith("/manifest") and (oldest is None or entry.age > oldest):
            oldest = entry.age
        if seen >= 5000:
            break  # a long backlog: enough to be near the truth, and bounded
    return max(0.0, oldest.total_seconds()) if oldest is not None else None

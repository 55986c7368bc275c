"""The figures that operators look at: what waits, who works, what went wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

import structlog

from shared.domain.delivery import STALE_AFTER_SECONDS
from shared.ports.operations import WorkerStatus
from shared.ports.unavailable import Unavailable
from shared.staging import Staging
from web.http.parts import parts

log = structlog.get_logger(__name__)
MOST_STAGED = 2500  # of a long backlog: enough to be near the truth, and bounded
BATCH = 200


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
    held: int
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
        held=throughput.held,
        last_published_at=throughput.last_published_at,
        workers=[WorkerView.of(w, now) for w in parts().operations.workers(now)],
        error=error,
    )


def _oldest_age() -> float | None:
    """How long the oldest waiting upload has waited; SQS tells ages to CloudWatch alone, staging tells them here."""
    staged = Staging(parts().store).walk()
    ages = {s.upload_id: s.accepted_for for s in islice(staged, MOST_STAGED) if s.accepted_for is not None}
    by_age = sorted(ages, key=lambda upload_id: ages[upload_id], reverse=True)
    for at in range(
        0, len(by_age), BATCH
    ):  # what is at rest (held, failed) waits for a person, not for a worker
        known = parts().uploads.find_many(by_age[at : at + BATCH])
        for upload_id in by_age[at : at + BATCH]:
            if upload_id not in known or not known[upload_id].status.resting:
                return max(0.0, ages[upload_id].total_seconds())
    return None

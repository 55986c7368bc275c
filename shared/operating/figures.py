"""The figures that operators look at: what waits, who works, what went wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from shared.domain.forecast import Forecast
from shared.domain.receiving import EVERY_WORKER, UNTOUCHED, Wish, pause_of
from shared.operating.forecasting import depth_of, forecast_of
from shared.operating.parts import OperatingParts
from shared.operating.waiting import NOTHING, Waiting, look
from shared.operating.workers import QUIET_SECONDS, Sign, WorkerView
from shared.ports.object_store import StoreUnavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class QueueView:
    """Figures of the queue. Ages in seconds; None where nothing waits or the queue can't tell. `still_seconds`: since
    when no attempt began or ended, None when none ever did. `stalled`: something waits, and no worker works though it
    may. `pause`: receiving is paused, so what waits doesn't clear. `all_drained`: no worker that lives may receive."""

    visible: int | None
    in_flight: int | None
    delayed: int | None
    dead_letters: int | None
    waiting: Waiting | None
    published_per_minute: int
    problems_today: int
    held: int
    failed: int
    still_seconds: float | None
    stalled: bool
    pause: Wish | None
    pause_version: int
    last_published_at: datetime | None
    workers: list[WorkerView]
    forecast: Forecast
    error: str | None

    @property
    def all_drained(self) -> bool:
        """Whether every worker that gives signs of life is drained, or about to be."""
        living = [worker for worker in self.workers if worker.sign is not Sign.GONE]
        return bool(living) and all(worker.drain for worker in living)

    @property
    def oldest_age_seconds(self) -> float | None:
        """How long the upload that waits longest for a worker has waited."""
        return self.waiting.oldest_age_seconds if self.waiting else None


def queue_view(parts: OperatingParts) -> QueueView:
    """Ask the queue and the database; a queue that can't be asked is said so, with what is known beside it."""
    now = datetime.now(UTC)
    depth, waiting = depth_of(parts.queue), None
    error = None if depth else "The queue can't be reached; its figures are unknown."
    throughput = parts.operations.throughput(now)
    wishes = parts.receiving.wishes()
    workers = [WorkerView.of(worker, now, wishes) for worker in parts.operations.workers(now)]
    try:
        waiting = look(parts) if depth and depth.backlog else NOTHING
    except StoreUnavailable as unavailable:
        log.warning("what is staged can't be looked at", error=str(unavailable))
        error = "What is staged can't be looked at; the oldest age is unknown."
    wish = wishes.get(EVERY_WORKER)
    pause = pause_of(wishes)
    still = (now - throughput.moved_at).total_seconds() if throughput.moved_at else None
    quiet = (still is None or still > QUIET_SECONDS) and not any(worker.working for worker in workers)
    return QueueView(
        visible=depth.visible if depth else None,
        in_flight=depth.in_flight if depth else None,
        delayed=depth.delayed if depth else None,
        dead_letters=depth.dead_letters if depth else None,
        waiting=waiting,
        published_per_minute=throughput.published_last_minute,
        problems_today=throughput.problems_last_day,
        held=throughput.held,
        failed=throughput.failed,
        still_seconds=still,
        stalled=quiet and pause is None and depth is not None and depth.visible + depth.in_flight > 0,
        pause=pause,
        pause_version=wish.version if wish else UNTOUCHED,
        last_published_at=throughput.last_published_at,
        workers=workers,
        forecast=forecast_of(parts, depth, wishes),
        error=error,
    )

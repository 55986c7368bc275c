"""The figures that operators look at: what waits, who works, what went wrong, and where it goes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from shared.domain.forecast import Forecast, forecast
from shared.domain.samples import Sample
from shared.operating.forecasting import depth_of
from shared.ports.operations import Throughput, WorkerStatus
from shared.ports.unavailable import Unavailable
from web.http.parts import parts
from web.operators.waiting import NOTHING, Waiting, look
from web.operators.workers import QUIET_SECONDS, WorkerView

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class QueueView:
    """Figures of the queue. Ages in seconds; None where nothing waits or a part of the portal can't tell.
    `still_seconds`: since when no attempt began or ended, None when none ever did. `stalled`: something waits, and no
    worker works. `errors`: what can't be asked, a sentence each."""

    visible: int | None
    in_flight: int | None
    delayed: int | None
    dead_letters: int | None
    waiting: Waiting | None
    published_per_minute: int | None
    problems_today: int | None
    held: int | None
    failed: int | None
    still_seconds: float | None
    stalled: bool
    last_published_at: datetime | None
    workers: list[WorkerView] | None
    forecast: Forecast
    errors: tuple[str, ...]

    @property
    def oldest_age_seconds(self) -> float | None:
        """How long the upload that waits longest for a worker has waited."""
        return self.waiting.oldest_age_seconds if self.waiting else None

    @property
    def unrecorded(self) -> int:
        """How many wait for which no attempt has begun, as far as was looked."""
        return len(self.waiting.unrecorded) if self.waiting else 0

    @property
    def error(self) -> str | None:
        """All that can't be asked."""
        return " ".join(self.errors) or None


def queue_view() -> QueueView:
    """Ask the queue, the database and staging; what can't be asked is said so, with what is known beside it."""
    now = datetime.now(UTC)
    depth = depth_of(parts().queue)
    errors = [] if depth else ["The queue can't be reached; its figures are unknown."]
    throughput: Throughput | None = asked(lambda: parts().operations.throughput(now))
    seen: list[WorkerStatus] | None = asked(lambda: parts().operations.workers(now))
    samples: list[Sample] | None = asked(parts().samples.recent)
    if throughput is None or seen is None or samples is None:
        errors.append("The database can't be reached; what it counts is unknown.")
    waiting: Waiting | None = asked(look) if depth and depth.backlog else NOTHING
    if waiting is None:
        errors.append("What is staged can't be looked at; the oldest age is unknown.")
    workers = None if seen is None else [WorkerView.of(worker, now) for worker in seen]
    moved_at = throughput.moved_at if throughput else None
    still = (now - moved_at).total_seconds() if moved_at else None
    quiet = (still is None or still > QUIET_SECONDS) and not any(worker.working for worker in workers or ())
    waits = depth is not None and depth.visible + depth.in_flight > 0
    return QueueView(
        visible=depth.visible if depth else None,
        in_flight=depth.in_flight if depth else None,
        delayed=depth.delayed if depth else None,
        dead_letters=depth.dead_letters if depth else None,
        waiting=waiting,
        published_per_minute=throughput.published_last_minute if throughput else None,
        problems_today=throughput.problems_last_day if throughput else None,
        held=throughput.held if throughput else None,
        failed=throughput.failed if throughput else None,
        still_seconds=still,
        stalled=waits and quiet and throughput is not None and workers is not None,
        last_published_at=throughput.last_published_at if throughput else None,
        workers=workers,
        forecast=forecast(samples or [], depth.visible if depth else None),
        errors=tuple(errors),
    )


def asked(ask: Callable[[], Answer]) -> Answer | None:
    """What it answers; None while a part of the portal is away."""
    try:
        return ask()
    except Unavailable as error:
        log.warning("a figure is unknown", error=str(error))
        return None

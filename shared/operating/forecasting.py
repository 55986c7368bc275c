"""Where the queue goes: a sample a minute, and what it forecasts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from shared.domain.forecast import Forecast, Outlook, Pace, forecast
from shared.domain.receiving import Wish, pause_of
from shared.domain.samples import Moved, OwnerLoad, Sample
from shared.ports.receiving import Receiving
from shared.ports.samples import Samples
from shared.ports.unavailable import Unavailable
from shared.ports.work_queue import Depth, WorkQueue

PAUSED = "Receiving is paused: nothing clears before it goes on."
log = structlog.get_logger(__name__)


class ForecastingParts(Protocol):
    """Ports alone."""

    @property
    def queue(self) -> WorkQueue: ...
    @property
    def samples(self) -> Samples: ...
    @property
    def receiving(self) -> Receiving: ...


@dataclass(frozen=True)
class Walked:
    """What the sweep saw waiting. `oldest_seconds`: since when it waits that waits longest, 0 when nothing does.
    `awaited`: of how many messages something waits for each."""

    oldest_seconds: float
    load: Sequence[OwnerLoad]
    awaited: int


def take_sample(parts: ForecastingParts, walked: Walked | None) -> bool:
    """Take this minute's, unless somebody has. What can't be asked is unknown in it; without the database there is
    none. `walked` is None when the sweep could not see what waits. Says whether one was taken."""
    try:
        moved = parts.samples.moved()
        if moved is None:
            return False
        sample = _sample(moved, depth_of(parts.queue), walked)
        told = forecast([*parts.samples.recent(), sample], sample.visible)
        clears = told.outlook is Outlook.CLEARS and not pause_of(parts.receiving.wishes())
        seconds = told.seconds if clears else None
        return parts.samples.add(replace(sample, clears_seconds=seconds), walked.load if walked else None)
    except Unavailable as error:
        log.warning("the queue was not sampled", error=str(error))
        return False


def outlook(parts: ForecastingParts) -> Forecast:
    """The forecast of this moment. Raises CatalogueUnavailable."""
    return forecast_of(parts, depth_of(parts.queue), parts.receiving.wishes())


def forecast_of(parts: ForecastingParts, depth: Depth | None, wishes: Mapping[str, Wish]) -> Forecast:
    """The forecast of a depth: none while operators have paused receiving. Raises CatalogueUnavailable."""
    visible = depth.visible if depth else None
    if visible and pause_of(wishes):
        return Forecast(Outlook.UNKNOWN, Pace(), visible, why=PAUSED)
    return forecast(parts.samples.recent(), visible)


def depth_of(queue: WorkQueue) -> Depth | None:
    """How much waits; None when the queue can't be asked."""
    try:
        return queue.depth()
    except Unavailable as error:
        log.warning("the queue can't be counted", error=str(error))
        return None


def _sample(moved: Moved, depth: Depth | None, walked: Walked | None) -> Sample:
    sample = Sample(
        at=moved.at,
        seconds=moved.seconds,
        visible=depth.visible if depth else None,
        in_flight=depth.in_flight if depth else None,
        delayed=depth.delayed if depth else None,
        dead_letters=depth.dead_letters if depth else None,
        oldest_seconds=walked.oldest_seconds if walked else None,
        completions=moved.completions,
        service_seconds=moved.service_seconds,
        workers=moved.workers,
        surplus=max(0, depth.visible + depth.in_flight - walked.awaited) if depth and walked else None,
    )
    return replace(sample, arrivals=_arrivals(sample, moved))


def _arrivals(sample: Sample, moved: Moved) -> int | None:
    """What came is what left and what is more than before: so the three always add up."""
    before = moved.before.backlog if moved.before else None
    if sample.backlog is None or before is None or moved.completions is None:
        return None
    return max(0, sample.backlog - before + moved.completions)

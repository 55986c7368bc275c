"""Will the queue clear on its own? Plain arithmetic over samples: what comes, what goes, and how long one takes.

What workers *can* do shows only while messages wait for them: then what they complete is their capacity. On a queue
that empties at once they complete what arrives, whatever they could; what they could is then told by the latest time
when messages did wait, corrected by how long an attempt takes now. "unknown" where the figures allow no word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import ceil, inf, sqrt
from statistics import fmean, median

from shared.domain.samples import Sample

RECENT = 3
"""Samples that say what is usual now, by their median: a burst that is over is forgotten within two of them."""
USUAL_FACTOR, USUAL_MORE = 2, 3
"""Arrivals within twice or half of that, or so many a minute beside it, are its chance and count for the mean."""
STILL = 2
"""Samples in a row with messages waiting and nothing completed: then nobody works."""
MEASURED = 10
"""The latest samples from which rates are told: for a capacity, those with messages waiting."""
LIVE_SECONDS, LIVE_MESSAGES = 20, 50
"""How old a sample is before a fall since tells of a rate, and how deep a fall tells it by itself."""
STALE_SECONDS = 180
"""Samples come every minute. With none for so long nothing is forecast."""
HOLDS_WITHIN, LEAST_GROWTH = 0.05, 0.5
"""Arrivals and capacity that differ by less than this part of the capacity, or by so few a minute, are the same."""
UNSURE, SHORT_SECONDS, ENOUGH = 0.2, 300, 10
"""With more noise than this part of what is left of the capacity it's too early to say when a queue clears, unless
that is so soon that the error is of a minute or two, or so many samples were taken while messages waited."""
CLEAR_WITHIN_SECONDS = 30 * 60
"""In how long more workers ought to clear a queue that grows."""


class Outlook(StrEnum):
    """Where the queue goes."""

    EMPTY = "empty"
    CLEARS = "clears"
    HOLDS = "holds"
    GROWS = "grows"
    STILL = "still"
    UNKNOWN = "unknown"


_WORDS = {
    Outlook.EMPTY: "is clear: nothing waits",
    Outlook.CLEARS: "clears",
    Outlook.HOLDS: "holds: about as many arrive as are completed",
    Outlook.GROWS: "grows",
    Outlook.STILL: "stands still: nothing was completed in the last minutes",
    Outlook.UNKNOWN: "can’t be forecast",
}


TOO_EARLY = "Too little was completed while messages waited: a few minutes will tell."


@dataclass(frozen=True)
class Pace:
    """Measured rates, a minute; None where they can't be told. `workers`: how many the capacity is of. `noise`: the
    standard deviation of what is left of the capacity, which few messages tell badly; infinite where they never
    waited, so that workers may be able to more; 0 after ENOUGH minutes, when more time would tell no more."""

    arrivals: float | None = None
    capacity: float | None = None
    workers: int | None = None
    noise: float = inf


@dataclass(frozen=True)
class Forecast:
    """An outlook with its figures. `waiting`: messages that wait for a worker; those in flight have one. `seconds`:
    until it clears. `growth`: uploads a minute. `more_workers`: how many more would clear a growing queue within
    CLEAR_WITHIN_SECONDS. `why`: what is missing of an unknown one."""

    outlook: Outlook
    pace: Pace
    waiting: int | None = None
    seconds: float | None = None
    growth: float | None = None
    more_workers: int | None = None
    why: str = ""

    @property
    def sentence(self) -> str:
        """It in words, to go on from "The queue"."""
        if self.outlook is Outlook.CLEARS and self.seconds is not None:
            return f"clears in {about(self.seconds)}"
        if self.outlook is Outlook.GROWS and self.growth is not None:
            grows = f"grows by {_rate(self.growth)} a minute"
            if self.more_workers is None:
                return grows
            more = f"{self.more_workers:,} more {'worker' if self.more_workers == 1 else 'workers'}"
            return f"{grows}: {more} would clear it in {about(CLEAR_WITHIN_SECONDS)}"
        return _WORDS[self.outlook]


def pace(samples: Sequence[Sample]) -> Pace:
    """The rates that samples show, oldest first, of one hour at most."""
    arrivals = _arrivals(samples)
    busy = _saturated(samples)
    if samples and busy and busy[-1] is samples[-1] and not any(s.completions for s in busy[-STILL:]):
        return Pace(arrivals, 0.0, None, 0.0) if len(busy) >= STILL else Pace(arrivals)
    measured = [s for s in busy if s.completions and s.workers][-MEASURED:]
    if not measured:
        return _least_pace(samples, arrivals)
    worked = sum((s.seconds or 0) * (s.workers or 0) for s in measured)
    done = sum(s.completions or 0 for s in measured)
    each = 60 * done / worked
    then, now = _service(measured), _service(samples[-RECENT:])
    workers = max(
        s.workers or 0 for s in (measured[-1:] if measured[-1] is samples[-1] else samples[-MEASURED:])
    )
    workers = workers or measured[-1].workers or 0
    capacity = each * workers * (then / now if then and now else 1)
    noise = sqrt(capacity**2 / done + (arrivals or 0) / RECENT) if len(measured) < ENOUGH else 0.0
    return Pace(arrivals, capacity, workers, noise)


def _arrivals(samples: Sequence[Sample]) -> float | None:
    """The mean of those of the last MEASURED samples in which as much arrived as is usual now."""
    known = [s for s in samples[-MEASURED:] if s.arrivals is not None and s.seconds]
    came = [60 * (s.arrivals or 0) / (s.seconds or 60) for s in known]
    if not came or not any(s is known[-1] for s in samples[-RECENT:]):
        return None
    usual = median(came[-RECENT:])
    least, most = usual / USUAL_FACTOR - USUAL_MORE, usual * USUAL_FACTOR + USUAL_MORE
    if came[-1] < least:  # a burst is over
        return came[-1]
    return fmean([rate for rate in came if least <= rate <= most] or [usual])


def _saturated(samples: Sequence[Sample]) -> list[Sample]:
    """Those before which messages waited all the time, so that workers did what they can."""
    return [
        sample
        for before, sample in pairwise(samples)
        if before.waiting and sample.waiting and sample.completions is not None and sample.seconds
    ]


def _least_pace(samples: Sequence[Sample], arrivals: float | None) -> Pace:
    """When messages never waited: at least what was completed, and at least one after the other by each worker."""
    service, workers = _service(samples), max((s.workers or 0 for s in samples), default=0)
    done = [60 * s.completions / s.seconds for s in samples if s.completions is not None and s.seconds]
    each = [60 * workers / service] if service and workers else []
    least = max([*done, *each], default=0.0)
    return Pace(arrivals, least or None, workers or None)


def forecast(samples: Sequence[Sample], visible: int | None) -> Forecast:
    """What becomes of what waits, by the samples of the last hour, oldest first. `visible`: messages at this moment;
    those that were surplus at the last sample count for nothing."""
    if visible is None:
        return Forecast(Outlook.UNKNOWN, Pace(), why="The queue can't be asked.")
    surplus = samples[-1].surplus or 0 if samples else 0
    waiting = max(min(1, visible), visible - surplus)
    if not samples or samples[-1].age_seconds > STALE_SECONDS:
        why = "The queue isn't sampled: the tick doesn't run." if samples else "No sample was taken yet."
        return Forecast(Outlook.UNKNOWN, Pace(), waiting, why=why)
    rates = pace(samples)
    if waiting == 0:
        return Forecast(Outlook.EMPTY, rates, 0, seconds=0.0)
    if rates.arrivals is None:
        return Forecast(
            Outlook.UNKNOWN, rates, waiting, why="Two samples in a row are needed, a minute apart."
        )
    if rates.capacity == 0 and rates.arrivals < LEAST_GROWTH:
        return Forecast(Outlook.STILL, rates, waiting)
    if rates.capacity is None:
        return Forecast(
            Outlook.UNKNOWN, rates, waiting, why="Nothing was completed that would tell how fast workers are."
        )
    net = _net_now(samples[-1], waiting, rates)
    seconds = seconds_to_clear(waiting, net) if net > 0 else None
    if rates.noise == inf and (seconds is None or seconds > SHORT_SECONDS):
        return Forecast(Outlook.UNKNOWN, rates, waiting, why=TOO_EARLY)
    if abs(net) <= max(HOLDS_WITHIN * rates.capacity, LEAST_GROWTH):
        return Forecast(Outlook.HOLDS, rates, waiting, growth=0.0)
    if seconds is None:
        more = _more_workers(rates, waiting, -net)
        return Forecast(Outlook.GROWS, rates, waiting, growth=-net, more_workers=more)
    if seconds > SHORT_SECONDS and rates.noise > UNSURE * net:
        return Forecast(Outlook.UNKNOWN, rates, waiting, why=TOO_EARLY)
    return Forecast(Outlook.CLEARS, rates, waiting, seconds=seconds)


def _net_now(last: Sample, waiting: int, rates: Pace) -> float:
    """By how much a minute the queue falls. What it fell by since the last sample tells it best, once that is much: a
    sample may hold a burst that is over, or minutes in which nobody worked. What has fallen by little did not grow.
    Surplus messages fall among the others, far faster: beside them a fall tells nothing."""
    net = (rates.capacity or 0.0) - (rates.arrivals or 0.0)
    fell = max(0, (last.waiting or 0) - waiting)
    if not last.age_seconds or not fell or last.surplus:
        return net
    lately = 60 * fell / last.age_seconds
    if fell >= LIVE_MESSAGES:
        return lately
    return max(net, min(lately, rates.capacity or 0.0)) if last.age_seconds >= LIVE_SECONDS else net


def seconds_to_clear(uploads: int, per_minute: float | None) -> float | None:
    """How long so many uploads take; the same for an operator's queue and for what is ahead of one upload."""
    return 60 * uploads / per_minute if per_minute else None


def capacity(samples: Sequence[Sample]) -> float | None:
    """How much workers can do in a minute; None when that isn't known, or was long ago."""
    return pace(samples).capacity if samples and samples[-1].age_seconds <= STALE_SECONDS else None


def _more_workers(rates: Pace, waiting: int, growth: float) -> int | None:
    if not rates.workers or not rates.capacity:
        return None
    wanted = growth + waiting / (CLEAR_WITHIN_SECONDS / 60)
    return ceil(round(wanted / (rates.capacity / rates.workers), 6))


def about(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 60:
        return "less than a minute"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} min"
    hours = round(minutes / 60)
    return f"about {hours} h" if hours < 48 else f"about {round(hours / 24)} days"


def _rate(per_minute: float) -> str:
    return f"{per_minute:,.0f}" if per_minute >= 1.5 else "about 1"


def _service(samples: Sequence[Sample]) -> float | None:
    """The mean time of an attempt, each sample's counted as often as it completed something."""
    known = [(s.service_seconds, s.completions) for s in samples if s.service_seconds and s.completions]
    count = sum(completions for _, completions in known)
    return sum(seconds * completions for seconds, completions in known) / count if count else None

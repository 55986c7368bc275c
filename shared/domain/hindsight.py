"""Forecasts against what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.forecast import about
from shared.domain.samples import Sample

GOOD = 0.3
"""A forecast that is off by no more than this part was good."""
SHORTEST_SECONDS = 120
"""What took less isn't judged: samples are a minute apart."""


@dataclass(frozen=True)
class Hindsight:
    """A forecast against what happened: at `at` it said `forecast_seconds`, and it took `took_seconds`. `error` is the
    difference as a part of what it took; `made` and `within`: how many forecasts were made of that backlog, and how
    many were good."""

    at: datetime
    waiting: int
    forecast_seconds: float
    took_seconds: float
    made: int
    within: int

    @property
    def error(self) -> float:
        """0.1: it was forecast to take a tenth longer than it took."""
        return self.forecast_seconds / self.took_seconds - 1

    @property
    def sentence(self) -> str:
        """All of it in words."""
        off = round(abs(self.error) * 100)
        verdict = f"{off} % too {'long' if self.error > 0 else 'short'}" if off else "right"
        return (
            f"The last backlog, {self.waiting:,} waiting at {self.at:%H:%M} UTC, was forecast to clear in "
            f"{about(self.forecast_seconds)} and took {about(self.took_seconds).removeprefix('about ')}: {verdict}. "
            f"Of {self.made:,} forecasts of it {self.within:,} were within {GOOD * 100:.0f} %."
        )


def hindsight(samples: Sequence[Sample]) -> Hindsight | None:
    """Of the latest backlog that cleared: the first forecast that was made when it was highest, or after. None
    without one that a minute's samples can tell: it must have lasted for two."""
    end = next(
        (i for i in range(len(samples) - 1, 0, -1) if samples[i].visible == 0 and samples[i - 1].visible),
        None,
    )
    if end is None:
        return None
    begin = end - 1
    while begin > 0 and samples[begin - 1].visible:
        begin -= 1
    cleared = _cleared_at(samples[end - 1], samples[end])
    told = [
        (s, s.clears_seconds, took)
        for s in samples[begin:end]
        if s.clears_seconds is not None and (took := cleared - s.at.timestamp()) >= SHORTEST_SECONDS
    ]
    peak = max(samples[begin:end], key=lambda s: s.visible or 0)
    first = next((entry for entry in told if entry[0].at >= peak.at), None)
    if first is None:
        return None
    sample, said, took = first
    within = sum(abs(clears / lasted - 1) <= GOOD for _, clears, lasted in told)
    return Hindsight(sample.at, sample.visible or 0, said, took, len(told), within)


def _cleared_at(last: Sample, empty: Sample) -> float:
    """When nothing waited any more, between two samples: by the rate at which the last of them went."""
    between = (empty.at - last.at).total_seconds()
    gone = (last.visible or 0) + (empty.arrivals or 0)
    return last.at.timestamp() + between * min(1.0, (last.visible or 0) / gone if gone else 1.0)

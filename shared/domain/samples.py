"""Samples of the queue: one a minute, from which operators see where it goes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True)
class Sample:
    """The queue at one moment, and what moved since the sample before. What isn't known is None.

    `at` and `age_seconds` are told by the database's clock, as all that was counted is. `seconds`: since the sample
    before, None when that is too old to count from. `oldest_seconds`: the longest wait, 0 when nothing waits.
    `service_seconds`: the mean time that an attempt took. `workers`: how many of them completed something.
    `clears_seconds`: what was forecast at that moment, None without a forecast that the queue clears. `surplus`: as
    many messages as nothing waits for, since the sweep sends anew what is slow and not lost; a worker acknowledges each
    in milliseconds.
    """

    at: datetime
    seconds: float | None = None
    visible: int | None = None
    in_flight: int | None = None
    delayed: int | None = None
    dead_letters: int | None = None
    oldest_seconds: float | None = None
    arrivals: int | None = None
    completions: int | None = None
    service_seconds: float | None = None
    workers: int | None = None
    clears_seconds: float | None = None
    surplus: int | None = None
    age_seconds: float = 0

    @property
    def backlog(self) -> int | None:
        """What waits or is worked on. What SQS holds back on purpose (an undo's time) is no work yet."""
        if self.visible is None or self.in_flight is None:
            return None
        return max(0, self.visible + self.in_flight - (self.surplus or 0))

    @property
    def waiting(self) -> int | None:
        """What waits, but for surplus messages."""
        return None if self.visible is None else max(0, self.visible - (self.surplus or 0))


@dataclass(frozen=True)
class Moved:
    """What the database counted since the sample before. `before` is that sample, None when there is none."""

    at: datetime
    seconds: float | None
    completions: int | None
    service_seconds: float | None
    workers: int | None
    before: Sample | None


@dataclass(frozen=True)
class Point:
    """Samples of one step of a chart: the highest depth, and the means a minute. None where nothing is known."""

    at: datetime
    depth: int | None
    dead_letters: int | None
    oldest_seconds: float | None
    arrivals: float | None
    completions: float | None


@dataclass(frozen=True)
class OwnerLoad:
    """How many uploads of an owner wait for a worker, one of them, and how long ago they were counted."""

    owner: UUID
    waiting: int
    upload_id: UUID
    age_seconds: float = 0


class Span(StrEnum):
    """How far back a chart reaches."""

    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"

    @property
    def length(self) -> timedelta:
        """The whole of it."""
        return {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7)}[self]

    @property
    def step(self) -> timedelta:
        """What one point stands for: of each span there are 60 to 336."""
        return {"1h": timedelta(minutes=1), "24h": timedelta(minutes=5), "7d": timedelta(minutes=30)}[self]


@dataclass(frozen=True)
class Percentiles:
    """Of how long something took within the last hour, in seconds; `count`: of how many."""

    step: str
    count: int
    p50: float
    p95: float
    p99: float

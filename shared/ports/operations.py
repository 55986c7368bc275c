"""What operators look at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared.domain.receiving import Reception


@dataclass(frozen=True)
class AtWork:
    """An upload whose attempt has begun."""

    upload_id: UUID
    since: datetime


@dataclass(frozen=True)
class StepNow:
    """What one pool process was at when its worker gave a sign of life, and for how long."""

    upload_id: UUID
    step: str
    seconds: float


@dataclass(frozen=True)
class WorkerStatus:
    """One worker with its pool processes: its last sign of life, and the uploads they are at, the oldest first.
    `ended_at`: when one of its attempts of today last ended. `run`: from its start to its end, None where unsaid.
    `silent_seconds`: since SQS answered it a poll, or it asked for none by an operator's wish; None where unknown.
    `steps`: what its processes were at when it gave that sign."""

    name: str
    host: str
    version: str
    last_heartbeat_at: datetime
    last_poll_age_seconds: float | None
    at_work: tuple[AtWork, ...] = ()
    done_today: int = 0
    failed_today: int = 0
    ended_at: datetime | None = None
    run: UUID | None = None
    reception: Reception = Reception.RECEIVING
    silent_seconds: float | None = None
    steps: tuple[StepNow, ...] = ()


@dataclass(frozen=True)
class Throughput:
    """What the operators' page says about the last minutes and day. `held` and `failed`: uploads that wait now for a
    moderator, for an operator. `moved_at`: when an attempt last began or ended."""

    published_last_minute: int
    problems_last_day: int
    last_published_at: datetime | None
    held: int
    failed: int = 0
    moved_at: datetime | None = None


class Operations(Protocol):
    """What operators look at. Every method raises CatalogueUnavailable when the database can't be used.

    `beat` is noted at the records' own time, and `throughput` counts by it. Both readers tell times by the clock of who
    asks: as long before `now` as the records' clock says, so that no two hosts' clocks are compared.
    """

    def beat(self, worker: WorkerStatus) -> None: ...
    def workers(self, now: datetime) -> list[WorkerStatus]: ...
    def throughput(self, now: datetime) -> Throughput: ...
    def check(self) -> None: ...

"""What operators look at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class WorkerStatus:
    """One worker process group: its last sign of life, and what it is doing."""

    name: str
    host: str
    version: str
    last_heartbeat_at: datetime
    last_poll_age_seconds: float | None
    current_upload: UUID | None = None
    current_step: str | None = None
    current_since: datetime | None = None
    done_today: int = 0
    failed_today: int = 0


@dataclass(frozen=True)
class Throughput:
    """What the operators' page says about the last minutes and day. `held`: uploads that wait for a moderator now."""

    published_last_minute: int
    problems_last_day: int
    last_published_at: datetime | None
    held: int


class Operations(Protocol):
    """What operators look at. Every method raises CatalogueUnavailable when the database can't be used."""

    def beat(self, worker: WorkerStatus) -> None: ...
    def workers(self, now: datetime) -> list[WorkerStatus]: ...
    def throughput(self, now: datetime) -> Throughput: ...
    def check(self) -> None: ...

"""Workers as operators see them: which of them work, and what is wrong with the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from shared.domain.delivery import HARD_TIME_LIMIT_SECONDS, STALE_AFTER_SECONDS
from shared.domain.receiving import EVERY_WORKER, UNTOUCHED, Reception, Wish
from shared.ports.operations import AtWork, StepNow, WorkerStatus

QUIET_SECONDS = 20
"""Longer than a worker in health gives no sign: it beats every 10 s, and one with nothing to do polls for 5 s each."""

OBEYS_WITHIN_SECONDS = 30
"""A worker in health tells within seconds what it does about a wish."""

HANGS_AFTER_SECONDS = 5
"""A step that was told as shorter may well have ended since."""

NO_WISHES: Mapping[str, Wish] = MappingProxyType({})


class Sign(StrEnum):
    """What a worker's heartbeat and polls say of it."""

    WELL = "well"
    LATE = "late"  # heartbeats are missing: it stands still, or the database was slow
    GONE = "gone"  # no heartbeat for so long that nothing is to be hoped for
    NOT_POLLING = "not_polling"  # it beats, has no attempt at work, and SQS has long answered it no poll
    PAUSING = "pausing"  # receiving is paused, and it finishes what it has
    PAUSED = "paused"
    DRAINING = "draining"  # it alone is to receive nothing more, and finishes what it has
    DRAINED = "drained"


@dataclass(frozen=True)
class CurrentWork:
    """What a worker is at, and the seconds since the attempt began; the step and its own seconds are None until the
    worker's next sign of life tells them."""

    upload_id: UUID
    step: str | None
    seconds: float
    step_seconds: float | None

    @property
    def overdue(self) -> bool:
        """Whether it began longer ago than an attempt may run: it was cut off, or its worker stands still."""
        return self.seconds > HARD_TIME_LIMIT_SECONDS


@dataclass(frozen=True)
class WorkerView:
    """A worker with its ages in seconds; `stale` when its heartbeat or its polls are overdue. `working`: it has just
    shown that it takes what waits, or is at it. `drain`: what an operator wants of this run of it, if anything.
    `disobeys`: it has long been told to receive nothing, and receives: its version knows no pause, or it can't ask."""

    name: str
    host: str
    version: str
    last_heartbeat_at: datetime
    age_seconds: float
    last_poll_age_seconds: float | None
    at_work: tuple[CurrentWork, ...]
    done_today: int
    failed_today: int
    sign: Sign
    stale: bool
    working: bool
    run: UUID | None
    drain: Wish | None
    drain_version: int
    disobeys: bool

    @classmethod
    def of(cls, worker: WorkerStatus, now: datetime, wishes: Mapping[str, Wish] = NO_WISHES) -> "WorkerView":
        """Turn times into ages. The last poll is as old as it was at the heartbeat, plus the heartbeat's age."""
        age = (now - worker.last_heartbeat_at).total_seconds()
        poll = None if worker.last_poll_age_seconds is None else worker.last_poll_age_seconds + age
        silent = poll if worker.silent_seconds is None else worker.silent_seconds + age
        at_work = _at_work(worker, age, now)
        ended = worker.ended_at and (now - worker.ended_at).total_seconds() <= QUIET_SECONDS
        # A fully busy worker does not poll, however well it is.
        busy = bool(ended) or not all(at.overdue for at in at_work)
        unpolled = silent is not None and silent > STALE_AFTER_SECONDS and not busy
        stopped = worker.reception is not Reception.RECEIVING
        last = wishes.get(worker.name)
        drain = last if last and last.stopped and last.run == worker.run else None
        wish = drain or wishes.get(EVERY_WORKER)
        told = wish is not None and wish.stopped and wish.age.total_seconds() > OBEYS_WITHIN_SECONDS
        return cls(
            name=worker.name,
            host=worker.host,
            version=worker.version,
            last_heartbeat_at=worker.last_heartbeat_at,
            age_seconds=round(age, 1),
            last_poll_age_seconds=None if poll is None else round(poll, 1),
            at_work=at_work,
            done_today=worker.done_today,
            failed_today=worker.failed_today,
            sign=_sign(age, worker.reception, unpolled=unpolled),
            stale=age > STALE_AFTER_SECONDS or unpolled,
            working=age <= QUIET_SECONDS
            and (busy or (not stopped and (poll is None or poll <= QUIET_SECONDS))),
            run=worker.run,
            drain=drain,
            drain_version=last.version if last else UNTOUCHED,
            disobeys=told and not stopped and age <= STALE_AFTER_SECONDS,
        )


def _at_work(worker: WorkerStatus, age: float, now: datetime) -> tuple[CurrentWork, ...]:
    """By the records; and what hangs where they don't tell: before an attempt begins, or in erasing."""
    recorded = [_current(at, worker.steps, age, now) for at in worker.at_work]
    known = {at.upload_id for at in worker.at_work}
    hanging = [
        CurrentWork(s.upload_id, s.step, round(s.seconds + age, 1), round(s.seconds + age, 1))
        for s in worker.steps
        if s.upload_id not in known and s.seconds >= HANGS_AFTER_SECONDS
    ]
    return (*recorded, *hanging)


def _current(at: AtWork, steps: Iterable[StepNow], age: float, now: datetime) -> CurrentWork:
    seconds = round((now - at.since).total_seconds(), 1)
    told = next((step for step in steps if step.upload_id == at.upload_id), None)
    if told is None:
        return CurrentWork(at.upload_id, None, seconds, None)
    return CurrentWork(at.upload_id, told.step, seconds, round(told.seconds + age, 1))


def _sign(age: float, reception: Reception, *, unpolled: bool) -> Sign:
    if age > STALE_AFTER_SECONDS:
        return Sign.GONE
    if age > QUIET_SECONDS:
        return Sign.LATE
    if unpolled:
        return Sign.NOT_POLLING
    return Sign.WELL if reception is Reception.RECEIVING else Sign(reception)

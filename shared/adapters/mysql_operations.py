"""What operators ask of MySQL: which workers live, what they do, and how fast work gets done."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, text

from shared.adapters.mysql import Database, naive, utc
from shared.domain.receiving import Reception
from shared.domain.uploads import PROBLEMS, State
from shared.ports.operations import AtWork, StepNow, Throughput, WorkerStatus

_NOW = text("SELECT UTC_TIMESTAMP(6)")
_COUNT = text("SELECT COUNT(*) FROM uploads WHERE state = :state")
_LAST = text("SELECT MAX(changed_at) FROM uploads WHERE state = :state")
_LAST_REMADE = text("SELECT MAX(moved_at) FROM reingest_runs")
_FOR_PEOPLE = (State.HELD, State.FAILED)
_MOVED = (State.PROCESSING, State.HELD, State.PUBLISHED, *PROBLEMS)
_TELL = text("""
    INSERT INTO worker_runs (name, run, at, reception, silent_seconds, steps)
    VALUES (:name, :run, :at, :reception, :silent, :steps)
    ON DUPLICATE KEY UPDATE run = :run, at = :at, reception = :reception, silent_seconds = :silent, steps = :steps""")
# A worker of the release before beats without telling of its run: what its forerunner told is not its own.
_SEEN = text("""
    SELECT w.*, r.run, r.reception, r.silent_seconds, r.steps FROM workers w
    LEFT JOIN worker_runs r ON r.name = w.name AND r.at = w.last_heartbeat_at ORDER BY w.name""")


class MySqlOperations:
    """Implements shared.ports.operations.Operations."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def beat(self, worker: WorkerStatus) -> None:
        """Record a worker's sign of life; workers unseen for a day are forgotten."""
        with self._db.connect() as c:
            at = c.execute(_NOW).scalar_one()
            fields = {
                "name": worker.name,
                "host": worker.host,
                "version": worker.version,
                "at": at,
                "poll": worker.last_poll_age_seconds,
            }
            c.execute(
                text("""INSERT INTO workers VALUES (:name, :host, :version, :at, :poll)
                        ON DUPLICATE KEY UPDATE version = :version, last_heartbeat_at = :at,
                                                last_poll_age_seconds = :poll"""),
                fields,
            )
            if worker.run is not None:
                told = {
                    "run": worker.run.bytes,
                    "reception": worker.reception,
                    "silent": worker.silent_seconds,
                    "steps": json.dumps([[str(s.upload_id), s.step, s.seconds] for s in worker.steps]),
                }
                c.execute(_TELL, fields | told)
            old = {"old": at - timedelta(days=1)}
            if c.execute(text("DELETE FROM workers WHERE last_heartbeat_at < :old"), old).rowcount:
                c.execute(text("DELETE FROM worker_runs WHERE at < :old"), old)

    def workers(self, now: datetime) -> list[WorkerStatus]:
        """Every worker seen within a day, with what it is at and has done since midnight UTC."""
        midnight = naive(now).replace(hour=0, minute=0, second=0, microsecond=0)
        with self._db.connect() as c:
            ahead = utc(c.execute(_NOW).scalar_one()) - now
            seen = c.execute(_SEEN).all()
            at_work = defaultdict[str, list[AtWork]](list)
            for r in c.execute(
                text("SELECT id, worker, changed_at FROM uploads WHERE state = :s ORDER BY changed_at, id"),
                {"s": State.PROCESSING},
            ):
                at_work[r.worker].append(AtWork(UUID(bytes=r.id), utc(r.changed_at) - ahead))
            ended = c.execute(
                text("""SELECT worker, state, COUNT(*) AS n, MAX(changed_at) AS last FROM uploads
                        WHERE state IN ('published', 'rejected', 'failed') AND changed_at >= :m
                        GROUP BY worker, state"""),
                {"m": midnight},
            ).all()
        counts = {(r.worker, r.state): int(r.n) for r in ended}
        last = defaultdict[str, list[datetime]](list)
        for r in ended:
            last[r.worker].append(utc(r.last) - ahead)
        return [
            WorkerStatus(
                name=r.name,
                host=r.host,
                version=r.version,
                last_heartbeat_at=utc(r.last_heartbeat_at) - ahead,
                last_poll_age_seconds=r.last_poll_age_seconds,
                at_work=tuple(at_work[r.name]),
                done_today=counts.get((r.name, State.PUBLISHED), 0) + counts.get((r.name, State.REJECTED), 0),
                failed_today=counts.get((r.name, State.FAILED), 0),
                ended_at=max(last[r.name], default=None),
                run=UUID(bytes=r.run) if r.run else None,
                reception=Reception(r.reception) if r.reception else Reception.RECEIVING,
                silent_seconds=r.silent_seconds,
                steps=_steps(r.steps),
            )
            for r in seen
        ]

    def throughput(self, now: datetime) -> Throughput:
        """Figures of the last minute and day, read from the (state, changed_at) index."""
        with self._db.connect() as c:
            moment = c.execute(_NOW).scalar_one()
            ahead = utc(moment) - now
            published = c.execute(
                text("SELECT COUNT(*) FROM uploads WHERE state = 'published' AND changed_at > :since"),
                {"since": moment - timedelta(minutes=1)},
            ).scalar_one()
            problems = c.execute(
                text(
                    "SELECT COUNT(*) FROM uploads WHERE state IN :states AND changed_at > :since"
                ).bindparams(bindparam("states", expanding=True)),
                {"states": list(PROBLEMS), "since": moment - timedelta(days=1)},
            ).scalar_one()
            waiting = {state: c.execute(_COUNT, {"state": state}).scalar_one() for state in _FOR_PEOPLE}
            last = {state: c.execute(_LAST, {"state": state}).scalar() for state in _MOVED}
            remade = c.execute(_LAST_REMADE).scalar()
        moments = {state: utc(at) - ahead for state, at in last.items() if at}
        return Throughput(
            published_last_minute=int(published),
            problems_last_day=int(problems),
            last_published_at=moments.get(State.PUBLISHED),
            held=int(waiting[State.HELD]),
            failed=int(waiting[State.FAILED]),
            moved_at=max([*moments.values(), *([utc(remade) - ahead] if remade else [])], default=None),
        )

    def check(self) -> None:
        """Raises CatalogueUnavailable unless the database answers."""
        self._db.check()


def _steps(told: str | None) -> tuple[StepNow, ...]:
    return tuple(StepNow(UUID(upload), step, seconds) for upload, step, seconds in json.loads(told or "[]"))

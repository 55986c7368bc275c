"""Samples of the queue in MySQL: some 11,500 rows of a hundred bytes, whatever happens."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from shared.adapters.mysql import Database, naive, utc
from shared.domain.samples import Moved, OwnerLoad, Percentiles, Point, Sample, Span

KEPT = timedelta(days=8)
"""A day more than the longest chart."""
COUNTED_FROM = timedelta(minutes=15)
"""A sample before that is older tells nothing of one minute."""
FORGET, MEASURED = 2000, 5000

_AGE = "TIMESTAMPDIFF(MICROSECOND, at, UTC_TIMESTAMP(6)) / 1000000 AS age_seconds"
_NOW = text("SELECT UTC_TIMESTAMP(6)")
_LAST = text(f"SELECT *, {_AGE} FROM samples ORDER BY minute DESC LIMIT 1")  # noqa: S608 -- a constant
_RECENT = text(
    f"SELECT *, {_AGE} FROM samples "  # noqa: S608 -- a constant
    "WHERE minute > (SELECT MAX(minute) FROM samples) - INTERVAL 1 HOUR ORDER BY minute"
)
# What left the queue: not what a person ended, who had no worker at it.
_ENDED = """
    FROM uploads WHERE state IN ('published', 'rejected', 'failed', 'held')
    AND COALESCE(reason_code, '') NOT IN ('discarded', 'barred')
    AND changed_at > :since AND changed_at <= :now"""
_COMPLETED = text(f"SELECT COUNT(*) AS uploads, COUNT(DISTINCT worker) AS workers {_ENDED}")
_SERVICE = text(f"""
    SELECT SUM(e.ms) / COUNT(DISTINCT e.upload_id) / 1000
    FROM (SELECT id {_ENDED} LIMIT 500) u JOIN events e ON e.upload_id = u.id
    WHERE e.step IN ('fetch', 'validate', 'publish')""")  # noqa: S608 -- a constant
_COLUMNS = tuple(f.name for f in fields(Sample) if f.name not in ("at", "age_seconds"))
_ADD = text(
    f"INSERT IGNORE INTO samples (minute, at, {', '.join(f'`{column}`' for column in _COLUMNS)}) "  # noqa: S608 -- constants
    f"VALUES (:minute, :at, {', '.join(f':{column}' for column in _COLUMNS)})"
)
_FORGET = text("DELETE FROM samples WHERE minute < :before ORDER BY minute LIMIT :most")
_CLEAR_LOAD = text("DELETE FROM sampled_owners")
_ADD_LOAD = text("INSERT INTO sampled_owners VALUES (:owner, :waiting, :upload_id, :at)")
_LOAD = text(f"SELECT *, {_AGE} FROM sampled_owners ORDER BY waiting DESC, owner")  # noqa: S608 -- a constant
_POINTS = text("""
    SELECT FLOOR(TIMESTAMPDIFF(SECOND, '2000-01-01', minute) / :step) AS bucket,
           MAX(visible + in_flight) AS depth, MAX(dead_letters) AS dead_letters,
           MAX(oldest_seconds) AS oldest_seconds,
           60 * SUM(arrivals) / SUM(IF(arrivals IS NULL, NULL, seconds)) AS arrivals,
           60 * SUM(completions) / SUM(IF(completions IS NULL, NULL, seconds)) AS completions, MIN(at) AS at
    FROM samples WHERE minute >= UTC_TIMESTAMP() - INTERVAL :length SECOND GROUP BY bucket ORDER BY bucket""")
_PERCENTILES = text("""
    WITH ended AS (
      SELECT id, waited_ms FROM uploads WHERE state = 'published' AND changed_at > UTC_TIMESTAMP(6) - INTERVAL 1 HOUR
      ORDER BY changed_at DESC LIMIT :most),
    each_of AS (
      SELECT 'wait' AS step, waited_ms AS ms FROM ended WHERE waited_ms IS NOT NULL
      UNION ALL SELECT e.step, e.ms FROM ended JOIN events e ON e.upload_id = ended.id
                WHERE e.step IN ('fetch', 'validate', 'publish')),
    took AS (
      SELECT step, ms, ROW_NUMBER() OVER (PARTITION BY step ORDER BY ms) AS place,
             COUNT(*) OVER (PARTITION BY step) AS steps
      FROM each_of)
    SELECT step, MAX(steps) AS steps,
           MIN(IF(place >= 0.50 * steps, ms, NULL)) AS p50, MIN(IF(place >= 0.95 * steps, ms, NULL)) AS p95,
           MIN(IF(place >= 0.99 * steps, ms, NULL)) AS p99
    FROM took GROUP BY step ORDER BY FIELD(step, 'wait', 'fetch', 'validate', 'publish')""")


class MySqlSamples:
    """Implements shared.ports.samples.Samples. All times are the database's own."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def moved(self) -> Moved | None:
        """Count since the last sample."""
        with self._db.connect() as c:
            now = c.execute(_NOW).scalar_one()
            row = c.execute(_LAST).one_or_none()
            if row is not None and row.minute >= now.replace(second=0, microsecond=0):
                return None
            before = _sample(row) if row else None
            if row is None or now - row.at > COUNTED_FROM:
                return Moved(utc(now), None, None, None, None, before)
            window = {"since": row.at, "now": now}
            ended = c.execute(_COMPLETED, window).one()
            service = c.execute(_SERVICE, window).scalar()
        return Moved(
            at=utc(now),
            seconds=(now - row.at).total_seconds(),
            completions=int(ended.uploads),
            service_seconds=float(service) if service is not None else None,
            workers=int(ended.workers),
            before=before,
        )

    def add(self, sample: Sample, load: Sequence[OwnerLoad] | None = None) -> bool:
        """Write it and who fills the queue, unless its minute has one."""
        at = naive(sample.at)
        values = {column: getattr(sample, column) for column in _COLUMNS}

        def work(c: Connection) -> bool:
            c.execute(_FORGET, {"before": at - KEPT, "most": FORGET})
            minute = at.replace(second=0, microsecond=0)
            if not c.execute(_ADD, values | {"minute": minute, "at": at}).rowcount:
                return False
            if load is not None:
                c.execute(_CLEAR_LOAD)
            for entry in load or ():
                fields = {"owner": entry.owner.bytes, "upload_id": entry.upload_id.bytes}
                c.execute(_ADD_LOAD, fields | {"waiting": entry.waiting, "at": at})
            return True

        return self._db.transact(work)

    def load(self) -> list[OwnerLoad]:
        """Who fills the queue, the most first."""
        with self._db.connect() as c:
            return [
                OwnerLoad(UUID(bytes=r.owner), r.waiting, UUID(bytes=r.upload_id), _age(r))
                for r in c.execute(_LOAD)
            ]

    def recent(self) -> list[Sample]:
        """The hour before the last one, oldest first."""
        with self._db.connect() as c:
            return [_sample(row) for row in c.execute(_RECENT)]

    def points(self, span: Span) -> list[Point]:
        """For a chart."""
        values = {"step": span.step.total_seconds(), "length": span.length.total_seconds()}
        with self._db.connect() as c:
            return [_point(row) for row in c.execute(_POINTS, values)]

    def percentiles(self) -> list[Percentiles]:
        """Of each step."""
        with self._db.connect() as c:
            rows = c.execute(_PERCENTILES, {"most": MEASURED}).all()
        return [
            Percentiles(r.step, int(r.steps), *(float(ms) / 1000 for ms in (r.p50, r.p95, r.p99)))
            for r in rows
        ]


def _sample(row: Row[Any]) -> Sample:
    known = {column: getattr(row, column) for column in _COLUMNS}
    return Sample(at=utc(row.at), age_seconds=_age(row), **known)


def _age(row: Row[Any]) -> float:
    return max(0.0, float(row.age_seconds))


def _point(row: Row[Any]) -> Point:
    return Point(
        at=utc(row.at),
        depth=row.depth,
        dead_letters=row.dead_letters,
        oldest_seconds=row.oldest_seconds,
        arrivals=_rate(row.arrivals),
        completions=_rate(row.completions),
    )


def _rate(value: Any) -> float | None:
    return None if value is None else round(float(value), 2)

"""Samples of the queue in memory."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil
from typing import TypeVar

from shared.adapters.memory.database import MemoryDatabase, Tables, UploadRow
from shared.domain.samples import Moved, OwnerLoad, Percentiles, Point, Sample, Span
from shared.domain.uploads import State

_ENDED = (State.PUBLISHED, State.REJECTED, State.FAILED, State.HELD)
_STEPS = ("fetch", "validate", "publish")
_KEPT, _COUNTED_FROM = timedelta(days=8), timedelta(minutes=15)
Number = TypeVar("Number", int, float)


class MemorySamples:
    """Implements shared.ports.samples.Samples."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def moved(self) -> Moved | None:
        """Count since the last sample."""
        tables, now = self._db.read(), self._db.now()
        before = self._of(tables, max(tables.samples)) if tables.samples else None
        if before and _minute(before.at) >= _minute(now):
            return None
        if before is None or now - before.at > _COUNTED_FROM:
            return Moved(now, None, None, None, None, before)
        ended = [row for row in tables.uploads.values() if before.at < row.changed_at <= now and _ended(row)]
        took = [_seconds(tables, row) for row in ended if tables.events.get(row.upload.id)]
        return Moved(
            at=now,
            seconds=(now - before.at).total_seconds(),
            completions=len(ended),
            service_seconds=sum(took) / len(took) if took else None,
            workers=len({row.worker for row in ended if row.worker}),
            before=before,
        )

    def add(self, sample: Sample, load: Sequence[OwnerLoad] | None = None) -> bool:
        """Write it and who fills the queue, unless its minute has one."""
        minute = _minute(sample.at)
        with self._db.transaction() as tables:
            tables.samples = {m: s for m, s in tables.samples.items() if m >= sample.at - _KEPT}
            if minute in tables.samples:
                return False
            tables.samples[minute] = sample
            if load is not None:
                tables.sampled_owners = (sample.at, tuple(load))
            return True

    def load(self) -> list[OwnerLoad]:
        """Who fills the queue, the most first."""
        at, load = self._db.read().sampled_owners or (self._db.now(), ())
        age = max(0.0, (self._db.now() - at).total_seconds())
        aged = [replace(entry, age_seconds=age) for entry in load]
        return sorted(aged, key=lambda entry: (-entry.waiting, entry.owner.bytes))

    def recent(self) -> list[Sample]:
        """The hour before the last one, oldest first."""
        tables = self._db.read()
        last = max(tables.samples, default=None)
        return [self._of(tables, m) for m in sorted(tables.samples) if last and last - m < timedelta(hours=1)]

    def points(self, span: Span) -> list[Point]:
        """For a chart."""
        tables, step = self._db.read(), span.step.total_seconds()
        minutes = sorted(self._since(span.length))
        return [
            _point([tables.samples[m] for m in some])
            for _, some in groupby(minutes, key=lambda m: m.timestamp() // step)
        ]

    def percentiles(self) -> list[Percentiles]:
        """Of each step."""
        tables, since = self._db.read(), self._db.now() - timedelta(hours=1)
        took = defaultdict[str, list[int]](list)
        for row in tables.uploads.values():
            if row.upload.status is State.PUBLISHED and row.changed_at > since:
                if row.waited_ms is not None:
                    took["wait"].append(row.waited_ms)
                for event in tables.events.get(row.upload.id, ()):
                    took[event.step].append(event.ms)
        return [_percentiles(step, sorted(took[step])) for step in ("wait", *_STEPS) if took[step]]

    def _since(self, length: timedelta) -> list[datetime]:
        return [m for m in self._db.read().samples if m >= self._db.now() - length]

    def _of(self, tables: Tables, minute: datetime) -> Sample:
        sample = tables.samples[minute]
        return replace(sample, age_seconds=max(0.0, (self._db.now() - sample.at).total_seconds()))


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _ended(row: UploadRow) -> bool:
    return row.upload.status in _ENDED and row.upload.reason_code not in ("discarded", "barred")


def _seconds(tables: Tables, row: UploadRow) -> float:
    return sum(event.ms for event in tables.events[row.upload.id] if event.step in _STEPS) / 1000


def _point(samples: list[Sample]) -> Point:
    return Point(
        at=samples[0].at,
        depth=_highest([s.backlog for s in samples]),
        dead_letters=_highest([s.dead_letters for s in samples]),
        oldest_seconds=_highest([s.oldest_seconds for s in samples]),
        arrivals=_rate([(s.arrivals, s.seconds) for s in samples]),
        completions=_rate([(s.completions, s.seconds) for s in samples]),
    )


def _highest(values: list[Number | None]) -> Number | None:
    return max((v for v in values if v is not None), default=None)


def _rate(counted: list[tuple[int | None, float | None]]) -> float | None:
    known = [(count, seconds) for count, seconds in counted if count is not None and seconds]
    seconds = sum(s for _, s in known)
    return round(60 * sum(n for n, _ in known) / seconds, 2) if seconds else None


def _percentiles(step: str, ms: list[int]) -> Percentiles:
    p50, p95, p99 = (ms[max(0, ceil(part * len(ms)) - 1)] / 1000 for part in (0.5, 0.95, 0.99))
    return Percentiles(step, len(ms), p50, p95, p99)

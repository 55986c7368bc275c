"""Samples of the queue, one a minute."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.samples import Moved, OwnerLoad, Percentiles, Point, Sample, Span


class Samples(Protocol):
    """Every method raises CatalogueUnavailable when the records can't be used.

    `moved` counts since the last sample, and is None while this minute has its sample already. `add` writes one, and
    forgets what is older than a chart reaches; False when another was first: a minute has one sample, whoever ticks.
    With it goes who fills the queue; of that the latest is kept, and None leaves it. `load` is that, the most first.
    `recent` gives the hour before the last one, oldest first. `points` has one for each step of the span
    that has a sample, oldest first. `percentiles`: of the wait in the queue and of each step of what was published
    within the last hour, of the newest 5,000 at most.
    """

    def moved(self) -> Moved | None: ...
    def add(self, sample: Sample, load: Sequence[OwnerLoad] | None = None) -> bool: ...
    def load(self) -> list[OwnerLoad]: ...
    def recent(self) -> list[Sample]: ...
    def points(self, span: Span) -> list[Point]: ...
    def percentiles(self) -> list[Percentiles]: ...

"""Runs that make renditions anew: what operators ask for, and what workers record of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.domain.images import Image
from shared.domain.operator_acts import Operator, Verb
from shared.domain.reingest import Failure, Outcome, Run, Which
from shared.domain.uploads import Event

CUT_OFF = "Each attempt at it was cut off before its end: too much memory or time, or the worker was ended."


@dataclass(frozen=True)
class Turn:
    """One picture that a worker may make anew for a run; `tries` counts this one."""

    run_id: UUID
    image: Image
    tries: int


class Reingest(Protocol):
    """Each method is one transaction. Every one raises CatalogueUnavailable when the records can't be used.

    Operators: `start` is given the run's id, so that doing it twice is doing it once, and answers a run that is under
    way for the same images instead of a second one; None where there are none. `act` pauses, resumes or cancels and
    answers the run as it is then, None for an unknown one; where it changes nothing, nothing is written. Both write the
    audit's line in the same transaction. Lists go back in time from the id `before`; failures go on from `after`.

    Workers: `take` hands out pictures to send messages for, so that at most `at_once` are under way, the oldest running
    run first and in it the newest image. `begin` answers None when there is nothing to do (any more). `settle` records
    what became of a picture, once, and what its record is to be if it was made anew or came out unchanged; one that is
    no longer published counts as gone. It answers what was recorded, None when that was done before or the run is over.
    `give_back` is for a try that was nobody's fault: it doesn't count, and the picture waits. Of the `put` objects and
    those that the record named until then, what it names no more is remembered: `given_up` lists those that are old
    enough, `forget` is told that they are removed.
    """

    def count(self, which: Which) -> int: ...
    def start(self, run_id: UUID, by: Operator, which: Which) -> Run | None: ...
    def act(self, run_id: UUID, by: Operator, verb: Verb) -> Run | None: ...
    def find(self, run_id: UUID) -> Run | None: ...
    def runs(self, before: UUID | None, limit: int) -> list[Run]: ...
    def failures(self, run_id: UUID, after: UUID | None, limit: int) -> list[Failure]: ...
    def under_way(self) -> int: ...
    def take(self, at_once: int) -> list[tuple[UUID, UUID]]: ...
    def begin(self, image_id: UUID) -> Turn | None: ...
    def settle(
        self,
        turn: Turn,
        outcome: Outcome,
        made: Image,
        put: Collection[str],
        reason: str,
        events: Sequence[Event],
    ) -> Outcome | None: ...
    def give_back(self, turn: Turn) -> None: ...
    def given_up(self, limit: int) -> list[str]: ...
    def forget(self, keys: Sequence[str]) -> None: ...

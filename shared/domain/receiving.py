"""Whether workers receive: what operators want, and what a worker does about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from uuid import UUID

from shared.domain.operator_acts import Operator, Verb

EVERY_WORKER = "all"
"""The scope of a pause. Every other scope is a worker's name, which has an @."""

MAX_WHY_CHARACTERS = 140
UNTOUCHED = 1
"""The version where nobody wished anything yet."""


class Reception(StrEnum):
    """What a worker says that it does. One that is to stop finishes what it has, then it has stopped."""

    RECEIVING = "receiving"
    PAUSING = "pausing"
    PAUSED = "paused"
    DRAINING = "draining"
    DRAINED = "drained"


@dataclass(frozen=True)
class Wish:
    """What an operator wanted last of a scope: `stopped` when nothing more is to be received there.

    A drain is of one `run` of a worker, from its start to its end; a pause has none. `age` is since `since`, by the
    records' clock. `version` counts the changes.
    """

    scope: str
    run: UUID | None
    stopped: bool
    by: Operator
    why: str
    since: datetime
    age: timedelta
    version: int


def pause_of(wishes: Mapping[str, Wish]) -> Wish | None:
    """The pause that stands: who wanted it, why and since when."""
    wish = wishes.get(EVERY_WORKER)
    return wish if wish is not None and wish.stopped else None


def received_for(wishes: Mapping[str, Wish]) -> timedelta:
    """How long it has been since receiving was paused: zero while it is, and endless when it never was."""
    pause = wishes.get(EVERY_WORKER)
    if pause is None:
        return timedelta.max
    return timedelta() if pause.stopped else pause.age


class Outcome(Enum):
    """What became of a change."""

    DONE = auto()
    ALREADY = auto()  # it is so already: a second click, or somebody was first
    CHANGED = auto()  # somebody changed it since it was looked at; nothing was done


def judged(stands: Wish | None, run: UUID | None, *, stopped: bool, seen: frozenset[int] | None) -> Outcome:
    """What becomes of a change where this wish stands. `seen`: the version that was looked at, None for any."""
    if (stands is not None and stands.stopped and stands.run == run) is stopped:
        return Outcome.ALREADY
    if seen is not None and (stands.version if stands else UNTOUCHED) not in seen:
        return Outcome.CHANGED
    return Outcome.DONE


def told(scope: str, *, stopped: bool, why: str) -> tuple[Verb, str]:
    """How the audit tells a change: its verb, and its subject."""
    if scope == EVERY_WORKER:
        return (Verb.PAUSE if stopped else Verb.RESUME), why or "every worker"
    return (Verb.DRAIN if stopped else Verb.UNDRAIN), f"{scope}: {why}" if why else scope

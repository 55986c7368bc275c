"""Which state of an upload follows which, and the way that one upload took: read from its timeline, drawn for people.

A test has every act of every port meet every state, and what follows is exactly what stands here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise, zip_longest

from shared.domain.uploads import Event, State, Upload


@dataclass(frozen=True)
class Transition:
    """`rare` ones need something to happen at the same time, or a restored database."""

    before: State
    after: State
    why: str
    rare: bool = False


TRANSITIONS = (
    Transition(State.QUEUED, State.PROCESSING, "an attempt begins"),
    Transition(
        State.PROCESSING,
        State.QUEUED,
        "it is sent again, as its message was lost or its attempts were cut off",
    ),
    Transition(State.PROCESSING, State.PUBLISHED, "its image is published"),
    Transition(State.PROCESSING, State.REJECTED, "the file is at fault"),
    Transition(State.PROCESSING, State.HELD, "it is, or looks like, a removed image"),
    Transition(State.PROCESSING, State.FAILED, "SQS has given it up"),
    Transition(State.HELD, State.QUEUED, "a moderator lets it be shared"),
    Transition(State.HELD, State.REJECTED, "a moderator refuses it"),
    Transition(State.FAILED, State.QUEUED, "an operator or its owner has it tried again"),
    Transition(State.FAILED, State.REJECTED, "an operator discards it"),
    *(
        Transition(state, State.TAKEN_BACK, "it is taken back")
        for state in (State.QUEUED, State.PROCESSING, State.HELD, State.FAILED, State.PUBLISHED)
    ),
    Transition(State.TAKEN_BACK, State.PUBLISHED, "its owner restores it"),
    Transition(State.TAKEN_BACK, State.QUEUED, "its owner restores it before it was published"),
    Transition(State.TAKEN_BACK, State.ERASED, "nothing of it is found any more"),
    Transition(State.FAILED, State.PROCESSING, "an attempt begins after all", rare=True),
    *(
        Transition(state, after, "an attempt ends that had begun before", rare=True)
        for state, ends in (
            (State.QUEUED, (State.PUBLISHED, State.REJECTED, State.HELD, State.FAILED)),
            (State.FAILED, (State.PUBLISHED, State.HELD)),
        )
        for after in ends
    ),
    Transition(State.REJECTED, State.TAKEN_BACK, "its owner's account is being deleted", rare=True),
)

_BEGINS_ANEW = ("requeue", "spare", "redrive", "retry", "release", "restore")
_ENDS = {
    "hold": State.HELD,
    "dead-letter": State.FAILED,
    "refuse": State.REJECTED,
    "discard": State.REJECTED,
    "take back": State.TAKEN_BACK,
}
_OF_THE_PUBLISHED = ("album", "edit", "re-ingest", "hide", "unhide", "take back")
_OF_ATTEMPTS = ("fetch", "validate", "publish")


@dataclass(frozen=True)
class Stop:
    """A state on the way, and since when; None where the timeline doesn't tell."""

    state: State
    at: datetime | None


def way_of(upload: Upload, events: Sequence[Event]) -> list[Stop]:
    """The states that the upload went through, the present one last. What the timeline does not tell is left out: an
    attempt that was cut off writes no line."""
    way = [Stop(State.QUEUED, upload.accepted_at)]
    for event, following in zip_longest(events, events[1:]):
        if event.step in _OF_ATTEMPTS and way[-1].state in (State.QUEUED, State.FAILED):
            way.append(Stop(State.PROCESSING, event.at))
        state = _after(event, way[-1].state)
        if state is State.PROCESSING and _has_published(event, following, upload):
            state = State.PUBLISHED
        if state is not way[-1].state:
            way.append(Stop(state, event.at))
    if way[-1].state is not upload.status:
        way.append(Stop(upload.status, upload.erased_at or upload.taken_back_at))
    return way


def taken(way: Sequence[Stop]) -> set[tuple[State, State]]:
    """The transitions on a way."""
    return {(one.state, other.state) for one, other in pairwise(way)}


def _after(event: Event, state: State) -> State:
    if event.step in _OF_ATTEMPTS:
        refused = state is State.PROCESSING and event.result.startswith("rejected")
        return State.REJECTED if refused else state
    if event.step in _BEGINS_ANEW:
        if state is not State.TAKEN_BACK:
            return State.QUEUED
        if event.step == "restore":
            return State.PUBLISHED if event.result == "ok" else State.QUEUED
    if event.step == "erase" and event.result.endswith("looked again: none"):
        return State.ERASED
    return _ENDS.get(event.step, state)


def _has_published(event: Event, following: Event | None, upload: Upload) -> bool:
    """That an image is published has no line of its own: it is told by what comes after its objects were put."""
    if (event.step, event.result) != ("publish", "ok"):
        return False
    return following.step in _OF_THE_PUBLISHED if following else upload.status is State.PUBLISHED

"""Pausing and resuming what workers receive, and draining one of them: for the page, the API and the terminal."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.domain.operator_acts import Operator
from shared.domain.receiving import EVERY_WORKER, MAX_WHY_CHARACTERS, Outcome, Wish
from shared.operating.parts import OperatingParts
from shared.ports.operations import WorkerStatus


class WhyFault(ValueError):
    """The reason is missing or too long; the text is a sentence for people."""


class UnknownWorker(ValueError):
    """No worker of this name has reported within a day, or its version can't be drained."""


@dataclass(frozen=True)
class Told:
    """What became of it: the sentence says all, with who was first; `wish` is what stands now."""

    outcome: Outcome
    sentence: str
    wish: Wish | None


def pause(parts: OperatingParts, by: Operator, why: str, seen: frozenset[int] | None = None) -> Told:
    """Let every worker finish what it has and receive nothing more. Raises WhyFault, and Unavailable when the records
    are away: then nothing was changed."""
    change = parts.receiving.change(by, EVERY_WORKER, None, stopped=True, why=_why(why), seen=seen)
    done = "Receiving is paused. Workers finish what they have; uploads are still accepted, and wait."
    return _told(change.outcome, change.wish, done, "Receiving is paused already")


def resume(parts: OperatingParts, by: Operator, seen: frozenset[int] | None = None) -> Told:
    """Let workers receive again. Raises Unavailable."""
    change = parts.receiving.change(by, EVERY_WORKER, None, stopped=False, why="", seen=seen)
    return _told(change.outcome, change.wish, "Receiving goes on.", "Receiving goes on already")


def drain(
    parts: OperatingParts,
    by: Operator,
    name: str,
    why: str,
    run: UUID | None = None,
    seen: frozenset[int] | None = None,
) -> Told:
    """Let one run of a worker finish what it has and receive nothing more; None for its present run. Raises WhyFault,
    UnknownWorker and Unavailable."""
    why, worker = _why(why), worker_of(parts, name)
    if run not in (None, worker.run):
        return Told(Outcome.CHANGED, f"Nothing was changed: {name} was started anew since you looked.", None)
    change = parts.receiving.change(by, name, worker.run, stopped=True, why=why, seen=seen)
    done = f"{name} finishes what it has, and receives nothing more until it is started anew."
    return _told(change.outcome, change.wish, done, f"{name} is drained already")


def undrain(parts: OperatingParts, by: Operator, name: str, seen: frozenset[int] | None = None) -> Told:
    """Let a drained worker receive again. Raises UnknownWorker and Unavailable."""
    worker = worker_of(parts, name)
    change = parts.receiving.change(by, name, worker.run, stopped=False, why="", seen=seen)
    of_another_run = change.wish is not None and change.wish.stopped and change.outcome is Outcome.ALREADY
    stands = None if of_another_run else change.wish
    return _told(change.outcome, stands, f"{name} is no longer drained.", f"{name} is not drained")


def worker_of(parts: OperatingParts, name: str) -> WorkerStatus:
    """The worker of this name. Raises UnknownWorker."""
    for worker in parts.operations.workers(datetime.now(UTC)):
        if worker.name == name and worker.run is not None:
            return worker
    raise UnknownWorker(f"No worker is called {name}, or its version can't be drained.")


def moment(wish: Wish) -> str:
    """Since when, in words."""
    day = f" on {wish.since.day} {wish.since:%B %Y}" if wish.age > timedelta(hours=12) else ""
    return f"{wish.since:%H:%M} UTC{day}"


def _why(text: str) -> str:
    why = " ".join(text.split())
    if not why:
        raise WhyFault("Say why: others read it, now and in the audit.")
    if len(why) > MAX_WHY_CHARACTERS:
        raise WhyFault(f"Say why in at most {MAX_WHY_CHARACTERS} characters.")
    return why


def _told(outcome: Outcome, wish: Wish | None, done: str, already: str) -> Told:
    if outcome is Outcome.DONE:
        return Told(outcome, done, wish)
    if wish is None:
        return Told(outcome, f"{already}.", wish)
    why = f": {wish.why}" if wish.why else ""
    if outcome is Outcome.ALREADY:
        return Told(outcome, f"{already}, since {moment(wish)}, by {wish.by.name}{why}.", wish)
    what = {True: "stopped it", False: "let it go on"}[wish.stopped]
    who = f"since you looked, {wish.by.name} {what} at {moment(wish)}{why}"
    return Told(outcome, f"Nothing was changed: {who}.", wish)

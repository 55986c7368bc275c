"""The dead-letter queue: what is on it, what of that no failed upload explains, and its end.

Sending again sends first and removes then: cut off between the two, the message is on both queues, and an attempt that
comes twice ends as the first did. A message's end is never its upload's: what is accepted and unfinished the sweep
sends again.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import structlog

from shared.domain.operator_acts import Operator, Verb
from shared.domain.uploads import State
from shared.operating.parts import OperatingParts
from shared.ports.dead_letters import DeadLetter
from shared.ports.unavailable import CatalogueUnavailable, Unavailable

log = structlog.get_logger(__name__)
LOOK_SECONDS = 15
"""How long a look hides what it looks at, should it be cut off."""
KEEP_SECONDS = 180
"""How long the messages of a confirmation are kept for who asks; then everybody sees them again."""
STEP, MOST_LOOKED_AT = 100, 300


class Kind(StrEnum):
    """What the records say of a message."""

    FAILED = "failed"  # its upload is among the failed ones, which is where to act
    SETTLED = "settled"  # its upload has gone on since
    UNRECORDED = "unrecorded"  # no attempt at its upload was ever recorded
    UNREADABLE = "unreadable"  # it names no upload
    UNKNOWN = "unknown"  # the records can't be asked


REDRIVABLE = frozenset({Kind.UNRECORDED})
DISCARDABLE = frozenset({Kind.SETTLED, Kind.UNRECORDED, Kind.UNREADABLE})


def may(verb: Verb, kind: Kind) -> bool:
    """Whether it makes sense: what nobody can read comes back, and what has gone on needs no other attempt."""
    return kind in (REDRIVABLE if verb is Verb.REDRIVE else DISCARDABLE)


@dataclass(frozen=True)
class Seen:
    """A message with what is known of it; `state` is its upload's."""

    letter: DeadLetter
    kind: Kind
    state: State | None


@dataclass(frozen=True)
class Look:
    """What one look found among `about` so many, as SQS counts; `looked_at` is how many it looked at."""

    seen: list[Seen]
    looked_at: int
    about: int

    @property
    def kinds(self) -> Counter[Kind]:
        """How many there are of each kind, among what was looked at."""
        return Counter(seen.kind for seen in self.seen)


def look(parts: OperatingParts, most: int) -> Look:
    """Some of the messages; others see them again at once. Raises QueueUnavailable."""
    about = parts.dead_letters.count()
    letters = parts.dead_letters.take(most, LOOK_SECONDS)
    parts.dead_letters.release([letter.handle for letter in letters])
    return Look(_seen(parts, letters), len(letters), max(about, len(letters)))


def keep(parts: OperatingParts, wanted: Callable[[Seen], bool], most: int) -> Look:
    """Take what is wanted out of everybody else's sight for KEEP_SECONDS; looks at MOST_LOOKED_AT messages at most.
    Raises QueueUnavailable, and then all are seen again by themselves."""
    about, looked_at = parts.dead_letters.count(), 0
    kept: list[Seen] = []
    others: list[str] = []
    while len(kept) < most and looked_at < MOST_LOOKED_AT:
        letters = parts.dead_letters.take(STEP, KEEP_SECONDS)
        looked_at += len(letters)
        for seen in _seen(parts, letters):
            if len(kept) < most and wanted(seen):
                kept.append(seen)
            else:
                others.append(seen.letter.handle)
        if not letters:
            break
    parts.dead_letters.release(others)
    return Look(kept, looked_at, max(about, looked_at))


@dataclass(frozen=True)
class Kept:
    """One of a confirmation's messages: enough to act on it."""

    id: str
    handle: str
    owner: UUID | None
    upload_id: UUID | None

    @classmethod
    def of(cls, seen: Seen) -> "Kept":
        """Of what was found."""
        letter = seen.letter
        return cls(letter.id, letter.handle, letter.owner, letter.upload_id)


@dataclass(frozen=True)
class Moved:
    """What became of the messages that were asked for: the three others add up to `asked`."""

    verb: Verb
    asked: int
    moved: int
    gone: int
    failed: int

    @property
    def counts(self) -> dict[str, int]:
        """The three, by name."""
        return {"moved": self.moved, "gone": self.gone, "failed": self.failed}

    @property
    def sentence(self) -> str:
        """All of it in words."""
        told = [f"{self.moved:,} {'sent again' if self.verb is Verb.REDRIVE else 'discarded'}"]
        told.append(f"{self.gone:,} gone already or no longer kept for you")
        if self.failed:
            told.append(f"{self.failed:,} not reached, as SQS is away, and still there")
        return f"Asked for {self.asked:,}: {', '.join(told)}."


def move(parts: OperatingParts, by: Operator, verb: Verb, kept: Sequence[Kept], missing: int = 0) -> Moved:
    """Send each again, or discard it; so many more were asked for and not found. Raises Unavailable when the audit
    can't be written, and then nothing was done."""
    listed = ", ".join(one.id for one in kept)
    asked, moved, gone = len(kept) + missing, 0, missing
    act_id = parts.operator_acts.begin(
        by, verb, f"{asked} dead {'letter' if asked == 1 else 'letters'}: {listed}", asked
    )
    try:
        for one in kept:
            done = _move(parts, verb, one)
            moved, gone = moved + done, gone + (not done)
            log.info("dead letter", verb=verb, message_id=one.id, operator=by.name, done=done)
    except Unavailable as error:
        log.warning("an act on dead letters stopped early", verb=verb, operator=by.name, error=str(error))
    result = Moved(verb, asked, moved, gone, asked - moved - gone)
    try:
        parts.operator_acts.end(act_id, result.counts)
    except Unavailable as error:  # the audit shows it without an end
        log.warning("what came of an act isn't in the audit", act=str(act_id), error=str(error))
    return result


def _move(parts: OperatingParts, verb: Verb, one: Kept) -> bool:
    if not parts.dead_letters.hold(one.handle, KEEP_SECONDS):
        return False
    if verb is Verb.REDRIVE and one.owner and one.upload_id:
        parts.queue.send(one.owner, one.upload_id)
    parts.dead_letters.remove(one.handle)
    return True


def _seen(parts: OperatingParts, letters: Sequence[DeadLetter]) -> list[Seen]:
    ids = list({letter.upload_id for letter in letters if letter.upload_id})
    try:
        states = {upload_id: upload.status for upload_id, upload in parts.uploads.find_many(ids).items()}
    except CatalogueUnavailable as error:
        log.warning("dead letters are shown without their records", error=str(error))
        return [Seen(x, Kind.UNKNOWN if x.upload_id else Kind.UNREADABLE, None) for x in letters]
    return [_told(letter, states.get(letter.upload_id) if letter.upload_id else None) for letter in letters]


def _told(letter: DeadLetter, state: State | None) -> Seen:
    if letter.upload_id is None:
        return Seen(letter, Kind.UNREADABLE, None)
    if state is None:
        return Seen(letter, Kind.UNRECORDED, None)
    return Seen(letter, Kind.FAILED if state is State.FAILED else Kind.SETTLED, state)

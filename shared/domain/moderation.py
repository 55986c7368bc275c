"""What people report of images, what moderators do about it, and what an owner answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.domain.uploads import State

MAX_REPORT_CHARACTERS = MAX_NOTE_CHARACTERS = 1000
MAX_ANSWER_CHARACTERS = 2000
REMOVED = "removed"  # an upload's reason code: taken back for good, and not by its owner
NEWEST_REPORTS = 10  # of an image are shown; the others are counted
REPORTS_A_DAY = 20  # open ones of one person: more is a flood, and moderators would drown in it


class Reason(StrEnum):
    """What is wrong with an image. The first ones are those of Openverse's reports."""

    SENSITIVE = "sensitive"
    COPYRIGHT = "copyright"
    SPAM = "spam"
    PRIVACY = "privacy"
    ILLEGAL = "illegal"
    OTHER = "other"

    @property
    def words(self) -> str:
        """For people."""
        return _WORDS[self]


_WORDS = {
    Reason.SENSITIVE: "Mature or sensitive content",
    Reason.COPYRIGHT: "Copyright, or a wrong licence",
    Reason.SPAM: "Deceptive, or spam",
    Reason.PRIVACY: "Personal data or privacy",
    Reason.ILLEGAL: "Illegal",
    Reason.OTHER: "Something else",
}


class Standing(StrEnum):
    """Where an image stands for moderators."""

    SHOWN = "shown"
    HIDDEN = "hidden"  # by a moderator
    TAKEN_BACK = "taken_back"  # by its owner, who may undo that for a moment
    TAKEN_BACK_HIDDEN = "taken_back_hidden"  # both: an undo leaves it hidden
    GONE = "gone"  # nothing brings it back
    HELD = "held"  # not published yet: a moderator looks at it first

    @property
    def hidden(self) -> bool:
        """Whether a moderator hides it."""
        return self in (Standing.HIDDEN, Standing.TAKEN_BACK_HIDDEN)

    @property
    def words(self) -> str:
        """For people."""
        return self.replace("_hidden", ", and hidden").replace("_", " ")


def standing(state: State, *, hidden: bool, undo_is_over: bool) -> Standing:
    """Where a published image stands, whatever was done with it since."""
    if state is not State.TAKEN_BACK:
        return Standing.GONE if state.gone else Standing.HIDDEN if hidden else Standing.SHOWN
    if undo_is_over:
        return Standing.GONE
    return Standing.TAKEN_BACK_HIDDEN if hidden else Standing.TAKEN_BACK


class Verb(StrEnum):
    """What a moderator does."""

    HIDE = "hide"
    RESTORE = "restore"
    REMOVE = "remove"
    WARN = "warn"
    DISMISS = "dismiss"
    RELEASE = "release"  # what is held, to be published
    REFUSE = "refuse"  # what is held, for good

    @property
    def past(self) -> str:
        """For «… the image»."""
        return _PAST[self]

    @property
    def closes_reports(self) -> bool:
        """Whether it is an answer to the reports."""
        return self in (Verb.HIDE, Verb.REMOVE, Verb.WARN, Verb.DISMISS)

    @property
    def needs_reason(self) -> bool:
        """Whether the owner must be told a reason."""
        return self in (Verb.HIDE, Verb.REMOVE, Verb.WARN)

    def is_possible(self, now: Standing, open_reports: int) -> bool:
        """Whether it would change anything about a published image."""
        match self:
            case Verb.HIDE:
                return not now.hidden and now is not Standing.GONE
            case Verb.RESTORE:
                return now.hidden
            case Verb.REMOVE:
                return now is not Standing.GONE
            case Verb.WARN:
                return True
            case Verb.DISMISS:
                return open_reports > 0
            case Verb.RELEASE | Verb.REFUSE:
                return False


_PAST = {
    Verb.HIDE: "hid",
    Verb.RESTORE: "restored",
    Verb.REMOVE: "removed",
    Verb.WARN: "sent a warning about",
    Verb.DISMISS: "dismissed the reports of",
    Verb.RELEASE: "released",
    Verb.REFUSE: "refused",
}
NOTICES = (Verb.HIDE, Verb.RESTORE, Verb.REMOVE, Verb.WARN)
"""What an owner is told of."""


@dataclass(frozen=True)
class Report:
    """One person's word about an image. `id`: a UUIDv7; `at`: UTC, by the database's clock."""

    id: UUID
    image_id: UUID
    reporter: UUID
    username: str
    reason: Reason
    text: str
    at: datetime


@dataclass(frozen=True)
class Answer:
    """What an owner said to an act, once."""

    text: str
    at: datetime


@dataclass(frozen=True)
class Moderator:
    """Who acts."""

    id: UUID
    username: str


@dataclass(frozen=True)
class Seen:
    """What a moderator had before them: how many acts on the image there were, and how many open reports."""

    acts: int
    reports: int


@dataclass(frozen=True)
class Decision:
    """What a moderator wants done, and on what they decided it. `note` is what the owner reads."""

    moderator: UUID
    username: str
    image_id: UUID
    verb: Verb
    reason: Reason | None
    note: str
    seen: Seen


@dataclass(frozen=True)
class Act:
    """A line of the audit, never changed. `number` counts the image's acts from 1; `was` is how the image stood before;
    `closed`: how many open reports it answered, by reason."""

    id: UUID
    image_id: UUID
    number: int
    at: datetime
    moderator: UUID
    username: str
    verb: Verb
    reason: Reason | None
    note: str
    owner: UUID
    owner_name: str
    was: Standing
    closed: Mapping[Reason, int]
    answer: Answer | None = None

    def does(self, decision: Decision) -> bool:
        """Whether it is what that decision asked for: a second click."""
        made = (self.moderator, self.verb, self.reason, self.note)
        return made == (decision.moderator, decision.verb, decision.reason, decision.note)

"""What people report, and what moderators do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from shared.domain.failures import ALWAYS, Span
from shared.domain.images import Image
from shared.domain.moderation import Act, Decision, Reason, Report, Seen, Standing, Verb


class Reported(Enum):
    """What became of a report."""

    NEW = auto()
    ALREADY = auto()  # the same person has reported this image before; nothing is changed
    TOO_MANY = auto()  # this person has too many open reports of the last day
    UNKNOWN = auto()  # nobody sees such an image


@dataclass(frozen=True)
class Case:
    """An image with its open reports: all of them counted by reason, and the newest. `image` is None once it was taken
    back; `owner_name` is empty once it is erased."""

    image_id: UUID
    owner: UUID
    owner_name: str
    standing: Standing
    image: Image | None
    acts: int
    counts: Mapping[Reason, int] = field(default_factory=dict)
    newest: Sequence[Report] = ()
    first_id: UUID | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def seen(self) -> Seen:
        """What a decision on this is made on."""
        return Seen(self.acts, sum(self.counts.values()))


@dataclass(frozen=True)
class Done:
    """The act is recorded, now or by an earlier click. `erasable_in`: when a worker may erase what was removed."""

    act: Act
    erasable_in: timedelta | None = None


@dataclass(frozen=True)
class Stale:
    """Nothing was done: this has happened since the moderator looked."""

    acts: Sequence[Act]
    more_reports: int


@dataclass(frozen=True)
class Impossible:
    """Nothing was done, as it would change nothing of how the image stands."""

    standing: Standing


@dataclass(frozen=True)
class Wanted:
    """Which acts are asked for: those that fit all that is given."""

    verbs: Sequence[Verb] = tuple(Verb)
    moderator: str = ""
    owner: UUID | None = None
    image_id: UUID | None = None
    answered: bool = False
    span: Span = ALWAYS


class Answered(Enum):
    """What became of an owner's answer."""

    NEW = auto()
    SAME = auto()  # the same words were recorded before
    ALREADY = auto()  # other words were; nothing is changed
    UNKNOWN = auto()  # there is no such notice, or it is somebody else's


class Reports(Protocol):
    """Every method raises CatalogueUnavailable when the database can't be used.

    `add` changes nothing for who has reported the image before. `cases` are the images with open reports, those first
    that wait longest; `after` is the `first_id` of the last one that is known.
    """

    def add(self, reporter: UUID, username: str, image_id: UUID, reason: Reason, text: str) -> Reported: ...
    def cases(self, after: UUID | None, limit: int) -> list[Case]: ...
    def case(self, image_id: UUID) -> Case | None: ...


class Moderation(Protocol):
    """Acts on images: each is recorded in the transaction that does it. Raises CatalogueUnavailable.

    `act` answers None when there is no such image. `acts` go back in time from the id `before`.
    """

    def act(self, decision: Decision) -> Done | Stale | Impossible | None: ...
    def acts(self, wanted: Wanted, before: UUID | None, limit: int) -> list[Act]: ...
    def answer(self, act_id: UUID, owner: UUID, text: str) -> Answered: ...

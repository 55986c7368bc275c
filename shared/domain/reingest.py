"""Renditions made anew from published originals: which images a run is for, and how far it is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.domain.delivery import MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS

MOST_TRIES = 3
"""Attempts at one picture before it counts as failed. Below SQS's own limit: none becomes a dead letter."""

LEASE = timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS * (MAX_RECEIVE_COUNT + 1))
"""After this without a word a picture's message is gone, whatever became of it, and another is sent."""

KEPT_FOR = timedelta(days=1)
"""How long a rendition stays that no record names any more: pages and signed addresses of it are still about."""


@dataclass(frozen=True)
class Which:
    """Published images, as they are when a run starts; all conditions hold at once, and without one: every image.

    `since` and `before` are about the upload. `made_before` and `older_than` (a recipe, shared.domain.images.RECIPE)
    are about the renditions.
    """

    image_id: UUID | None = None
    username: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    made_before: datetime | None = None
    older_than: int | None = None

    @property
    def as_json(self) -> dict[str, str | int]:
        """What is asked, by name; what is not asked is left out."""
        return {
            name: value.astimezone(UTC).isoformat()
            if isinstance(value, datetime)
            else value
            if isinstance(value, int)
            else str(value)
            for name, value in asdict(self).items()
            if value is not None
        }

    @classmethod
    def of_json(cls, told: Mapping[str, str | int]) -> "Which":
        """Likewise back."""
        moments = {name: _moment(told.get(name)) for name in ("since", "before", "made_before")}
        username, older = told.get("username"), told.get("older_than")
        return cls(
            image_id=UUID(str(told["image_id"])) if "image_id" in told else None,
            username=None if username is None else str(username),
            older_than=None if older is None else int(older),
            **moments,
        )

    @property
    def sentence(self) -> str:
        """In words, as in “Every image by ann”."""
        if self.image_id:
            return f"Image {self.image_id}"
        told = ["Every image"]
        if self.username:
            told.append(f"by {self.username}")
        if self.since:
            told.append(f"uploaded from {_day(self.since)}")
        if self.before:
            told.append(f"{'and ' if self.since else 'uploaded '}before {_day(self.before)}")
        if self.made_before:
            told.append(f"with renditions made before {_day(self.made_before)}")
        if self.older_than:
            told.append(f"with renditions of a recipe before {self.older_than}")
        return " ".join(told)


def _moment(told: str | int | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(str(told))


def _day(moment: datetime) -> str:
    """A day alone, where it begins."""
    at = moment.astimezone(UTC)
    return f"{at:%Y-%m-%d}" if at.time() == at.time().min else f"{at:%Y-%m-%d %H:%M} UTC"


class Standing(StrEnum):
    """Where a run is."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"

    @property
    def over(self) -> bool:
        """Whether nothing more is made for it."""
        return self in (Standing.CANCELLED, Standing.DONE)


class Outcome(StrEnum):
    """What became of one picture."""

    MADE = "made"
    UNCHANGED = "unchanged"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True)
class Run:
    """A run. `asked` is counted once, at its start; the four outcomes and `waiting` add up to it, always. Of a
    cancelled run `waiting` says how many were left as they are."""

    id: UUID
    by: str
    which: Which
    standing: Standing
    started_at: datetime
    asked: int
    made: int = 0
    unchanged: int = 0
    gone: int = 0
    failed: int = 0
    ended_at: datetime | None = None

    @property
    def settled(self) -> int:
        """How many are over."""
        return self.made + self.unchanged + self.gone + self.failed

    @property
    def waiting(self) -> int:
        """How many are not."""
        return self.asked - self.settled

    @property
    def counts(self) -> dict[str, int]:
        """All of it, by name."""
        return {
            "made": self.made,
            "unchanged": self.unchanged,
            "gone": self.gone,
            "failed": self.failed,
            "waiting": self.waiting,
        }


@dataclass(frozen=True)
class Failure:
    """A picture whose renditions stayed as they were, and why."""

    image_id: UUID
    filename: str
    reason: str
    at: datetime

"""What a comparison of S3 and MySQL looks for, where it stands, and what it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

EVERY = timedelta(days=7)  # how often a check begins by itself
GRACE = timedelta(hours=1)
"""What changed less than this ago is in the middle of something. Each age is told by one clock alone, the store's or
the database's, so that clocks which differ make no difference."""
MOST = 10_000  # findings kept of one check; what is beyond is counted
SAMPLE = 100  # one original of so many is read and hashed in each check, others in the next


class Fault(StrEnum):
    """What is not as it should be."""

    MISSING = "missing"  # the record names an object that isn't stored
    WRONG = "wrong"  # it is stored, and its bytes aren't those of the record
    STRAY = "stray"  # it is stored as published, and no record names it
    UNSENT = "unsent"  # an accepted upload of which nothing was heard for too long
    LEFT = "left"  # staging holds something of what has ended, or was never accepted
    ERASED = "erased"  # a version of what was erased is stored


class Phase(StrEnum):
    """The parts of a check, in their order."""

    PUBLISHED = "published"  # records beside final keys
    STAGING = "staging"  # staged uploads beside their states
    UNFINISHED = "unfinished"  # unfinished uploads beside staging
    VERSIONS = "versions"  # every version beside what was erased
    AGAIN = "again"  # each suspect once more, both sides


class FindingState(StrEnum):
    """What became of a finding."""

    SUSPECTED = "suspected"  # seen once; it may have been in the middle of changing
    OPEN = "open"  # seen again after the pass
    ASKED = "asked"  # an operator wants it repaired; the next tick does it
    REPAIRED = "repaired"
    GONE = "gone"  # when it was to be repaired, both sides agreed
    FAILED = "failed"  # it can't be repaired, or not yet: the finding says why


TO_REPAIR = (FindingState.OPEN, FindingState.FAILED)


@dataclass(frozen=True)
class Suspect:
    """Something that looks wrong: `subject` is a key, or the folder of a staged upload. `upload_id` and `owner`: as far
    as the subject tells."""

    fault: Fault
    subject: str
    detail: str
    upload_id: UUID | None = None
    owner: UUID | None = None


@dataclass(frozen=True)
class Finding:
    """A suspect that was written down. `told`: what its last repair said."""

    id: UUID
    check_id: UUID
    suspect: Suspect
    seen_at: datetime
    state: FindingState
    told: str = ""


@dataclass(frozen=True)
class Check:
    """One comparison, which several workers may do by turns. `cursor` is where its phase goes on; `looked` counts what
    it has looked at, `kept` its findings, `beyond` those of each fault that were counted and not kept."""

    id: UUID
    full_hash: bool
    asked_by: str | None
    begun_at: datetime
    ended_at: datetime | None = None
    phase: Phase = Phase.PUBLISHED
    cursor: str = ""
    looked: Mapping[str, int] = field(default_factory=dict)
    kept: int = 0
    beyond: Mapping[str, int] = field(default_factory=dict)

    def samples(self, upload_id: UUID) -> bool:
        """Whether it reads the bytes of this original."""
        return self.full_hash or (self.id.int + upload_id.int) % SAMPLE == 0


@dataclass(frozen=True)
class RepairAct:
    """What came of an operator's word: the counts add up to `asked`, with those that wait for a worker."""

    act: UUID
    by: str
    at: datetime
    asked: int
    repaired: int
    gone: int
    failed: int
    waiting: int

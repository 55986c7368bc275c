"""Tables in memory with transactions: what one writes is seen by all at its end, or never."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from uuid import UUID

from shared.adapters.memory.clock import Clock, utc_now
from shared.domain.albums import Album
from shared.domain.asks import Ask
from shared.domain.consistency import Check, Finding, FindingState
from shared.domain.downloads import Download
from shared.domain.editing import Grant
from shared.domain.fingerprints import Barred
from shared.domain.images import Image
from shared.domain.moderation import Act, Answer, Report
from shared.domain.operator_acts import OperatorAct
from shared.domain.receiving import Wish
from shared.domain.reingest import Run
from shared.domain.samples import OwnerLoad, Sample
from shared.domain.shares import Share
from shared.domain.taking_back import undo_left
from shared.domain.terms import Term
from shared.domain.uploads import Event, State, Upload
from shared.ports.operations import WorkerStatus
from shared.ports.session_records import SessionRecord
from shared.ports.unavailable import CatalogueUnavailable


@dataclass(frozen=True)
class UploadRow:
    """An upload with who changed it last, and when."""

    upload: Upload
    worker: str | None
    changed_at: datetime
    erasable_at: datetime | None = None
    erase_begun_at: datetime | None = None
    rendering_at: datetime | None = None
    waited_ms: int | None = None

    def seen_at(self, now: datetime) -> Upload:
        """The upload with what depends on the time: the age of its last change, and what is left for an undo."""
        upload = replace(self.upload, unchanged_for=now - self.changed_at)
        if upload.status is State.TAKEN_BACK and upload.taken_back_at and self.erase_begun_at is None:
            return replace(upload, undo_for=undo_left(now - upload.taken_back_at))
        return upload


@dataclass(frozen=True)
class AccountRow:
    """What is kept of an account."""

    sessions_ended_at: datetime | None = None
    default_licence: str | None = None
    closing_at: datetime | None = None
    closing_username: str | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class SessionRow:
    """A session, and whether it has ended."""

    owner: UUID
    record: SessionRecord
    ended: bool = False


@dataclass(frozen=True)
class LimitRow:
    """How often something was done, and until when that is counted."""

    times: int
    ends_at: datetime


@dataclass(frozen=True)
class ShareRow:
    """A link, with the tries of its password."""

    share: Share
    tries: int = 0
    tried_at: datetime | None = None


@dataclass(frozen=True)
class ReingestRow:
    """A picture of a run: one that waits, or one that failed."""

    owner: UUID
    waiting: bool = True
    tries: int = 0
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class CheckRow:
    """A check with who is at it, and until when."""

    check: Check
    holder: str | None = None
    held_until: datetime | None = None


@dataclass(frozen=True)
class RepairRow:
    """A finding that somebody wants repaired, with who is at it."""

    by: str
    at: datetime
    outcome: FindingState | None = None
    holder: str | None = None
    held_until: datetime | None = None


@dataclass
class Tables:
    """All that is stored. Rows are immutable; `index` holds the ids of the images that a term finds, `field_versions`
    the version at which each field of an image was last changed, `hidden` the ids of those that were taken back and
    have their records yet; `albums` have their chosen cover, `album_images` their images in order; `held_for` the
    barred image for which an upload was held, `released` the ids of those that a moderator has let through;
    `reports` are those of an image and a person, `closed_reports` says by which act; `reingest_images` are those of a
    run."""

    uploads: dict[UUID, UploadRow] = field(default_factory=dict)
    events: dict[UUID, tuple[Event, ...]] = field(default_factory=dict)
    images: dict[UUID, Image] = field(default_factory=dict)
    index: dict[Term, frozenset[UUID]] = field(default_factory=dict)
    field_versions: dict[UUID, Mapping[str, int]] = field(default_factory=dict)
    grants: dict[UUID, tuple[Grant, ...]] = field(default_factory=dict)
    hidden: set[UUID] = field(default_factory=set)
    workers: dict[str, WorkerStatus] = field(default_factory=dict)
    accounts: dict[UUID, AccountRow] = field(default_factory=dict)
    sessions: dict[UUID, SessionRow] = field(default_factory=dict)
    limits: dict[str, LimitRow] = field(default_factory=dict)
    downloads: dict[UUID, Download] = field(default_factory=dict)
    shares: dict[UUID, ShareRow] = field(default_factory=dict)
    albums: dict[UUID, Album] = field(default_factory=dict)
    album_versions: dict[UUID, Mapping[str, int]] = field(default_factory=dict)
    album_images: dict[UUID, tuple[UUID, ...]] = field(default_factory=dict)
    barred: dict[UUID, Barred] = field(default_factory=dict)
    held_for: dict[UUID, UUID] = field(default_factory=dict)
    released: set[UUID] = field(default_factory=set)
    asks: dict[UUID, Ask] = field(default_factory=dict)
    reports: dict[tuple[UUID, UUID], Report] = field(default_factory=dict)
    closed_reports: dict[UUID, UUID] = field(default_factory=dict)
    acts: dict[UUID, Act] = field(default_factory=dict)
    answers: dict[UUID, Answer] = field(default_factory=dict)
    operator_acts: dict[UUID, OperatorAct] = field(default_factory=dict)
    samples: dict[datetime, Sample] = field(default_factory=dict)
    sampled_owners: tuple[datetime, tuple[OwnerLoad, ...]] | None = None
    checks: dict[UUID, CheckRow] = field(default_factory=dict)
    findings: dict[UUID, Finding] = field(default_factory=dict)
    repairs: dict[tuple[UUID, UUID], RepairRow] = field(default_factory=dict)
    receiving: dict[str, Wish] = field(default_factory=dict)
    reingest_runs: dict[UUID, Run] = field(default_factory=dict)
    reingest_images: dict[tuple[UUID, UUID], ReingestRow] = field(default_factory=dict)
    reingest_moved_at: datetime | None = None
    given_up_objects: dict[str, datetime] = field(default_factory=dict)


class MemoryDatabase:
    """What the adapters for uploads, images and operations share. Threads may share it; transactions run one at a
    time."""

    def __init__(self, now: Clock = utc_now) -> None:
        """`now` is the database's own clock, by which it writes times and tells ages."""
        self.away = False
        self.now = now
        self._tables = Tables()
        self._lock = threading.Lock()

    def read(self) -> Tables:
        """The tables as last committed, not to be changed. Raises CatalogueUnavailable while the database is away."""
        if self.away:
            raise CatalogueUnavailable("the database is away")
        return self._tables

    @contextmanager
    def transaction(self) -> Iterator[Tables]:
        """Tables to change; committed at the end, forgotten when an exception ends it."""
        with self._lock:
            seen = self.read()
            working = Tables(*(copy(getattr(seen, table.name)) for table in fields(seen)))
            yield working
            self._tables = working

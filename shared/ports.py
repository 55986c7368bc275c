"""What the tiers need from the world, in the tiers' own words.

Adapters implement these; the composition root chooses them. Vendor exceptions end in the adapter: callers see
`Unavailable` (the world is at fault, try again) or one of the named refusals, never a client library's class.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared.domain.images import Image, ImageQuery
from shared.domain.manifest import Manifest
from shared.domain.uploads import Attempt, Event, Upload


class Unavailable(Exception):
    """Transient: a part of the world (S3, SQS, MySQL, Cognito) did not answer as it should."""


class StoreUnavailable(Unavailable):
    """The object store could not be used."""


class QueueUnavailable(Unavailable):
    """The queue could not be used."""


class CatalogueUnavailable(Unavailable):
    """The database could not be used."""


class IdentityUnavailable(Unavailable):
    """The identity provider could not be used."""


class IdentityRefused(Exception):
    """The identity provider said no; `code` is stable and `detail` is a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")


@dataclass(frozen=True)
class StoredObject:
    """One object as a listing shows it."""

    key: str
    size_bytes: int
    modified_at: datetime


@dataclass(frozen=True)
class Depth:
    """How many messages wait, in SQS's own words (approximate, as SQS counts)."""

    visible: int
    in_flight: int
    delayed: int
    dead_letters: int

    @property
    def backlog(self) -> int:
        """Messages on the main queue, whatever their state."""
        return self.visible + self.in_flight + self.delayed


@dataclass(frozen=True)
class Tokens:
    """What a log-in yields. `refresh` is None when an old refresh token stays in use."""

    access: str
    refresh: str | None
    expires_in_seconds: int


@dataclass(frozen=True)
class Viewer:
    """Who asks: the owner id (Cognito's sub), the user name and the groups, read from a verified token."""

    owner: UUID
    username: str
    groups: frozenset[str] = frozenset()

    @property
    def is_operator(self) -> bool:
        """Whether this person may see the operators' pages."""
        return "operators" in self.groups


@dataclass(frozen=True)
class Account:
    """A confirmed user as others see them."""

    owner: UUID
    username: str
    joined_at: datetime


@dataclass(frozen=True)
class WorkerStatus:
    """One worker process group: its last sign of life, and what it is doing."""

    name: str
    host: str
    version: str
    last_heartbeat_at: datetime
    last_poll_age_seconds: float | None
    current_upload: UUID | None = None
    current_step: str | None = None
    current_since: datetime | None = None
    done_today: int = 0
    failed_today: int = 0


@dataclass(frozen=True)
class Throughput:
    """What the operators' page says about the last minutes and day."""

    published_last_minute: int
    problems_last_day: int
    last_published_at: datetime | None


class ByteSink(Protocol):
    """Takes one file's bytes; nothing is visible in the store until `commit`."""

    def write(self, data: bytes) -> None: ...
    def commit(self) -> None: ...
    def abort(self) -> None: ...


class ObjectStore(Protocol):
    """Bytes under keys. Every method raises StoreUnavailable when the store can't be used."""

    def open_sink(self, key: str) -> ByteSink: ...
    def put(self, key: str, data: bytes, content_type: str, *, cache: bool = False) -> None: ...
    def put_new(self, key: str, data: bytes, content_type: str) -> bytes: ...
    def get(self, key: str) -> bytes | None: ...
    def list(self, prefix: str, *, after: str = "") -> Iterator[StoredObject]: ...
    def delete(self, keys: Iterable[str]) -> None: ...
    def check(self) -> None: ...


@dataclass(frozen=True)
class MediaCookies:
    """Cookies that open media addresses: names and values, their domain, and how long they are good for."""

    values: Mapping[str, str]
    domain: str
    max_age_seconds: int


class MediaUrls(Protocol):
    """Addresses from which private media may be fetched for a while.

    Where `cookies` are given, `url` works with them alone; `without_cookies` serves callers that keep none.
    """

    @property
    def origin(self) -> str: ...
    def url(self, key: str, *, download_as: str | None = None) -> str: ...
    def without_cookies(self) -> "MediaUrls": ...
    def cookies(self) -> MediaCookies | None: ...


class WorkQueue(Protocol):
    """Where accepted uploads wait for a worker. Every method raises QueueUnavailable when it can't be used."""

    def send(self, owner: UUID, upload_id: UUID) -> None: ...
    def depth(self) -> Depth: ...
    def check(self) -> None: ...


class IngestLog(Protocol):
    """What happened to each upload. Every method raises CatalogueUnavailable when the database can't be used."""

    def find(self, upload_id: UUID) -> Upload | None: ...
    def find_many(self, upload_ids: Sequence[UUID]) -> dict[UUID, Upload]: ...
    def events(self, upload_id: UUID) -> list[Event]: ...
    def of_owner(
        self, owner: UUID, states: Sequence[str], before: UUID | None, limit: int
    ) -> list[Upload]: ...
    def recent(self, limit: int) -> list[Upload]: ...
    def begin(self, manifest: Manifest, attempt: Attempt) -> str: ...
    def note(self, upload_id: UUID, events: Sequence[Event]) -> None: ...
    def publish(
        self, image: Image, terms: Iterable[tuple[str, str]], attempt: Attempt, events: Sequence[Event]
    ) -> bool: ...
    def reject(
        self, upload_id: UUID, attempt: Attempt, code: str, message: str, events: Sequence[Event]
    ) -> None: ...
    def fail(self, upload_id: UUID, attempt: Attempt, message: str) -> None: ...
    def requeued(self, manifest: Manifest, now: datetime) -> None: ...
    def newest_begun(self, owner: UUID) -> datetime | None: ...
    def check(self) -> None: ...


class Operations(Protocol):
    """What operators look at. Every method raises CatalogueUnavailable when the database can't be used."""

    def beat(self, worker: WorkerStatus) -> None: ...
    def workers(self, now: datetime) -> list[WorkerStatus]: ...
    def throughput(self, now: datetime) -> Throughput: ...


@dataclass(frozen=True)
class ImagePage:
    """Images, newest first; `more` says whether older ones remain."""

    items: Sequence[Image] = field(default_factory=list)
    more: bool = False


class ImageCatalogue(Protocol):
    """Published images and the index over them."""

    def find(self, image_id: UUID) -> Image | None: ...
    def find_many(self, image_ids: Sequence[UUID]) -> dict[UUID, Image]: ...
    def search(self, query: ImageQuery) -> ImagePage: ...
    def neighbours(self, image_id: UUID) -> tuple[UUID | None, UUID | None]: ...
    def count_of(self, username: str) -> int: ...


class Identity(Protocol):
    """Accounts and log-in. Raises IdentityRefused or IdentityUnavailable."""

    def sign_up(self, username: str, email: str, password: str) -> str: ...
    def confirm(self, username: str, code: str) -> None: ...
    def resend_code(self, username: str) -> None: ...
    def log_in(self, username: str, password: str) -> Tokens: ...
    def refresh(self, refresh_token: str) -> Tokens: ...
    def revoke(self, refresh_token: str) -> None: ...
    def forgot(self, username: str) -> None: ...
    def reset(self, username: str, code: str, password: str) -> None: ...
    def verify(self, access_token: str) -> Viewer: ...
    def find(self, username: str) -> Account | None: ...
    def check(self) -> None: ...

"""Which failed uploads an operator means, and what is known of one that stands for many."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from shared.domain.failures import ALWAYS, Span
from shared.domain.keys import KINDS, final_prefixes
from shared.domain.uploads import State, Upload
from shared.operating.parts import OperatingParts
from shared.ports.unavailable import Unavailable
from shared.staging import Staging

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Choice:
    """These ids, or else what failed for a reason within a time; None is every reason."""

    ids: tuple[UUID, ...] = ()
    reason: str | None = None
    span: Span = ALWAYS

    @property
    def words(self) -> str:
        """What the audit keeps of it."""
        if self.ids:
            listed = ", ".join(map(str, self.ids))
            return listed if len(self.ids) == 1 else f"{len(self.ids)} chosen: {listed}"
        told = "every reason" if self.reason is None else self.reason or "no reason recorded"
        if self.span.since:
            told += f" from {self.span.since:%Y-%m-%dT%H:%MZ}"
        if self.span.until:
            told += f" before {self.span.until:%Y-%m-%dT%H:%MZ}"
        return told


@dataclass(frozen=True)
class Chosen:
    """What was found: `uploads` are failed, the oldest first, and `count` says how many there are in all."""

    uploads: list[Upload]
    count: int


def chosen(parts: OperatingParts, choice: Choice, most: int) -> Chosen:
    """At most so many of them. Raises CatalogueUnavailable."""
    if choice.ids:
        known = parts.uploads.find_many(choice.ids)
        failed = [u for i in choice.ids if (u := known.get(i)) and u.status is State.FAILED]
        return Chosen(sorted(failed, key=lambda u: u.id)[:most], len(failed))
    uploads = parts.failed_uploads.of(choice.reason, None, most, choice.span)
    count = parts.failed_uploads.count(choice.reason, choice.span)
    return Chosen(uploads, max(count, len(uploads)))


@dataclass(frozen=True)
class Sample:
    """One of many. `format` as its first bytes told, None when staging holds nothing of it; `rendition` is the key of
    a thumbnail, made in the sandbox before the attempt failed: what is staged is never shown."""

    upload: Upload
    format: str | None = None
    rendition: str | None = None
    reached: bool = True


def sample_of(parts: OperatingParts, upload: Upload) -> Sample:
    """Two calls to S3; when it is away, what is known without it."""
    prefixes = dict(zip(KINDS, final_prefixes(upload.filename, upload.accepted_at, upload.id), strict=True))
    try:
        manifest = Staging(parts.store).manifest(upload.owner, upload.id)
        rendition = next(iter(parts.store.list(prefixes["thumbnails"])), None)
    except Unavailable as error:
        log.warning("a sample is shown without what S3 knows of it", error=str(error))
        return Sample(upload, reached=False)
    return Sample(upload, manifest.format if manifest else None, rendition.key if rendition else None)

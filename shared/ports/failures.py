"""Failed uploads, as an operator looks through them and ends them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared.domain.failures import ALWAYS, Span
from shared.domain.uploads import Upload


@dataclass(frozen=True)
class Failures:
    """How many failed for one reason (`shared.domain.failures.reason_of`), when the first and the last did, one, and
    the versions of the workers that had them last, where they are recorded."""

    reason: str
    count: int
    first_at: datetime
    last_at: datetime
    sample: Upload
    versions: tuple[str, ...] = ()


class FailedUploads(Protocol):
    """Every method raises CatalogueUnavailable when the database can't be used. `reason` None means every reason;
    only what failed within the span is looked at.

    `groups` has the largest first. `of` goes from the oldest to younger ones, younger than `after`. `discard` rejects
    one with a sentence for its owner, and the sweep clears what is stored; False, and nothing is changed, when it is
    not failed (any more).
    """

    def groups(self, limit: int, span: Span = ALWAYS) -> list[Failures]: ...
    def count(self, reason: str | None, span: Span = ALWAYS) -> int: ...
    def of(self, reason: str | None, after: UUID | None, limit: int, span: Span = ALWAYS) -> list[Upload]: ...
    def discard(self, upload_id: UUID, message: str) -> bool: ...

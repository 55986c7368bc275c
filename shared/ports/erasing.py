"""What the worker tier records while it erases what was taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared.domain.manifest import Manifest
from shared.domain.uploads import Attempt, Event, Upload


@dataclass(frozen=True)
class Erasure:
    """One upload that is to be erased: what its keys are made of."""

    upload_id: UUID
    owner: UUID
    filename: str
    accepted_at: datetime


class Erasing(Protocol):
    """Each method is one transaction. Every one raises CatalogueUnavailable when the database can't be used.

    `begin` answers None unless the upload is taken back and may be erased by now; from then on it can't be restored.
    `due` goes from the oldest to younger ones. `resent` makes an upload's last change now. `taken_back_before` is for a
    database that was restored to a time before the upload was taken back: True when it changed a record.
    """

    def begin(self, upload_id: UUID, attempt: Attempt) -> Erasure | None: ...
    def done(self, upload_id: UUID, events: Sequence[Event]) -> None: ...
    def due(self, after: UUID | None, limit: int) -> list[Upload]: ...
    def resent(self, upload_id: UUID) -> None: ...
    def taken_back_before(self, upload_id: UUID, owner: UUID, manifest: Manifest | None) -> bool: ...

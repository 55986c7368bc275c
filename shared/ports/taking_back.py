"""What an owner's second thoughts change in the records: an upload is taken back, and within the undo time restored."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from shared.domain.manifest import Manifest


@dataclass(frozen=True)
class TakenBack:
    """It is gone for everybody. `erasable_in`: when a worker may erase it, None when it is erased already."""

    erasable_in: timedelta | None


class Restored(Enum):
    """What became of an owner's wish to have an upload back."""

    THERE = auto()  # it is where it was
    QUEUED = auto()  # it was not published yet and begins anew: a message must be sent
    TOO_LATE = auto()  # the undo time is over
    UNKNOWN = auto()  # there is no such upload, or it is somebody else's


class TakingBack(Protocol):
    """Each method is one transaction. Every one raises CatalogueUnavailable when the database can't be used.

    `take_back` answers None for what does not exist, was rejected, or is somebody else's. An upload without a record is
    known by its `manifest`. Both may be repeated: what is taken back stays so, what is there stays there.
    """

    def take_back(
        self, upload_id: UUID, owner: UUID, manifest: Manifest | None = None
    ) -> TakenBack | None: ...
    def restore(self, upload_id: UUID, owner: UUID) -> Restored: ...

"""Uploads that wait for a moderator, and what the moderator answers."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.domain.fingerprints import Barred
from shared.domain.moderation import Moderator
from shared.domain.uploads import Upload


@dataclass(frozen=True)
class HeldUpload:
    """An upload, and the removed image that it is, or looks like; None when that is barred no more."""

    upload: Upload
    barred: Barred | None


class Held(Protocol):
    """Each method is one transaction. Every one raises CatalogueUnavailable when the database can't be used.

    `held` goes back in time from the id `before`, without it from the newest. `release` lets an upload begin anew, and
    be published whatever it looks like: a message must be sent, else the sweep does. `refuse` rejects it; the sweep
    clears what is stored. Both answer False, and change nothing, when it is not held (any more);
    what they do is a line of the moderators' audit, in the same transaction.
    """

    def held(self, limit: int, before: UUID | None = None) -> list[HeldUpload]: ...
    def release(self, upload_id: UUID, by: Moderator) -> bool: ...
    def refuse(self, upload_id: UUID, by: Moderator, message: str) -> bool: ...

"""An owner's edits of what is published, and the history of its licence."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.domain.editing import Changes, Grant
from shared.domain.images import Image


@dataclass(frozen=True)
class Edited:
    """It is as wanted: `image` is what stands now."""

    image: Image


@dataclass(frozen=True)
class Conflict:
    """Nothing was changed: `image` is not the version that the owner saw. `changed`: the fields that were edited since,
    with their present values."""

    image: Image
    changed: Mapping[str, str]


class Editing(Protocol):
    """Each method is one transaction. Every one raises CatalogueUnavailable when the database can't be used; whether an
    edit was made can't be told then, but repeating it does no harm.

    `edit` wants the image to be at one of the versions `seen`, None for whichever stands; it answers None for what does
    not exist or is somebody else's. Record, index, timeline and licence history change together or not at all.
    `grants` come oldest first; the first is made at publishing.
    """

    def edit(
        self, image_id: UUID, owner: UUID, seen: Collection[int] | None, changes: Changes
    ) -> Edited | Conflict | None: ...
    def grants(self, image_id: UUID) -> list[Grant]: ...

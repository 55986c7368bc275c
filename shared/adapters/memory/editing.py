"""An owner's edits, in memory."""

from collections.abc import Collection
from uuid import UUID

from shared.adapters.memory import image_rows
from shared.adapters.memory.database import MemoryDatabase
from shared.adapters.memory.upload_rows import note
from shared.domain.editing import Changes, Grant, summary
from shared.ports.editing import Conflict, Edited


class MemoryEditing:
    """Implements shared.ports.editing.Editing."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def edit(
        self, image_id: UUID, owner: UUID, seen: Collection[int] | None, changes: Changes
    ) -> Edited | Conflict | None:
        """Record, index, timeline and licence history in one transaction."""
        with self._db.transaction() as tables:
            image = image_rows.with_hidden(tables).get(image_id)
            if image is None or image.owner != owner:
                return None
            if seen is not None and image.version not in seen:
                return Conflict(image, image_rows.changed_since(tables, image, seen))
            edited = changes.applied(image)
            if edited is not image:
                image_rows.change(tables, image, edited, self._db.now())
                note(tables, image_id, "edit", "web", summary(image, edited))
            return Edited(edited)

    def grants(self, image_id: UUID) -> list[Grant]:
        """Which licence the image had from when on."""
        return list(self._db.read().grants.get(image_id, ()))

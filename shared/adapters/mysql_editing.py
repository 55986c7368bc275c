"""An owner's edits in MySQL: one transaction each, under the lock of the upload's row, then the image's."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, text

from shared.adapters import mysql_image_rows
from shared.adapters.mysql import Database
from shared.adapters.mysql_upload_rows import note
from shared.domain.editing import Changes, Grant, summary
from shared.ports.editing import Conflict, Edited

_LOCK = text("SELECT id FROM uploads WHERE id = :id FOR UPDATE")


class MySqlEditing:
    """Implements shared.ports.editing.Editing."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def edit(
        self, image_id: UUID, owner: UUID, seen: Collection[int] | None, changes: Changes
    ) -> Edited | Conflict | None:
        """Record, index, timeline and licence history in one transaction."""

        def work(c: Connection) -> Edited | Conflict | None:
            c.execute(_LOCK, {"id": image_id.bytes})
            found = mysql_image_rows.load_with_hidden(c, [image_id.bytes], lock=True)
            if not found or found[0].owner != owner:
                return None
            image = found[0]
            if seen is not None and image.version not in seen:
                return Conflict(image, mysql_image_rows.changed_since(c, image, seen))
            edited = changes.applied(image)
            if edited is not image:
                mysql_image_rows.change(c, image, edited)
                note(c, image_id, "edit", "web", summary(image, edited))
            return Edited(edited)

        return self._db.transact(work)

    def grants(self, image_id: UUID) -> list[Grant]:
        """Which licence the image had from when on."""
        with self._db.connect() as c:
            return mysql_image_rows.grants(c, image_id)

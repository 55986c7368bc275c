"""Which objects the records name, in MySQL: read in the order of the originals' keys, as S3 lists them."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from shared.adapters.mysql import Database
from shared.adapters.mysql_uploads import SELECT_UPLOADS, upload_of
from shared.domain.uploads import Upload
from shared.ports.inventory import Named

_SELECT = (
    "SELECT id, owner, original_key, preview_key, tile_key, thumbnail_key, size_bytes, sha256, taken_back_at "
    "FROM images WHERE"
)
_PAGE = text(f"{_SELECT} original_key > :after ORDER BY original_key LIMIT :limit")
_FIND = text(f"{_SELECT} id = :id")
_UNFINISHED = text(
    f"{SELECT_UPLOADS} WHERE state IN ('queued', 'processing') AND id > :after ORDER BY id LIMIT :limit"
)


class MySqlInventory:
    """Implements shared.ports.inventory.Inventory."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def page(self, after: str, limit: int) -> list[Named]:
        """Images whose original's key comes behind `after`, in the order of these keys."""
        with self._db.connect() as c:
            return [_named(row) for row in c.execute(_PAGE, {"after": after, "limit": limit})]

    def find(self, upload_id: UUID) -> Named | None:
        """One image's keys, None without a record."""
        with self._db.connect() as c:
            row = c.execute(_FIND, {"id": upload_id.bytes}).one_or_none()
        return _named(row) if row else None

    def unfinished(self, after: UUID | None, limit: int) -> list[Upload]:
        """Uploads that wait for an attempt or are at one, younger than `after`, the oldest first."""
        values = {"after": after.bytes if after else b"", "limit": limit}
        with self._db.connect() as c:
            return [upload_of(row) for row in c.execute(_UNFINISHED, values)]


def _named(row: Row[Any]) -> Named:
    renditions = (row.preview_key, row.tile_key, row.thumbnail_key)
    return Named(
        upload_id=UUID(bytes=row.id),
        owner=UUID(bytes=row.owner),
        original_key=row.original_key,
        renditions=tuple(key for key in renditions if key),
        size_bytes=row.size_bytes,
        sha256=row.sha256.hex(),
        gone=row.taken_back_at is not None,
    )

"""Which objects the records name, in memory."""

from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase, Tables
from shared.domain.images import Image
from shared.domain.uploads import State, Upload
from shared.ports.inventory import Named


class MemoryInventory:
    """Implements shared.ports.inventory.Inventory."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def page(self, after: str, limit: int) -> list[Named]:
        """Images whose original's key comes behind `after`, in the order of these keys."""
        tables = self._db.read()
        behind = [image for image in tables.images.values() if image.original_key > after]
        return [_named(tables, i) for i in sorted(behind, key=lambda i: i.original_key)[:limit]]

    def find(self, upload_id: UUID) -> Named | None:
        """One image's keys, None without a record."""
        tables = self._db.read()
        image = tables.images.get(upload_id)
        return _named(tables, image) if image else None

    def unfinished(self, after: UUID | None, limit: int) -> list[Upload]:
        """Uploads that wait for an attempt or are at one, younger than `after`, the oldest first."""
        rows, now = self._db.read().uploads, self._db.now()
        younger = [i for i in sorted(rows) if after is None or i > after]
        seen = [rows[i].seen_at(now) for i in younger]
        return [upload for upload in seen if upload.status in (State.QUEUED, State.PROCESSING)][:limit]


def _named(tables: Tables, image: Image) -> Named:
    renditions = (image.preview, image.tile, image.thumbnail)
    return Named(
        upload_id=image.id,
        owner=image.owner,
        original_key=image.original_key,
        renditions=tuple(rendition.key for rendition in renditions if rendition),
        size_bytes=image.size_bytes,
        sha256=image.sha256,
        gone=image.id in tables.hidden,
    )

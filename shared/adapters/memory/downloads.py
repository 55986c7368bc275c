"""Downloads in memory."""

from uuid import UUID

from shared.adapters.memory import image_rows
from shared.adapters.memory.database import MemoryDatabase
from shared.domain.downloads import Download
from shared.domain.ids import new_upload_id


class MemoryDownloads:
    """Implements shared.ports.downloads.Downloads."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def add(self, taker: UUID, username: str, image_id: UUID) -> Download | None:
        """Write a download down; None when nobody sees the image."""
        with self._db.transaction() as tables:
            image = image_rows.shown(tables).get(image_id)
            if image is None:
                return None
            download = Download(
                id=new_upload_id(),
                taker=taker,
                username=username,
                image_id=image_id,
                shared_by=image.username,
                sha256=image.sha256,
                size_bytes=image.size_bytes,
                licence=image.licence,
                version=image.version,
                at=self._db.now(),
            )
            tables.downloads[download.id] = download
            return download

    def find(self, download_id: UUID) -> Download | None:
        """One download, or None."""
        return self._db.read().downloads.get(download_id)

    def of_taker(self, taker: UUID, before: UUID | None, limit: int) -> list[Download]:
        """Newest first."""
        own = [d for d in self._db.read().downloads.values() if d.taker == taker]
        older = [d for d in own if before is None or d.id < before]
        return sorted(older, key=lambda d: d.id, reverse=True)[:limit]

    def forget(self, taker: UUID) -> None:
        """Remove what an account took down in its name."""
        with self._db.transaction() as tables:
            tables.downloads = {i: d for i, d in tables.downloads.items() if d.taker != taker}

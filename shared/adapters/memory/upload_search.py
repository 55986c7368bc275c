"""Operators' look-ups among all uploads, in memory."""

from collections.abc import Callable
from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase
from shared.domain.uploads import Upload


class MemoryUploadSearch:
    """Implements shared.ports.upload_search.UploadSearch."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def of_owner(self, owner: UUID, before: UUID | None, limit: int) -> list[Upload]:
        """Newest first."""
        return self._newest(lambda upload: upload.owner == owner, before, limit)

    def of_username(self, username: str, before: UUID | None, limit: int) -> list[Upload]:
        """Newest first."""
        return self._newest(lambda upload: upload.username == username, before, limit)

    def of_reference(self, reference: str, before: UUID | None, limit: int) -> list[Upload]:
        """Newest first."""
        return self._newest(lambda upload: upload.id.hex[-8:] == reference.lower(), before, limit)

    def of_digest(self, sha256: str, before: UUID | None, limit: int) -> list[Upload]:
        """Newest first."""
        images, wanted = self._db.read().images, sha256.lower()

        def made_of_it(upload: Upload) -> bool:
            image = images.get(upload.id)
            return wanted in (upload.sha256, image and image.sha256, image and image.uploaded_sha256)

        return self._newest(made_of_it, before, limit)

    def of_filename(self, beginning: str, behind: UUID | None, limit: int) -> list[Upload]:
        """What is called so, then what begins so."""
        rows, now = self._db.read().uploads, self._db.now()
        if behind is not None and behind not in rows:
            return []
        so = [row for row in rows.values() if row.upload.filename.startswith(beginning)]
        called = [row for row in so if row.upload.filename == beginning]
        longer = [row for row in so if row.upload.filename != beginning]
        called.sort(key=lambda row: row.upload.id, reverse=True)
        longer.sort(key=lambda row: (row.upload.filename, row.upload.id))
        found = [row.seen_at(now) for row in (*called, *longer)]
        start = next((n for n, upload in enumerate(found, 1) if upload.id == behind), 0)
        return found[start : start + limit]

    def _newest(self, wanted: Callable[[Upload], bool], before: UUID | None, limit: int) -> list[Upload]:
        rows, now = self._db.read().uploads, self._db.now()
        ids = (i for i in sorted(rows, reverse=True) if before is None or i < before)
        return [rows[i].seen_at(now) for i in ids if wanted(rows[i].upload)][:limit]

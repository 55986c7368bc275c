"""Images known again, in memory."""

from collections.abc import Sequence
from uuid import UUID

from shared.adapters.memory import image_rows
from shared.adapters.memory.database import MemoryDatabase


class MemoryFingerprints:
    """Implements shared.ports.fingerprints.Fingerprints."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def known(self, owner: UUID, sha256s: Sequence[str]) -> dict[str, UUID]:
        """The owner's images that were made of these bytes."""
        own = sorted(
            (i for i in image_rows.shown(self._db.read()).values() if i.owner == owner), key=lambda i: i.id
        )
        return {i.uploaded_sha256: i.id for i in own if i.uploaded_sha256 in sha256s and i.uploaded_sha256}

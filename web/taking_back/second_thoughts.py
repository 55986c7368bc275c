"""An owner's second thoughts: what they shared is taken back, and for a moment restored.

The record is what counts: once it says so, nobody sees the image, and the sweep sends whatever message is not sent.
"""

from uuid import UUID

from shared.parts import WebParts
from shared.ports.sessions import Viewer
from shared.ports.taking_back import Restored
from shared.staging import Staging
from web.http.messages import send


class SecondThoughts:
    """One viewer's. Both methods raise CatalogueUnavailable, and then nothing has changed."""

    def __init__(self, parts: WebParts, viewer: Viewer) -> None:
        self._parts = parts
        self._owner = viewer.owner

    def take_back(self, upload_id: UUID) -> bool:
        """Nobody sees it from now on, and a worker erases it; False when it isn't the viewer's to take back."""
        records = self._parts.taking_back
        told = records.take_back(upload_id, self._owner)
        if told is None:  # no attempt has begun, or it has ended since
            manifest = Staging(self._parts.store).manifest(self._owner, upload_id)
            told = records.take_back(upload_id, self._owner, manifest)
        if told is None:
            return False
        if told.erasable_in is not None:
            send(self._parts.queue, self._owner, upload_id, told.erasable_in)
        return True

    def restore(self, upload_id: UUID) -> Restored:
        """Undo it."""
        outcome = self._parts.taking_back.restore(upload_id, self._owner)
        if outcome is Restored.QUEUED:
            send(self._parts.queue, self._owner, upload_id)
        return outcome

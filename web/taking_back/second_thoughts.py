"""An owner's second thoughts: what they shared is taken back, and for a moment restored.

The record is what counts: once it says so, nobody sees the image, and the sweep sends whatever message is not sent.
"""

import math
from uuid import UUID

import structlog

from shared.parts import WebParts
from shared.ports.sessions import Viewer
from shared.ports.taking_back import Restored
from shared.ports.work_queue import QueueUnavailable
from shared.staging import Staging

log = structlog.get_logger(__name__)


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
            self._send(upload_id, math.ceil(told.erasable_in.total_seconds()) + 1)  # clocks differ a little
        return True

    def restore(self, upload_id: UUID) -> Restored:
        """Undo it."""
        outcome = self._parts.taking_back.restore(upload_id, self._owner)
        if outcome is Restored.QUEUED:
            self._send(upload_id, 0)
        return outcome

    def _send(self, upload_id: UUID, delay_seconds: int) -> None:
        try:
            self._parts.queue.send(self._owner, upload_id, delay_seconds=delay_seconds)
        except QueueUnavailable as error:
            log.warning("not sent; the sweep will", upload_id=str(upload_id), error=str(error))

"""What a message asks for: bring its upload to its end, whichever that is by now."""

from uuid import UUID

from shared.domain.uploads import Attempt, State
from shared.parts import WorkerParts
from worker.erase import erase, erase_staged
from worker.imaging import Limits
from worker.pipeline import CLEARED, ingest
from worker.reingest import reingest


def handle(owner: UUID, upload_id: UUID, attempt: Attempt, parts: WorkerParts, limits: Limits) -> str:
    """Ingest the upload, or erase it if it was taken back and its time has come, or make its renditions anew if a run
    waits for it; returns what it is now, or what became of it.

    Raises what is worth another attempt.
    """
    state = ingest(
        owner,
        upload_id,
        attempt,
        store=parts.store,
        attempts=parts.attempts,
        limits=limits,
        quota=parts.settings.quota,
    )
    if state in (CLEARED, State.TAKEN_BACK):
        begun = parts.erasing.begin(upload_id, attempt)
        if begun:
            return erase(begun, attempt, parts)
    if state == CLEARED:
        return reingest(upload_id, attempt, parts, limits) or state
    if state == State.ERASED:
        erase_staged(owner, upload_id, parts.store)
    return state

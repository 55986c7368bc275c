"""What a message asks for: bring its upload to its end, whichever that is by now."""

from uuid import UUID

from shared.domain.uploads import Attempt, State
from shared.parts import WorkerParts
from worker.counters import CLEARED, counted
from worker.erase import erase, erase_staged
from worker.imaging import Limits
from worker.pipeline import ingest
from worker.reingest import reingest


def handle(owner: UUID, upload_id: UUID, attempt: Attempt, parts: WorkerParts, limits: Limits) -> str:
    """Ingest the upload, or erase it if it was taken back and its time has come, or make its renditions anew if a run
    waits for it; returns what it is now, or what became of it.

    Raises what is worth another attempt.
    """
    with counted(attempt.number) as outcome:
        state = ingest(
            owner,
            upload_id,
            attempt,
            store=parts.store,
            attempts=parts.attempts,
            limits=limits,
            outcome=outcome,
            quota=parts.settings.quota,
        )
        if state in (CLEARED, State.TAKEN_BACK) and (begun := parts.erasing.begin(upload_id, attempt)):
            state = erase(begun, attempt, parts)
            outcome.is_(state)
        elif state == CLEARED:
            return reingest(upload_id, attempt, parts, limits) or state
        elif state == State.ERASED:
            erase_staged(owner, upload_id, parts.store)
        return state

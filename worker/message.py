"""What a message asks for: bring its upload to its end, whichever that is by now."""

from uuid import UUID

import structlog

from shared.domain.delivery import MAX_RECEIVE_COUNT
from shared.domain.uploads import Attempt, State
from shared.parts import WorkerParts
from shared.ports.work_queue import QueueUnavailable
from shared.staging import Staging
from worker.counters import AGAIN, CLEARED, CUT_OFF, counted
from worker.erase import erase, erase_staged
from worker.imaging import Limits
from worker.pipeline import ingest
from worker.reingest import reingest

log = structlog.get_logger(__name__)


def handle(owner: UUID, upload_id: UUID, attempt: Attempt, parts: WorkerParts, limits: Limits) -> str:
    """Ingest the upload, or erase it if it was taken back and its time has come, or make its renditions anew if a run
    waits for it; returns what it is now, or what became of it.

    Raises what is worth another attempt.
    """
    with counted(attempt.number) as outcome:
        if attempt.number >= MAX_RECEIVE_COUNT and spare(owner, upload_id, attempt, parts):
            outcome.is_(AGAIN, CUT_OFF)
            return State.QUEUED
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


def spare(owner: UUID, upload_id: UUID, attempt: Attempt, parts: WorkerParts) -> bool:
    """Send another message when this one's receives were used up by attempts that were cut off; whether that is done.
    Recorded first and sent then: cut off between the two, the sweep sends it."""
    manifest = Staging(parts.store).manifest(owner, upload_id)
    if manifest is None or not parts.attempts.spare(manifest, attempt):
        return False
    try:
        parts.queue.send(owner, upload_id)
    except QueueUnavailable as error:  # then this message is as good as another
        log.warning("not spared: this attempt is the last", error=str(error))
        return False
    log.warning("spared: attempts were cut off, and another message is sent", attempt=attempt.number)
    return True

"""Steps 15 to 18 of a take-back: from an upload that its owner wants gone to one of which nothing is left.

Every step may run twice, or be cut off anywhere: keys are a function of the record, which is scrubbed last, and only
when nothing was found under any of them. Any exception leaves the message on the queue, and SQS delivers it again.
"""

from uuid import UUID

import structlog

from shared.domain.keys import final_prefixes
from shared.domain.uploads import Attempt, State
from shared.parts import WorkerParts
from shared.ports.erasing import Erasure
from shared.ports.object_store import ObjectStore, StoredVersion
from shared.quarantine import Quarantine
from shared.staging import Staging
from shared.taken_back import TakenBackMarks
from worker.timeline import Timeline

log = structlog.get_logger(__name__)


class StillThere(Exception):
    """Transient: what was erased was found again."""


def erase(erasure: Erasure, attempt: Attempt, parts: WorkerParts) -> State:
    """Erase one upload for which that has begun; returns what it is now."""
    timeline = Timeline(attempt)
    try:
        with timeline.step("erase") as step:
            TakenBackMarks(parts.store).put(erasure.owner, erasure.upload_id)
            published, staged = versions_of(erasure, parts.store)
            parts.store.erase(published)
            parts.store.erase(staged)  # last, as the manifest tells what the rest is
            if left := sum(map(len, versions_of(erasure, parts.store))):
                raise StillThere(f"{left} versions of {erasure.upload_id}")
            objects = len({version.key for version in published + staged})
            step.result = f"{objects} objects, {len(published + staged)} versions; looked again: none"
    except Exception:
        log.exception("the attempt to erase failed", attempt=attempt.number)
        parts.attempts.note(erasure.upload_id, timeline.events)
        raise
    parts.erasing.done(erasure.upload_id, timeline.events)
    return State.ERASED


def versions_of(erasure: Erasure, store: ObjectStore) -> tuple[list[StoredVersion], list[StoredVersion]]:
    """Everything that is or was stored of the upload: under its final keys and in quarantine, and in staging."""
    prefixes = final_prefixes(erasure.filename, erasure.accepted_at, erasure.upload_id)
    published = [version for prefix in prefixes for version in store.versions(prefix)]
    published += Quarantine(store).versions(erasure.upload_id)
    return published, Staging(store).versions(erasure.owner, erasure.upload_id)


def erase_staged(owner: UUID, upload_id: UUID, store: ObjectStore) -> None:
    """Erase what a request that came late put into staging for an upload that is erased already."""
    store.erase(Staging(store).versions(owner, upload_id))

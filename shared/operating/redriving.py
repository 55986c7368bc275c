"""A failed upload's way back, for an operator at a terminal or at the operators' page.

Redriving lets the record begin anew and then sends the message. The record is what counts: cut off between the two,
the sweep sends it. An upload that is not failed (any more) is left alone, so doing it twice is harmless.
"""

from enum import Enum, auto

from shared.domain.uploads import Upload
from shared.ports.object_store import ObjectStore
from shared.ports.recovery import Recovery
from shared.ports.work_queue import WorkQueue
from shared.staging import Staging


class Redriven(Enum):
    """What became of it."""

    SENT = auto()
    NOT_FAILED = auto()  # somebody else was first, or an attempt came after all; it is left alone
    NOT_STAGED = auto()  # there is nothing that an attempt could work on


def redrive(upload: Upload, *, store: ObjectStore, recovery: Recovery, queue: WorkQueue) -> Redriven:
    """Let one failed upload begin anew. Raises Unavailable, and then may be run again."""
    manifest = Staging(store).manifest(upload.owner, upload.id)
    if manifest is None:
        return Redriven.NOT_STAGED
    if not recovery.redriven(manifest):
        return Redriven.NOT_FAILED
    queue.send(upload.owner, upload.id)
    return Redriven.SENT

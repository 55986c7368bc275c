"""What is known of an upload's message. SQS can't be asked for one: it is told by the record, and by rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.domain.delivery import MAX_RECEIVE_COUNT, TASK_NAME, VISIBILITY_TIMEOUT_SECONDS
from shared.domain.loss import is_cut_off, quiet_for
from shared.domain.uploads import State, Upload


@dataclass(frozen=True)
class Message:
    """`sent_at`: when the last one was sent, as recorded; `receives`: of it, as recorded, None without a record;
    `looks`: how it would look in SQS's console."""

    sent_at: datetime
    why_sent: str
    receives: int | None
    words: str
    looks: Mapping[str, str]


def message_of(upload: Upload, *, begun: bool) -> Message:
    """`begun`: whether there is a record."""
    sent_at, why = _sent(upload)
    return Message(
        sent_at,
        why,
        upload.attempts if begun else None,
        _words(upload, begun=begun),
        looks(upload.owner, upload.id),
    )


def looks(owner: UUID, upload_id: UUID) -> Mapping[str, str]:
    """The parts of a message by which one knows it."""
    return {
        "MessageGroupId": str(owner),
        "task": TASK_NAME,
        "owner": str(owner),
        "upload_id": str(upload_id),
    }


def _sent(upload: Upload) -> tuple[datetime, str]:
    sent = [(upload.accepted_at, "when it was accepted")]
    if upload.requeued_at:
        sent.append((upload.requeued_at, "when it was last sent again"))
    if upload.taken_back_at:
        sent.append((upload.taken_back_at, "when it was taken back"))
    return max(sent)


def _words(upload: Upload, *, begun: bool) -> str:
    match upload.status:
        case State.QUEUED:
            again = "" if not begun else " again"
            return f"It waits on the queue{again}, or was lost: then the sweep sends another."
        case State.PROCESSING if is_cut_off(upload):
            return "Its last permitted attempt began and never ended: it is a dead letter, as the sweep will say."
        case State.PROCESSING if quiet_for(upload, timedelta()) > timedelta():
            return "Its attempt has not ended in time: it is back on the queue, and comes to a worker again."
        case State.PROCESSING:
            hidden = f"SQS hides it for {VISIBILITY_TIMEOUT_SECONDS} s"
            return f"A worker has it. {hidden}, and delivers it again if the attempt does not end."
        case State.FAILED:
            return f"After {MAX_RECEIVE_COUNT} receives SQS made it a dead letter. Redriving sends a new one."
        case State.HELD:
            return "It was acknowledged. A moderator’s answer sends a new one."
        case State.TAKEN_BACK:
            return (
                "One is kept back until the time for an undo is over. If it is lost, the sweep sends another."
            )
    return "It was acknowledged, and none is expected. A late copy would be acknowledged without work."

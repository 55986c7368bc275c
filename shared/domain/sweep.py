"""When has an accepted upload's message been lost? The rule by which the sweep enqueues again.

SQS can't be searched, so loss is inferred, and a long backlog must not look like one: enqueueing again whatever is
merely waiting would double the queue every minute.
"""

from datetime import datetime, timedelta

from shared.domain.delivery import MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS
from shared.domain.uploads import FAILED, FINISHED, Upload

GRACE = timedelta(seconds=30)  # between accept and send, and for SQS's own counts to settle
OVERTAKEN = timedelta(seconds=2 * VISIBILITY_TIMEOUT_SECONDS)  # SQS reorders a little; this is far beyond it


def last_chance(upload: Upload) -> datetime:
    """The latest time at which a message of this upload was known to exist."""
    known = [upload.accepted_at]
    if upload.requeued_at:
        known.append(upload.requeued_at)
    if upload.attempts and upload.changed_at:
        # A begun attempt holds its message until the visibility timeout; then it is back on the queue.
        known.append(upload.changed_at + timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS))
    return max(known)


def is_lost(upload: Upload, *, backlog: int, newest_begun: datetime | None, now: datetime) -> bool:
    """Whether the upload must be enqueued again.

    `backlog`: messages on the queue in any state when the sweep began; with none, nothing unfinished can be waiting.
    `newest_begun`: when the newest of this owner's uploads that a worker has begun was accepted. Fair queues keep
    an owner's messages roughly in order, so an upload that a much younger one has overtaken isn't in the queue.
    """
    if upload.status in FINISHED or upload.status == FAILED:
        return False
    waiting_since = last_chance(upload)
    if now - waiting_since < GRACE:
        return False
    if backlog == 0:
        return True
    return newest_begun is not None and newest_begun - waiting_since > OVERTAKEN


def is_dead_lettered(upload: Upload, now: datetime) -> bool:
    """Whether SQS has given the upload up: its last permitted attempt began and never ended."""
    return (
        upload.status not in FINISHED
        and upload.attempts >= MAX_RECEIVE_COUNT
        and now - last_chance(upload) > GRACE
    )

"""When has an accepted upload's message been lost? The rule by which the sweep enqueues again.

SQS can't be searched, so loss is inferred, and a long backlog must not look like one: enqueueing again whatever is
merely waiting would double the queue every minute. Only durations are compared, each measured by one clock: machines'
clocks are minutes apart.
"""

from datetime import timedelta

from shared.domain.delivery import MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS
from shared.domain.uploads import Upload

GRACE = timedelta(seconds=30)  # between accept and send, and for SQS's own counts to settle
RESEND_AFTER = timedelta(minutes=15)
"""How long nothing may be heard of an upload on a busy queue. A late duplicate is harmless, so waiting too long is
worse than sending once too often."""


def quiet_for(upload: Upload | None, staged_for: timedelta) -> timedelta:
    """How long ago a message of the upload was last known to exist; negative while an attempt may hold one.

    `upload` is its record, whose age the database tells; without one, `staged_for` counts: the manifest's age by the
    store's clock.
    """
    if upload is None or upload.unchanged_for is None:
        return staged_for
    # A begun attempt holds its message until the visibility timeout; then it is back on the queue.
    held = timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS) if upload.attempts else timedelta()
    return upload.unchanged_for - held


def is_lost(
    upload: Upload | None,
    *,
    staged_for: timedelta,
    backlog: int,
    received_for: timedelta = timedelta.max,
    slack: timedelta = timedelta(),
) -> bool:
    """Whether the upload must be enqueued again; with some `slack`, whether that is overdue by so much.

    `backlog`: messages on the queue in any state when the sweep began. With none, nothing unfinished can be waiting.
    With some, an upload is enqueued again when nothing was heard of it for RESEND_AFTER; as each time counts anew and
    the pauses grow with the upload's age, a backlog of hours breeds few duplicates (after 15, 30, 60, 120 … minutes).
    `received_for`: how long operators have let workers receive. Nothing is heard of what waits in a pause, and that
    says nothing; so the waiting counts from its end.
    """
    if upload is not None and upload.status.resting:
        return False
    quiet = quiet_for(upload, staged_for) - slack
    if backlog == 0:
        return quiet >= GRACE
    return min(quiet, received_for - slack) >= max(RESEND_AFTER, staged_for / 2)


def is_cut_off(upload: Upload, *, slack: timedelta = timedelta()) -> bool:
    """Whether SQS has given the upload up without a word: its last permitted attempt began and never ended."""
    if upload.status.resting or upload.attempts < MAX_RECEIVE_COUNT:
        return False
    return quiet_for(upload, timedelta()) - slack > GRACE


def is_erasing_lost(upload: Upload, *, backlog: int, received_for: timedelta = timedelta.max) -> bool:
    """Whether an upload that may be erased by now must be enqueued for it again.

    At most every RESEND_AFTER, and when the queue is empty, so that no message can be waiting, after GRACE; unless
    SQS has given it up before: what failed five times is in no hurry.
    """
    given_up = upload.attempts >= MAX_RECEIVE_COUNT
    quiet = upload.unchanged_for or timedelta()
    if backlog:
        return min(quiet, received_for) >= RESEND_AFTER
    return quiet >= (RESEND_AFTER if given_up else GRACE)

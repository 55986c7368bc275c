"""When may a person change their mind, and when may the bytes be erased? Durations by the database's clock alone."""

from datetime import timedelta

from shared.domain.delivery import HARD_TIME_LIMIT_SECONDS

UNDO_SECONDS = 10
"""What people are told: this long a page offers «Undo»."""

UNDO_FOR = timedelta(seconds=UNDO_SECONDS + 2)
"""How long it works: a click in the last second has a way to go."""

ATTEMPTS_OVER_AFTER = timedelta(seconds=HARD_TIME_LIMIT_SECONDS + 5)
"""Since an upload's last change before it was taken back. An attempt begins with such a change and ends within the hard
time limit: after this, none can put objects where they have been looked for already."""


def undo_left(taken_back_for: timedelta) -> timedelta | None:
    """How long a page goes on offering «Undo» for what was taken back that long ago; None when it no longer does."""
    left = timedelta(seconds=UNDO_SECONDS) - taken_back_for
    return left if left > timedelta() else None

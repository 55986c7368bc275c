"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.2  # seconds


def wait_until(condition: Callable[[], T], seconds: float, what: str, *, pause: float = LONGEST_PAUSE) -> T:
    """Return the condition's first true value; fail with `what` if there is none within the deadline.

    It is asked ever less often, in the end with that `pause` in seconds: to ask a server costs what its own work needs.
    """
    deadline, next_pause = time.monotonic() + seconds, FIRST_PAUSE
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(next_pause)
        next_pause = min(next_pause * 1.3, pause)
    return value

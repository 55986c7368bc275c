"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.2  # seconds


def wait_until(condition: Callable[[], T], seconds: float, what: str) -> T:
    """Return the condition's first true value; fail with `what` if there is none within the deadline.

    It is asked ever less often, up to five times a second: to ask a server costs what the server's own work needs.
    """
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(pause)
        pause = min(pause * 1.3, LONGEST_PAUSE)
    return value

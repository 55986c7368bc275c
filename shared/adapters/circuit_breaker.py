"""A circuit breaker: what does not answer must not hold every thread that asks.

After a time-out, calls fail at once for a moment; then one call at a time finds out whether there are answers again.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class CircuitBreaker:
    """Threads share one. `pause_seconds`: how long after a failure that `trips` it nobody asks."""

    def __init__(
        self,
        pause_seconds: float,
        trips: Callable[[Exception], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause_seconds = pause_seconds
        self._trips = trips
        self._clock = clock
        self._open_until: float | None = None
        self._probe = threading.Lock()

    @contextmanager
    def guard(self, refusal: Callable[[], Exception]) -> Iterator[None]:
        """One call. Raises `refusal` at once while a call would most likely wait in vain."""
        if self._open_until is None:
            with self._watched():
                yield
            return
        if self._clock() < self._open_until or not self._probe.acquire(blocking=False):
            raise refusal()
        try:
            with self._watched():
                yield
        finally:
            self._probe.release()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._open_until = self._clock() + self._pause_seconds if self._trips(error) else None
            raise
        self._open_until = None

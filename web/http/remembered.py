"""What a process remembers for a while, for all of its requests: bounded in number and time, and handed in."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import TTLCache

Key = TypeVar("Key")
Value = TypeVar("Value")


class Latest(Generic[Value]):
    """One value that takes a while to find, found anew by one thread at a time and at most every `seconds`: while one
    looks, the others get what was found last."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._looking = threading.Lock()
        self._found: tuple[Value, float] | None = None

    def get(self, find: Callable[[], Value]) -> Value:
        """What was found, or is found now. Raises what `find` does."""
        found = self._found
        if found and time.monotonic() - found[1] < self._seconds:
            return found[0]
        if not self._looking.acquire(blocking=found is None):
            assert found is not None  # noqa: S101 -- one blocks until there is a first
            return found[0]
        try:
            if self._found is not found and self._found:  # the thread before us has found it
                return self._found[0]
            value = find()
            self._found = value, time.monotonic()
            return value
        finally:
            self._looking.release()


class Remembered(Generic[Key, Value]):
    """At most `most` values, the least recently used go first, and each for `seconds`. Threads share it."""

    def __init__(self, most: int, seconds: float) -> None:
        self._cache: TTLCache[Key, Value] = TTLCache(most, seconds)
        self._lock = threading.Lock()

    def __contains__(self, key: Key) -> bool:
        with self._lock:
            return key in self._cache

    def put(self, key: Key, value: Value) -> Value:
        """Remember it; returns it."""
        with self._lock:
            self._cache[key] = value
        return value

    def forget(self, key: Key) -> None:
        """Look anew next time."""
        with self._lock:
            self._cache.pop(key, None)

    def get(self, key: Key, find: Callable[[], Value | None]) -> Value | None:
        """What is remembered, else what `find` finds, which is remembered unless it is None or raises."""
        with self._lock:
            if key in self._cache:
                return self._cache[key]
        found = find()
        return found if found is None else self.put(key, found)

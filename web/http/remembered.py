"""What a process remembers for a while, for all of its requests: bounded in number and time, and handed in."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import TTLCache

Key = TypeVar("Key")
Value = TypeVar("Value")


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

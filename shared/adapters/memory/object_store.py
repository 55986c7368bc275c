"""An object store in memory."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.adapters.memory.clock import Clock, utc_now
from shared.ports.object_store import StoredObject, StoreUnavailable


@dataclass(frozen=True)
class MemoryObject:
    """One object with what was said of it when it was written."""

    data: bytes
    content_type: str
    cache: bool
    written_at: datetime


class MemoryObjectStore:
    """Implements shared.ports.object_store.ObjectStore. Threads may share it."""

    def __init__(self, now: Clock = utc_now) -> None:
        """`now` is the store's own clock, by which it tells ages."""
        self.away = False
        self._now = now
        self._objects: dict[str, MemoryObject] = {}
        self._lock = threading.Lock()

    def open_sink(self, key: str) -> "MemorySink":
        """A sink for one object's bytes."""
        return MemorySink(self, key)

    def put(self, key: str, data: bytes, content_type: str, *, cache: bool = False) -> None:
        """Write a whole object."""
        self.check()
        with self._lock:
            self._objects[key] = MemoryObject(bytes(data), content_type, cache, self._now())

    def put_new(self, key: str, data: bytes, content_type: str) -> bytes:
        """Write the object only where none is; returns the bytes that stand there now."""
        self.check()
        with self._lock:
            written = MemoryObject(bytes(data), content_type, cache=False, written_at=self._now())
            return self._objects.setdefault(key, written).data

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None where there is none."""
        found = self.look(key)
        return found.data if found else None

    def look(self, key: str) -> MemoryObject | None:
        """The object with its type: what a browser would be told. Not part of the port."""
        self.check()
        return self._objects.get(key)

    def list(self, prefix: str, *, after: str = "") -> Iterator[StoredObject]:
        """The objects under a prefix in the order of their keys, from behind the key `after`."""
        self.check()
        with self._lock:
            found = sorted((k, o) for k, o in self._objects.items() if k.startswith(prefix) and k > after)
        # S3 tells its times to the second.
        now = self._now().replace(microsecond=0)
        for key, entry in found:
            yield StoredObject(key, len(entry.data), now - entry.written_at.replace(microsecond=0))

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; keys without an object are no error."""
        keys = list(keys)  # they may come from a walk through this store
        self.check()
        with self._lock:
            for key in keys:
                self._objects.pop(key, None)

    def check(self) -> None:
        """Raises StoreUnavailable while the store is away."""
        if self.away:
            raise StoreUnavailable("the store is away")


class MemorySink:
    """Implements shared.ports.object_store.ByteSink."""

    def __init__(self, store: MemoryObjectStore, key: str) -> None:
        self._store = store
        self._key = key
        self._buffer = bytearray()

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._store.check()
        self._buffer += data

    def commit(self) -> None:
        """Make the object exist."""
        self._store.put(self._key, bytes(self._buffer), "binary/octet-stream")

    def abort(self) -> None:
        """Forget what was written."""
        self._buffer.clear()

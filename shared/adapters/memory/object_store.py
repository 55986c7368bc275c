"""An object store in memory."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from shared.adapters.memory.clock import Clock, utc_now
from shared.ports.object_store import StoredObject, StoredVersion, StoreUnavailable

PIECE_BYTES = 1024


@dataclass(frozen=True)
class MemoryObject:
    """One object with what was said of it when it was written."""

    data: bytes
    content_type: str
    cache: bool
    written_at: datetime
    version_id: str = "null"


class MemoryObjectStore:
    """Implements shared.ports.object_store.ObjectStore. Threads may share it."""

    def __init__(self, now: Clock = utc_now, *, versioned: bool = False) -> None:
        """`now` is the store's own clock, by which it tells ages. A `versioned` one keeps what is not erased."""
        self.away = False
        self._now = now
        self._versioned = versioned
        self._numbers = count(1)
        self._objects: dict[str, MemoryObject] = {}
        # What is hidden, and the marks that hide it.
        self._past: dict[StoredVersion, MemoryObject | None] = {}
        self._lock = threading.Lock()

    def open_sink(self, key: str) -> "MemorySink":
        """A sink for one object's bytes."""
        return MemorySink(self, key)

    def put(self, key: str, data: bytes, content_type: str, *, cache: bool = False) -> None:
        """Write a whole object."""
        self.check()
        with self._lock:
            self._write(key, data, content_type, cache=cache)

    def put_new(self, key: str, data: bytes, content_type: str) -> bytes:
        """Write the object only where none is; returns the bytes that stand there now."""
        self.check()
        with self._lock:
            if key not in self._objects:
                self._write(key, data, content_type, cache=False)
            return self._objects[key].data

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None where there is none."""
        found = self.look(key)
        return found.data if found else None

    def pieces(self, key: str, *, version_id: str | None = None) -> Iterator[bytes] | None:
        """The object's bytes, or those of one of its versions, a piece at a time; None where there is none."""
        return self._pieces(key, version_id) if self._version(key, version_id) else None

    def _pieces(self, key: str, version_id: str | None) -> Iterator[bytes]:
        start = 0
        while found := self._version(key, version_id):
            if not (piece := found.data[start : start + PIECE_BYTES]):
                return
            yield piece
            start += len(piece)

    def copy(self, key: str, to: str, *, version_id: str | None = None) -> bool:
        """Copy an object, or one of its versions; False where there is none."""
        found = self._version(key, version_id)
        if found is not None:
            with self._lock:
                self._write(to, found.data, found.content_type, cache=found.cache)
        return found is not None

    def _version(self, key: str, version_id: str | None) -> MemoryObject | None:
        present = self.look(key)
        if version_id is None or (present and present.version_id == version_id):
            return present
        return self._past.get(StoredVersion(key, version_id))

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
                self._hide(key)
                if self._versioned:
                    self._past[StoredVersion(key, self._new_version())] = None

    def versions(self, prefix: str, *, after: str = "") -> Iterator[StoredVersion]:
        """Every version and delete marker under a prefix, from behind the key `after`."""
        self.check()
        with self._lock:
            present = [StoredVersion(key, entry.version_id) for key, entry in self._objects.items()]
            known = (*present, *reversed(self._past))
        found = [version for version in known if version.key.startswith(prefix) and version.key > after]
        yield from sorted(found, key=lambda version: version.key)

    def erase(self, versions: Iterable[StoredVersion]) -> None:
        """Remove versions for good; those that are gone already are no error. What stands below comes up."""
        erased = set(versions)
        self.check()
        with self._lock:
            self._past = {version: held for version, held in self._past.items() if version not in erased}
            for version in erased:
                present = self._objects.get(version.key)
                if present is not None and present.version_id == version.version_id:
                    del self._objects[version.key]
            for key in {version.key for version in erased} - self._objects.keys():
                self._uncover(key)

    def _write(self, key: str, data: bytes, content_type: str, *, cache: bool) -> None:
        self._hide(key)
        version_id = self._new_version()
        self._objects[key] = MemoryObject(bytes(data), content_type, cache, self._now(), version_id)

    def _hide(self, key: str) -> None:
        hidden = self._objects.pop(key, None)
        if hidden is not None and self._versioned:
            self._past[StoredVersion(key, hidden.version_id)] = hidden

    def _uncover(self, key: str) -> None:
        """Show the newest version of what has no object, unless that is a mark."""
        newest = next((version for version in reversed(self._past) if version.key == key), None)
        if newest is not None and (uncovered := self._past[newest]) is not None:
            del self._past[newest]
            self._objects[key] = uncovered

    def _new_version(self) -> str:
        return str(next(self._numbers)) if self._versioned else "null"

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

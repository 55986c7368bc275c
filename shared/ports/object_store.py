"""Where bytes are kept: staging, originals, renditions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from shared.ports.unavailable import Unavailable


class StoreUnavailable(Unavailable):
    """The object store could not be used."""


@dataclass(frozen=True)
class StoredObject:
    """One object as a listing shows it. `age` is told by the store's own clock alone, to the second."""

    key: str
    size_bytes: int
    age: timedelta


@dataclass(frozen=True)
class StoredVersion:
    """One version of an object, or a mark that it was deleted. A store that keeps none has one version of each."""

    key: str
    version_id: str


class ByteSink(Protocol):
    """Takes one file's bytes; nothing is visible in the store until `commit`."""

    def write(self, data: bytes) -> None: ...
    def commit(self) -> None: ...
    def abort(self) -> None: ...


class ObjectStore(Protocol):
    """Bytes under keys. Every method raises StoreUnavailable when the store can't be used.

    Where versions are kept, `delete` hides an object; `erase` removes versions for good, and `versions` tells what is
    left, in the order of their keys, and of each key the newest object first. `pieces` is for more bytes than one wants
    in memory at once: None where there is no object; what is removed while it is read ends early. `copy` is False where
    there is nothing to copy; what it makes has the type of what it was made from.
    """

    def open_sink(self, key: str) -> ByteSink: ...
    def put(self, key: str, data: bytes, content_type: str, *, cache: bool = False) -> None: ...
    def put_new(self, key: str, data: bytes, content_type: str) -> bytes: ...
    def get(self, key: str) -> bytes | None: ...
    def pieces(self, key: str, *, version_id: str | None = None) -> Iterator[bytes] | None: ...
    def copy(self, key: str, to: str, *, version_id: str | None = None) -> bool: ...
    def list(self, prefix: str, *, after: str = "") -> Iterator[StoredObject]: ...
    def delete(self, keys: Iterable[str]) -> None: ...
    def versions(self, prefix: str, *, after: str = "") -> Iterator[StoredVersion]: ...
    def erase(self, versions: Iterable[StoredVersion]) -> None: ...
    def check(self) -> None: ...

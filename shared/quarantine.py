"""Where a repair puts aside what it removes. The one owner of its layout:

quarantine/<upload id, or «unknown»>/<finding>/<key>   a copy; ends by the bucket's rules after 30 days

What its owner has erased is erased here as well: an upload's copies are found by its id.
"""

from collections.abc import Iterator
from uuid import UUID

from shared.domain.ids import parse_id
from shared.ports.object_store import ObjectStore, StoredObject, StoredVersion

ROOT = "quarantine/"


class Quarantine:
    """Copies in an object store. Every method raises StoreUnavailable when the store can't be used."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, key: str, upload_id: UUID | None, finding_id: UUID) -> bool:
        """Copy an object, and see that the copy is there as large; False where there is no object."""
        source = stored_at(self._store, key)
        aside = f"{_folder(upload_id)}{finding_id}/{key}"
        if source is None or not self._store.copy(key, aside):
            return False
        copy = stored_at(self._store, aside)
        return copy is not None and copy.size_bytes == source.size_bytes

    def put_back(self, aside: str) -> bool:
        """Move a copy to where it came from, unless something is there; False when there is no such copy, or something
        is."""
        key = origin_of(aside)
        if key is None or stored_at(self._store, key) is not None or not self._store.copy(aside, key):
            return False
        self._store.delete([aside])
        return True

    def copies_of(self, upload_id: UUID, key: str) -> list[str]:
        """Where copies of an object are."""
        return [entry.key for entry in self._store.list(_folder(upload_id)) if origin_of(entry.key) == key]

    def versions(self, upload_id: UUID) -> Iterator[StoredVersion]:
        """Every version of what is, or was, put aside of one upload."""
        return self._store.versions(_folder(upload_id))


def origin_of(aside: str) -> str | None:
    """Where a copy came from; None for what is no such key."""
    parts = aside.removeprefix(ROOT).split("/", 2)
    return parts[2] if aside.startswith(ROOT) and len(parts) == 3 else None


def quarantined_upload_of(aside: str) -> UUID | None:
    """Of which upload a copy is."""
    return parse_id(aside.removeprefix(ROOT).partition("/")[0])


def stored_at(store: ObjectStore, key: str) -> StoredObject | None:
    """The object under exactly this key."""
    return next((entry for entry in store.list(key) if entry.key == key), None)


def _folder(upload_id: UUID | None) -> str:
    return f"{ROOT}{upload_id or 'unknown'}/"

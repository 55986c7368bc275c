"""What the bucket itself remembers of what was taken back, for a database that is restored to an earlier moment:

taken-back/<owner>/<upload id>   an empty object, put before anything is erased, and kept
"""

from collections.abc import Iterator
from uuid import UUID

from shared.ports.object_store import ObjectStore

ROOT = "taken-back/"


class TakenBackMarks:
    """The marks in an object store. Every method raises StoreUnavailable when the store can't be used."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, owner: UUID, upload_id: UUID) -> None:
        """Remember that its owner wants it gone."""
        self._store.put_new(mark_key(owner, upload_id), b"", "text/plain")

    def walk(self) -> Iterator[tuple[UUID, UUID]]:
        """(owner, upload id) of all."""
        for entry in self._store.list(ROOT):
            owner, _, upload_id = entry.key.removeprefix(ROOT).partition("/")
            yield UUID(owner), UUID(upload_id)


def mark_key(owner: UUID | str, upload_id: UUID | str) -> str:
    """Where a mark is."""
    return f"{ROOT}{owner}/{upload_id}"

"""Notes of files that were refused at once, so that their owner finds them after a reload or on another device:

refused/<owner>/<id>   what it was called, and why it was not taken; ends by the bucket's rules after 30 days

Beside staging and not in it: the sweep, which walks staging every minute, has nothing to do with them. They are a
comfort. Nothing rests on them.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from uuid import UUID

from shared.domain.ids import new_upload_id, parse_id
from shared.ports.object_store import ObjectStore

ROOT = "refused/"
MOST = 100  # notes kept of one owner, the newest


@dataclass(frozen=True)
class RefusedFile:
    """A file that was not taken; its code and sentence are those of the answer. `id` tells when."""

    id: UUID
    filename: str
    code: str
    message: str


class RefusedFiles:
    """One owner's notes in an object store. Every method raises StoreUnavailable when the store can't be used."""

    def __init__(self, store: ObjectStore, owner: UUID) -> None:
        self._store = store
        self._folder = f"{ROOT}{owner}/"

    def add(self, filename: str, code: str, message: str) -> None:
        """Write one more."""
        note = RefusedFile(new_upload_id(), filename, code, message)
        text = json.dumps({k: v for k, v in asdict(note).items() if k != "id"})
        self._store.put(f"{self._folder}{note.id}", text.encode(), "application/json")

    def trim(self) -> None:
        """Forget all but the newest."""
        keys = [entry.key for entry in self._store.list(self._folder)]
        self._store.delete(keys[:-MOST])

    def ids(self) -> list[UUID]:
        """The newest first."""
        found = [parse_id(entry.key.removeprefix(self._folder)) for entry in self._store.list(self._folder)]
        return sorted((known for known in found if known), reverse=True)[:MOST]

    def find(self, note_id: UUID) -> RefusedFile | None:
        """One note, None when it is gone."""
        stored = self._store.get(f"{self._folder}{note_id}")
        return RefusedFile(note_id, **json.loads(stored)) if stored is not None else None

    @staticmethod
    def everybodys(store: ObjectStore) -> Iterator[tuple[UUID, UUID]]:
        """(owner, note's id) of all: for operators."""
        for entry in store.list(ROOT):
            owner, _, note_id = entry.key.removeprefix(ROOT).partition("/")
            if (whose := parse_id(owner)) and (known := parse_id(note_id)):
                yield whose, known

    def forget(self, note_id: UUID) -> bool:
        """Remove it; False when there is none."""
        if self.find(note_id) is None:
            return False
        self._store.delete([f"{self._folder}{note_id}"])
        return True

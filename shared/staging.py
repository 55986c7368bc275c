"""Staging: where accepted bytes wait for a worker. The one owner of its layout:

staging/<owner>/<upload id>/bytes-<nonce>   the received bytes, under a key for each request alone
staging/<owner>/<upload id>/manifest        what was accepted; its existence is the acceptance
idempotency/<owner>/<upload id>             the first manifest of a request that may be repeated, written before it is
                                            accepted; not cleared with the rest, so that every repetition says the same
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from shared.domain.manifest import Manifest
from shared.ports.object_store import ByteSink, ObjectStore, StoredObject, StoredVersion

_ROOT = "staging/"
_MANIFEST = "manifest"


@dataclass(frozen=True)
class Staged:
    """What staging holds of one upload. Ages are told by the store's clock."""

    owner: UUID
    upload_id: UUID
    objects: tuple[StoredObject, ...]

    @property
    def folder(self) -> str:
        """What its keys begin with."""
        return folder_of(self.owner, self.upload_id)

    @property
    def untouched_for(self) -> timedelta:
        """The age of its newest object."""
        return min(entry.age for entry in self.objects)

    @property
    def accepted_for(self) -> timedelta | None:
        """The age of its manifest, None when it was never accepted."""
        return next((entry.age for entry in self.objects if _is_manifest(entry.key)), None)


class Staging:
    """Staging in an object store. Every method raises StoreUnavailable when the store can't be used."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def receive(self, owner: UUID, upload_id: UUID) -> tuple[str, ByteSink]:
        """A new key for the bytes of one request, and where to write them."""
        key = f"{folder_of(owner, upload_id)}bytes-{secrets.token_hex(4)}"
        return key, self._store.open_sink(key)

    def fix(self, manifest: Manifest) -> Manifest:
        """Write down what a repeatable request says, unless one of its kind has; returns what the first one said."""
        key = first_key(manifest.owner, manifest.upload_id)
        return Manifest.from_json(self._store.put_new(key, manifest.to_json(), "application/json"))

    def accept(self, manifest: Manifest) -> Manifest:
        """Write the manifest unless there is one; returns the one that stands. Never changes what was accepted."""
        key = folder_of(manifest.owner, manifest.upload_id) + _MANIFEST
        return Manifest.from_json(self._store.put_new(key, manifest.to_json(), "application/json"))

    def manifest(self, owner: UUID, upload_id: UUID) -> Manifest | None:
        """What was accepted, or None when staging holds nothing of this upload (any more)."""
        stored = self.manifest_text(owner, upload_id)
        return Manifest.from_json(stored) if stored is not None else None

    def manifest_text(self, owner: UUID, upload_id: UUID) -> bytes | None:
        """Likewise as it is stored, also when it can't be read."""
        return self._store.get(folder_of(owner, upload_id) + _MANIFEST)

    def bytes_of(self, manifest: Manifest) -> bytes | None:
        """The received bytes, unchecked; None when they are not there."""
        return self._store.get(manifest.staged_key)

    def walk(self, *, after: str = "") -> Iterator[Staged]:
        """Everything from behind the key `after`, grouped by upload, in the order of the keys."""
        return self._uploads(_ROOT, after)

    def find(self, owner: UUID, upload_id: UUID) -> Staged | None:
        """What staging holds of one upload, None when that is nothing."""
        return next(self._uploads(folder_of(owner, upload_id)), None)

    def accepted_by(self, owner: UUID) -> list[UUID]:
        """An owner's accepted uploads that are still here, newest first."""
        here = [s.upload_id for s in self._uploads(f"{_ROOT}{owner}/") if s.accepted_for is not None]
        return sorted(here, reverse=True)

    def owner_of(self, upload_id: UUID) -> UUID | None:
        """Whose staged upload this is. Walks through everything: for operators, not for everybody."""
        return next((s.owner for s in self.walk() if s.upload_id == upload_id), None)

    def discard(self, staged_keys: Iterable[str]) -> None:
        """Remove received bytes that no manifest names."""
        self._store.delete(staged_keys)

    def versions(self, owner: UUID, upload_id: UUID) -> list[StoredVersion]:
        """Every version of what staging holds, or held, of one upload, and of what its first request said."""
        places = (folder_of(owner, upload_id), first_key(owner, upload_id))
        return [version for place in places for version in self._store.versions(place)]

    def clear(self, staged: Staged) -> None:
        """Remove all that is held of an upload; the manifest last, so that a cut leaves it findable."""
        names = [entry.key for entry in staged.objects]
        self._store.delete(key for key in names if not _is_manifest(key))
        self._store.delete(key for key in names if _is_manifest(key))

    def _uploads(self, prefix: str, after: str = "") -> Iterator[Staged]:
        parsed = ((_parse(entry.key), entry) for entry in self._store.list(prefix, after=after))
        known = ((where, entry) for where, entry in parsed if where is not None)
        for (owner, upload_id), entries in groupby(known, key=lambda pair: pair[0]):
            yield Staged(owner, upload_id, tuple(entry for _, entry in entries))


def staged_upload_of(key: str) -> UUID | None:
    """Whose object a key in staging names; None for what is no such key."""
    parsed = _parse(key)
    return parsed[1] if parsed else None


def folder_of(owner: UUID, upload_id: UUID) -> str:
    """What the keys of one upload begin with."""
    return f"{_ROOT}{owner}/{upload_id}/"


def first_key(owner: UUID, upload_id: UUID) -> str:
    """Where it is kept what an upload's first request said."""
    return f"idempotency/{owner}/{upload_id}"


def _is_manifest(key: str) -> bool:
    return key.endswith(f"/{_MANIFEST}")


def _parse(key: str) -> tuple[UUID, UUID] | None:
    """(owner, upload id) of a key in staging, or None when it has another shape."""
    parts = key.removeprefix(_ROOT).split("/")
    if len(parts) != 3:
        return None
    try:
        return UUID(parts[0]), UUID(parts[1])
    except ValueError:
        return None

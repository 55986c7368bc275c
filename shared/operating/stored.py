"""What is stored of one upload, and whether it is what the record says."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from shared.domain.images import Image
from shared.domain.keys import final_prefixes
from shared.domain.manifest import Manifest
from shared.ports.object_store import ObjectStore
from shared.staging import Staging, first_key
from shared.taken_back import mark_key

_KINDS = {"images/": "Original", "previews/": "Preview", "tiles/": "Tile", "thumbnails/": "Thumbnail"}


@dataclass(frozen=True)
class Stored:
    """A key of an upload's. `size_bytes` and `age` are None where no object stands: it is `expected` and missing, or
    deleted with versions left. `sha256` (hex) is what was recorded, None where that never is."""

    kind: str
    key: str
    size_bytes: int | None = None
    age: timedelta | None = None
    sha256: str | None = None
    versions: tuple[str, ...] = ()
    expected: bool = False

    @property
    def missing(self) -> bool:
        """Whether it should be there and is not."""
        return self.expected and self.size_bytes is None


@dataclass(frozen=True)
class Compared:
    """An object that was read: the digest that is recorded, and that of its bytes, None when there are none."""

    kind: str
    key: str
    recorded: str
    found: str | None
    size_bytes: int = 0

    @property
    def sentence(self) -> str:
        """What came of it."""
        if self.found is None:
            return f"{self.kind}: nothing is stored at {self.key}."
        if self.found == self.recorded:
            return f"{self.kind}: {self.size_bytes:,} bytes were read, and their SHA-256 is the one recorded."
        return (
            f"{self.kind}: {self.size_bytes:,} bytes were read, and they are NOT what is recorded: "
            f"SHA-256 {self.found}, recorded {self.recorded}."
        )


def stored_of(
    store: ObjectStore,
    owner: UUID,
    upload_id: UUID,
    *,
    named: tuple[str, datetime] | None,
    manifest: Manifest | None,
    image: Image | None,
) -> list[Stored]:
    """Every key in staging and, where name and time of the upload are known (`named`), of its image, with versions.
    Raises StoreUnavailable."""
    staging = Staging(store)
    staged = staging.find(owner, upload_id)
    present = {entry.key: entry for entry in (staged.objects if staged else ())}
    versions = defaultdict[str, list[str]](list)
    for version in staging.versions(owner, upload_id):
        versions[version.key].append(version.version_id)
    for prefix in final_prefixes(*named, upload_id) if named else ():
        present |= {entry.key: entry for entry in store.list(prefix)}
        for version in store.versions(prefix):
            versions[version.key].append(version.version_id)
    mark = mark_key(owner, upload_id)
    for key in (mark, first_key(owner, upload_id)):
        present |= {entry.key: entry for entry in store.list(key)}

    digests = _digests(manifest, image)
    expected = _expected(image)
    found = [
        Stored(
            _kind(key, mark),
            key,
            expected=key in expected,
            sha256=digests.get(key),
            versions=tuple(versions[key]),
        )
        for key in dict.fromkeys((*expected, *present, *versions))
    ]
    return [
        replace(one, size_bytes=entry.size_bytes, age=entry.age) if (entry := present.get(one.key)) else one
        for one in found
    ]


def compared(store: ObjectStore, manifest: Manifest | None, image: Image | None) -> Iterator[Compared]:
    """Read what has a recorded digest, a piece at a time. Raises StoreUnavailable."""
    for key, recorded in _digests(manifest, image).items():
        kind = _kind(key, "")
        pieces = store.pieces(key)
        if pieces is None:
            yield Compared(kind, key, recorded, None)
            continue
        digest, size = hashlib.sha256(), 0
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
        yield Compared(kind, key, recorded, digest.hexdigest(), size)


def _digests(manifest: Manifest | None, image: Image | None) -> Mapping[str, str]:
    of_manifest = {manifest.staged_key: manifest.sha256} if manifest else {}
    return of_manifest | ({image.original_key: image.sha256} if image else {})


def _expected(image: Image | None) -> list[str]:
    if image is None:
        return []
    renditions = (image.preview, image.tile, image.thumbnail)
    return [image.original_key, *(one.key for one in renditions if one)]


def _kind(key: str, mark: str) -> str:
    if key == mark:
        return "Mark of the take-back"
    if key.startswith("staging/"):
        return "Manifest" if key.endswith("/manifest") else "Received bytes"
    if key.startswith("idempotency/"):
        return "First request"
    return next((kind for prefix, kind in _KINDS.items() if key.startswith(prefix)), "Object")

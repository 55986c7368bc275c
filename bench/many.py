"""A portal of any size that is never held: records and listings are made as they are asked for."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from shared.domain.uploads import Upload
from shared.ports.inventory import Named
from shared.ports.object_store import StoredObject, StoredVersion

OWNER = UUID(int=1)
KINDS = {"images": "jpg", "previews": "jpg", "thumbnails": "webp", "tiles": "webp"}
OLD = timedelta(days=9)
DATA = b"bytes"
DIGEST = hashlib.sha256(DATA).hexdigest()


def stem(number: int) -> str:
    """What the keys of one image have in common, in the order of the numbers."""
    return f"boat-{number:08d}_20260101000000000000_{UUID(int=number + 2)}"


class ManyRecords:
    """Implements shared.ports.inventory.Inventory and, as far as a check asks, shared.ports.uploads.Uploads."""

    def __init__(self, images: int) -> None:
        self._images = images

    def page(self, after: str, limit: int) -> list[Named]:
        """As MySQL would, by the key's index."""
        first = int(after.split("-", 1)[1][:8]) + 1 if after else 0
        return [self._named(n) for n in range(first, min(first + limit, self._images))]

    def find(self, upload_id: UUID) -> Named | None:
        """One image's keys."""
        return self._named(upload_id.int - 2)

    def unfinished(self, _after: UUID | None, _limit: int) -> list[Upload]:
        """None."""
        return []

    def find_many(self, _ids: Sequence[UUID]) -> dict[UUID, Upload]:
        """None was erased, and none is on its way."""
        return {}

    def _named(self, number: int) -> Named:
        keys = {kind: f"{kind}/{stem(number)}.{end}" for kind, end in KINDS.items()}
        renditions = (keys["previews"], keys["tiles"], keys["thumbnails"])
        return Named(UUID(int=number + 2), OWNER, keys["images"], renditions, len(DATA), DIGEST, gone=False)


class ManyObjects:
    """The listings of shared.ports.object_store.ObjectStore; every `missing`th image has lost its preview."""

    def __init__(self, images: int, missing: int) -> None:
        self._images, self._missing = images, missing

    def list(self, prefix: str, *, after: str = "") -> Iterator[StoredObject]:
        """As S3 would, in the order of keys."""
        yield from (StoredObject(key, len(DATA), OLD) for key in self._keys(prefix, after))

    def versions(self, prefix: str, *, after: str = "") -> Iterator[StoredVersion]:
        """One of each."""
        yield from (StoredVersion(key, "1") for key in self._keys(prefix, after))

    def pieces(self, _key: str, *, version_id: str | None = None) -> Iterator[bytes]:  # noqa: ARG002 -- the port's
        """All the same."""
        yield DATA

    def _keys(self, prefix: str, after: str) -> Iterator[str]:
        kind, _, name = prefix.partition("/")
        if kind not in KINDS:
            return
        only = int(name.split("-", 1)[1][:8]) if name else None
        first = int(after.split("-", 1)[1][:8]) if after else 0
        for number in range(first, self._images) if only is None else (only,):
            lost = kind == "previews" and number % self._missing == 0
            if not lost and (key := f"{kind}/{stem(number)}.{KINDS[kind]}") > after:
                yield key

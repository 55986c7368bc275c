"""As much of boto3's client as `deploy.replay` uses, on the store in memory. Its markers count as new ones."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from shared.adapters.memory.object_store import MemoryObjectStore
from shared.ports.object_store import StoredVersion
from tests.support_tripwire import Fuse

SINCE = datetime(2000, 1, 1, tzinfo=UTC)


class BucketClient:
    """A client that a `fuse` may cut off at each object that it changes."""

    def __init__(self, store: MemoryObjectStore, fuse: Fuse) -> None:
        self._store, self._fuse = store, fuse

    def get_bucket_versioning(self, **_: str) -> dict[str, str]:
        """It is."""
        return {"Status": "Enabled"}

    def get_paginator(self, _: str) -> "BucketClient":
        """Itself: it has the one paginator."""
        return self

    def paginate(self, *, Prefix: str, **_: str) -> Iterator[dict[str, Any]]:  # noqa: N803 -- as boto3 spells it
        """One page of the newest markers."""
        hidden: dict[str, str] = {}
        for version in self._store.versions(Prefix):
            if self._store.look(version.key) is None:  # the newest comes first, and is a marker then
                hidden.setdefault(version.key, version.version_id)
        yield {
            "DeleteMarkers": [
                {"Key": key, "VersionId": version, "IsLatest": True, "LastModified": SINCE}
                for key, version in hidden.items()
            ]
        }

    def list_objects_v2(self, *, Prefix: str, **_: Any) -> dict[str, int]:  # noqa: N803
        """How many begin so."""
        return {"KeyCount": len(list(self._store.list(Prefix)))}

    def delete_object(self, *, Key: str, VersionId: str, **_: str) -> None:  # noqa: N803
        """For good."""
        self._fuse.burn(self._store.erase, ([StoredVersion(Key, VersionId)],), {})

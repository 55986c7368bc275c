"""What staging holds, for tests that look at it or empty it."""

from uuid import UUID

from shared.domain.manifest import Manifest
from shared.ports.object_store import ObjectStore
from shared.staging import Staging


def staged_manifest(store: ObjectStore, upload_id: UUID) -> Manifest:
    """The manifest of an upload that has to be there."""
    staging = Staging(store)
    owner = staging.owner_of(upload_id)
    manifest = staging.manifest(owner, upload_id) if owner else None
    assert manifest
    return manifest


def empty(store: ObjectStore) -> None:
    """Remove what other tests left in the shared staging."""
    staging = Staging(store)
    for staged in staging.walk():
        staging.clear(staged)

"""What an Idempotency-Key stands for: one upload and one file, whichever requests use it, and however many at once.

Two objects in the store, each written once and never changed: the upload's id, claimed before its bytes are staged,
and what the first request says, fixed before its manifest is written. A request that finds another file's digest there
is told so; any other is the first one once more, whatever it says besides, as keys in the store follow from that.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from uuid import UUID

from shared.domain.ids import new_upload_id
from shared.domain.manifest import Manifest
from shared.domain.refusals import Refusal
from shared.ports.object_store import ObjectStore
from shared.staging import Staging
from web.http.problems import refuse

JSON = "application/json"


@dataclass(frozen=True)
class Claim:
    """An upload id for one file. `digest` is that of the owner's key, None without one; `repeated` when an earlier
    request has claimed the id."""

    owner: UUID
    upload_id: UUID
    digest: str | None = None
    repeated: bool = False

    def fix(self, staging: Staging, manifest: Manifest) -> Manifest:
        """Make the key stand for this file; returns what the first request with the key said, with the bytes of this
        one. Raises a 422 Problem when it stands for another file; StoreUnavailable."""
        if self.digest is None:
            return manifest
        first = staging.fix(manifest)
        if first.sha256 != manifest.sha256:
            raise refuse(Refusal.IDEMPOTENCY_KEY_REUSED)
        return replace(first, staged_key=manifest.staged_key)


def claim(store: ObjectStore, owner: UUID, idempotency_key: str | None) -> Claim:
    """A claim of a new upload id, or the one that stands for the key already. Raises StoreUnavailable."""
    if not idempotency_key:
        return Claim(owner, new_upload_id())
    digest = hashlib.sha256(idempotency_key.encode()).hexdigest()
    mine = json.dumps({"upload_id": str(new_upload_id())}).encode()
    standing = store.put_new(_claim_key(owner, digest), mine, JSON)
    return Claim(owner, UUID(json.loads(standing)["upload_id"]), digest, repeated=standing != mine)


def _claim_key(owner: UUID, digest: str) -> str:
    return f"idempotency/{owner}/{digest}"

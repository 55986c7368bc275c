"""What an Idempotency-Key stands for: one upload and one file, whichever requests use it, and however many at once.

Two objects in the store, each written once and never changed: the upload's id, claimed before its bytes are staged,
and the digest of the file, fixed before the manifest is written. A request that finds another digest there carries
another file, and is told so.
"""

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from shared.domain.ids import new_upload_id
from shared.domain.refusals import Refusal
from shared.ports.object_store import ObjectStore
from web.http.problems import refuse

JSON, TEXT = "application/json", "text/plain"


@dataclass(frozen=True)
class Claim:
    """An upload id for one file. `digest` is that of the owner's key, None without one; `repeated` when an earlier
    request has claimed the id."""

    owner: UUID
    upload_id: UUID
    digest: str | None = None
    repeated: bool = False

    def fix(self, store: ObjectStore, sha256: str) -> None:
        """Make the key stand for this file. Raises a 422 Problem when it stands for another; StoreUnavailable."""
        if self.digest is None:
            return
        key = f"{_claim_key(self.owner, self.digest)}/{self.upload_id}"
        if store.put_new(key, sha256.encode(), TEXT) != sha256.encode():
            raise refuse(Refusal.IDEMPOTENCY_KEY_REUSED)


def claim(store: ObjectStore, owner: UUID, idempotency_key: str | None) -> Claim:
    """A claim of a new upload id, or the one that stands for the key already. Raises StoreUnavailable."""
    if not idempotency_key:
        return Claim(owner, new_upload_id())
    digest = hashlib.sha256(idempotency_key.encode()).hexdigest()
    mine = json.dumps({"upload_id": str(new_upload_id())}).encode()
    standing = store.put_new(_claim_key(owner, digest), mine, JSON)
    return Claim(owner, UUID(json.loads(standing)["upload_id"]), digest, repeated=standing != mine)


def _claim_key(owner: UUID, digest: str) -> str:
    """Where the upload id is kept; the file's digest is kept below it."""
    return f"idempotency/{owner}/{digest}"

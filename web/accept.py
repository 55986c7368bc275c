"""Steps 1 to 4 of an upload's way: bytes to staging, then the manifest, then the message, then 202.

The manifest is the commit point: an upload is accepted when it exists. Accepting needs the store alone; without the
queue the sweep enqueues later, and the database is not asked.
"""

import hashlib
import json
from datetime import UTC, datetime
from uuid import UUID

import structlog

from shared.bootstrap import WebParts
from shared.domain import keys
from shared.domain.ids import new_upload_id, parse_id
from shared.domain.licences import BY_CODE, DEFAULT
from shared.domain.limits import (
    MAX_IDEMPOTENCY_KEY_CHARACTERS,
    caption_fault,
    clean_caption,
    clean_filename,
)
from shared.domain.manifest import Manifest
from shared.ports import ObjectStore, QueueUnavailable, StoreUnavailable, Viewer
from web.metrics import ACCEPTED, REFUSED
from web.problems import Problem
from web.receive import ReceivedFile, unavailable

log = structlog.get_logger(__name__)
JSON = "application/json"


class Intake:
    """Accepts the files of one request: `open` is the parser's receiver, then `accept` for each file."""

    def __init__(self, parts: WebParts, viewer: Viewer, idempotency_key: str | None) -> None:
        if idempotency_key and len(idempotency_key) > MAX_IDEMPOTENCY_KEY_CHARACTERS:
            raise Problem(422, "invalid_idempotency_key", "An Idempotency-Key has at most 200 characters.")
        self._parts = parts
        self._viewer = viewer
        self._key = idempotency_key
        self.files: list[ReceivedFile] = []
        self._claims: dict[UUID, Claim] = {}

    def open(self, filename: str) -> ReceivedFile:
        """A place for the next file of the request."""
        upload_id = new_upload_id()
        if self._key:
            claim = Claim.make(
                self._parts.store, self._viewer.owner, f"{self._key}:{len(self.files)}", upload_id
            )
            upload_id = claim.upload_id
            self._claims[upload_id] = claim
        received = ReceivedFile(
            self._parts.store,
            self._viewer.owner,
            upload_id,
            clean_filename(filename),
            self._parts.settings.max_upload_bytes,
        )
        self.files.append(received)
        return received

    def repeats(self, upload_id: UUID) -> bool:
        """Whether an earlier request had claimed this upload id already."""
        return upload_id in self._claims and self._claims[upload_id].sha256 is not None

    def accept(self, received: ReceivedFile, caption: str, licence: str) -> Manifest:
        """Make the received file an accepted upload. Raises the Problem that prevents it, leaving nothing behind."""
        try:
            manifest = self._received(received, clean_caption(caption), licence or DEFAULT)
            self._commit(manifest, received)
        except Problem as problem:
            REFUSED.labels(problem.code).inc()
            raise
        self._enqueue(manifest)
        ACCEPTED.labels(manifest.format).inc()
        return manifest

    def _received(self, received: ReceivedFile, caption: str, licence: str) -> Manifest:
        """Complete the staged bytes and describe them; whatever goes wrong, they are discarded."""
        try:
            received.finish()
            return self._manifest(received, caption, licence)
        except BaseException:
            self._discard(received)
            raise

    def _manifest(self, received: ReceivedFile, caption: str, licence: str) -> Manifest:
        if fault := caption_fault(caption):
            raise Problem(422, "caption_too_long", fault)
        if licence not in BY_CODE:
            known = ", ".join(BY_CODE)
            raise Problem(422, "unknown_licence", f"There is no licence «{licence[:40]}». Known: {known}.")
        claim = self._claims.get(received.upload_id)
        if claim and claim.sha256 not in (None, received.sha256):
            raise Problem(
                422,
                "idempotency_key_reused",
                "This Idempotency-Key was used for another file. Use a new one.",
            )
        return Manifest(
            upload_id=received.upload_id,
            owner=self._viewer.owner,
            username=self._viewer.username,
            filename=received.filename,
            caption=caption,
            licence=licence,
            size_bytes=received.size_bytes,
            sha256=received.sha256,
            format=received.format,
            staged_key=received.staged_key,
            accepted_at=datetime.now(UTC),
        )

    def _commit(self, manifest: Manifest, received: ReceivedFile) -> None:
        """Write the manifest, once. A repeated request finds the first one's, and its own bytes are dropped."""
        store, claim = self._parts.store, self._claims.get(manifest.upload_id)
        key = keys.manifest_key(manifest.owner, manifest.upload_id)
        try:
            created = store.put_new(key, manifest.to_json(), JSON)
        except StoreUnavailable as error:
            if self._withdraw(key, manifest):
                self._discard(received)
            raise unavailable(error) from error
        if not created:
            self._discard(received)
        if claim:
            claim.settle(store, manifest.sha256)

    def _withdraw(self, key: str, manifest: Manifest) -> bool:
        """The answer will be 503: a manifest whose writing only seemed to fail must not become an upload.

        True when it is certain that none names these bytes. While that is uncertain the bytes stay: without a
        manifest the sweep removes them, and with one they are an accepted upload.
        """
        try:
            stored = self._parts.store.get(key)
            if stored is not None and Manifest.from_json(stored).staged_key == manifest.staged_key:
                self._parts.store.delete([key])
        except StoreUnavailable as error:
            log.warning("could not withdraw a manifest", key=key, error=str(error))
            return False
        return True

    def _discard(self, received: ReceivedFile) -> None:
        try:
            received.discard()
        except StoreUnavailable as error:
            # Bytes without a manifest are no upload; the sweep removes them.
            log.warning("could not discard staged bytes", key=received.staged_key, error=str(error))

    def discard_all(self) -> None:
        """The request is refused as a whole."""
        for received in self.files:
            self._discard(received)

    def _enqueue(self, manifest: Manifest) -> None:
        try:
            self._parts.queue.send(manifest.owner, manifest.upload_id)
        except QueueUnavailable as error:
            log.warning("accepted without a message; the sweep sends it", error=str(error))


class Claim:
    """What an Idempotency-Key stands for: an upload id and, once accepted, the digest of its file."""

    def __init__(self, key: str, upload_id: UUID, sha256: str | None) -> None:
        self.upload_id = upload_id
        self.sha256 = sha256
        self._key = key

    @classmethod
    def make(cls, store: ObjectStore, owner: UUID, idempotency_key: str, upload_id: UUID) -> "Claim":
        """Claim the key for `upload_id`, or return the claim that is there. Raises a 503 Problem."""
        key = keys.idempotency_key(owner, hashlib.sha256(idempotency_key.encode()).hexdigest())
        try:
            if store.put_new(key, json.dumps({"upload_id": str(upload_id)}).encode(), JSON):
                return cls(key, upload_id, None)
            stored = json.loads(store.get(key) or b"{}")
        except StoreUnavailable as error:
            raise unavailable(error) from error
        claimed = parse_id(stored.get("upload_id", ""))
        if claimed is None:
            return cls(key, upload_id, None)  # expired between the two calls
        return cls(key, claimed, stored.get("sha256"))

    def settle(self, store: ObjectStore, sha256: str) -> None:
        """Remember which file the key stands for, so that using it for another one is noticed."""
        if self.sha256 is not None:
            return
        settled = {"upload_id": str(self.upload_id), "sha256": sha256}
        try:
            store.put(self._key, json.dumps(settled).encode(), JSON)
        except StoreUnavailable as error:
            log.warning("an idempotency key stays without its digest", error=str(error))

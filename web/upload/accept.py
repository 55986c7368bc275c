"""Steps 1 to 4 of an upload's way: bytes to staging, then the manifest, then the message, then 202.

The manifest is the commit point: an upload is accepted when it exists. Accepting needs the store alone; without the
queue the sweep enqueues later, and the database is asked only to say early, where it answers, that an owner's quota is
used up or that an album can't take the image. Bytes are only ever removed when it is certain that no manifest names
them.
"""

import time
from collections.abc import Iterable
from datetime import UTC, datetime

import structlog

from shared import tracing
from shared.domain.licences import DEFAULT
from shared.domain.limits import (
    MAX_IDEMPOTENCY_KEY_CHARACTERS,
    MAX_RECEIVING_SECONDS,
    form_bytes,
)
from shared.domain.manifest import Manifest
from shared.domain.refusals import Refusal
from shared.ports.object_store import ObjectStore, StoreUnavailable
from shared.ports.sessions import Viewer
from shared.ports.work_queue import QueueUnavailable, WorkQueue
from shared.refused import RefusedFiles
from shared.staging import Staging
from web.http.counters import ACCEPTED, REFUSED
from web.http.problems import Problem, refuse
from web.http.streaming import StreamingRequest
from web.http.wording import kept_caption, kept_licence, kept_title
from web.upload.idempotency import Claim, claim
from web.upload.quota import Rooms
from web.upload.receive import FileStream, Received, Refused, unavailable, uncertain
from web.upload.shelf import Shelf

log = structlog.get_logger(__name__)
NOTED = (Refusal.EMPTY, Refusal.OVER_QUOTA, Refusal.TOO_LARGE, Refusal.UNSUPPORTED_TYPE)
"""Refusals that are about the file: its owner finds them again. What is wrong with words, the form itself keeps."""


class Intake:
    """Takes in the files of one request: `read` it, then `accept` each file."""

    def __init__(
        self,
        store: ObjectStore,
        queue: WorkQueue,
        viewer: Viewer,
        *,
        rooms: Rooms,
        shelf: Shelf,
        max_upload_bytes: int,
        idempotency_key: str | None,
    ) -> None:
        if idempotency_key and len(idempotency_key) > MAX_IDEMPOTENCY_KEY_CHARACTERS:
            raise refuse(Refusal.INVALID_IDEMPOTENCY_KEY)
        self._store = store
        self._staging = Staging(store)
        self._queue = queue
        self._viewer = viewer
        self._rooms = rooms
        self._shelf = shelf
        self._max_bytes = max_upload_bytes
        self._key = idempotency_key
        self._began = time.monotonic()
        self._refused = RefusedFiles(store, viewer.owner)
        self._trimmed = False

    def read(self, request: StreamingRequest, most: int, surplus: Problem) -> list[Received | Refused]:
        """Read the request's form; its files are in staging then, or refused. To be called before the form is touched.

        Raises `surplus` for more than `most` files, and whatever reading raises; then nothing is kept.
        """
        streams: list[FileStream] = []

        def receiver(filename: str) -> FileStream:
            number = len(streams)
            stream = FileStream(self._staging, filename, self._max_bytes, lambda: self._claim(number))
            if number >= most:
                stream.refuse(surplus)
            streams.append(stream)
            return stream

        request.receiver = receiver
        request.max_content_length = form_bytes(most, self._max_bytes)
        try:
            _ = request.files  # parses the form
            if any(stream.outcome is None for stream in streams):
                raise refuse(Refusal.INCOMPLETE)
            if len(streams) > most:
                raise surplus
        except BaseException:
            self.discard([stream.outcome for stream in streams if stream.outcome])
            for stream in streams:
                stream.abandon()
            raise
        return [stream.outcome for stream in streams if stream.outcome and stream.is_a_file]

    def _claim(self, number: int) -> Claim:
        return claim(self._store, self._viewer.owner, f"{self._key}:{number}" if self._key else None)

    def discard(self, files: Iterable[Received | Refused]) -> None:
        """None of these files becomes an upload."""
        for received in files:
            if isinstance(received, Received):
                self._discard(received)

    def _discard(self, received: Received) -> None:
        try:
            self._staging.discard([received.staged_key])
        except StoreUnavailable as error:
            # Bytes without a manifest are no upload; the sweep removes them.
            log.warning("could not discard staged bytes", key=received.staged_key, error=str(error))

    def accept(
        self, file: Received | Refused, caption: str, licence: str, album: str = ""
    ) -> Manifest | Refused:
        """Make a received file an accepted upload, or say why it is none."""
        if isinstance(file, Received):
            try:
                with tracing.span("accept", file.upload_id):
                    manifest = self._commit(file, self._manifest(file, caption, licence or DEFAULT, album))
                    self._enqueue(manifest)
            except Problem as problem:
                file = Refused(file.filename, problem)
            else:
                ACCEPTED.labels(manifest.format).inc()
                return manifest
        REFUSED.labels(file.problem.code).inc()
        if file.problem.code in NOTED:
            self._write_down(file)
        return file

    def _write_down(self, file: Refused) -> None:
        try:
            self._refused.add(file.filename, file.problem.code, file.problem.detail)
            if not self._trimmed:
                self._refused.trim()
                self._trimmed = True
        except StoreUnavailable as error:
            log.warning("no note of a refused file", code=file.problem.code, error=str(error))

    def _manifest(self, received: Received, caption: str, licence: str, album: str) -> Manifest:
        try:
            caption, licence, album = kept_caption(caption), kept_licence(licence), kept_title(album)
            self._check_time()
            if not received.claim.repeated:  # what was accepted before stays so
                self._rooms.check(self._viewer.owner, received.size_bytes)
                self._shelf.check(self._viewer.owner, album)
            said = Manifest(
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
                album=album or None,
            )
            return received.claim.fix(self._staging, said)
        except StoreUnavailable as error:
            if not received.claim.repeated:  # by the bytes the sweep finds what was said beside them
                self._discard(received)
            raise unavailable(error) from error
        except Problem:
            self._discard(received)
            raise

    def _check_time(self) -> None:
        if time.monotonic() - self._began > MAX_RECEIVING_SECONDS:
            # The sweep may take the first bytes for abandoned soon.
            raise refuse(Refusal.TOO_SLOW)

    def _commit(self, received: Received, manifest: Manifest) -> Manifest:
        """Write the manifest, once; returns the one that stands. When a repeated request finds the first one's,
        its own bytes are dropped: that manifest names others.

        When the store can't say whether the manifest was written, the bytes stay: should it appear after all, it is
        an accepted upload like any other, and without it the sweep removes them.
        """
        try:
            standing = self._staging.accept(manifest)
        except StoreUnavailable as error:
            raise uncertain(error) from error
        if standing.staged_key != manifest.staged_key:
            self._discard(received)
        return standing

    def _enqueue(self, manifest: Manifest) -> None:
        try:
            self._queue.send(manifest.owner, manifest.upload_id)
        except QueueUnavailable as error:
            log.warning("accepted without a message; the sweep sends it", error=str(error))

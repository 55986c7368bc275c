"""Receives files while they arrive: counts, hashes, sniffs and passes the bytes on to staging.

Werkzeug's form parser asks the request for a stream to write each file to; ours goes to the store, so that a file
touches neither disk nor, beyond one part, memory.
"""

import hashlib
import secrets
from collections.abc import Callable
from io import BytesIO
from typing import IO, Any, cast
from uuid import UUID

from flask import Request

from shared.domain import keys
from shared.domain.formats import HEAD_BYTES, sniff
from shared.ports import ByteSink, ObjectStore, StoreUnavailable
from web.problems import RETRY_AFTER_SECONDS, Problem


class ReceivedFile:
    """One file on its way into staging. A fault is kept in `problem`, and the rest of the file is let pass:
    so the sender gets a clear answer, and the other files of the same form are not affected."""

    def __init__(
        self, store: ObjectStore, owner: UUID, upload_id: UUID, filename: str, max_bytes: int
    ) -> None:
        self.upload_id = upload_id
        self.filename = filename
        self.staged_key = keys.staged_key(owner, upload_id, secrets.token_hex(4))
        self.size_bytes = 0
        self.format = ""
        self.problem: Problem | None = None
        self._store = store
        self._max_bytes = max_bytes
        self._digest = hashlib.sha256()
        self._head = b""
        self._sink: ByteSink | None = None
        self._stored = False

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes so far."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> int:
        """Take the next bytes."""
        self.size_bytes += len(data)
        if self.problem is None:
            try:
                self._take(data)
            except StoreUnavailable as error:
                self._refuse(unavailable(error))
        return len(data)

    def _take(self, data: bytes) -> None:
        if self.size_bytes > self._max_bytes:
            self._refuse(too_large(self._max_bytes))
            return
        self._digest.update(data)
        if self._sink is None:
            self._head += data
            if len(self._head) >= HEAD_BYTES:
                self._open()
        else:
            self._sink.write(data)

    def _open(self) -> None:
        self.format = sniff(self._head) or ""
        if not self.format:
            self._refuse(unsupported())
            return
        self._sink = self._store.open_sink(self.staged_key)
        self._sink.write(self._head)
        self._head = b""

    def _refuse(self, problem: Problem) -> None:
        self.problem = problem
        self._head = b""
        if self._sink is not None:
            self._sink.abort()

    def finish(self) -> None:
        """The last byte has come: make the staged object exist. Raises the Problem if there is one."""
        if self.problem is None and self.size_bytes == 0:
            self.problem = Problem(422, "empty", "This file is empty.")
        try:
            if self.problem is None and self._sink is None:
                self._open()
            if self.problem is None and self._sink is not None:
                self._sink.commit()
                self._stored = True
        except StoreUnavailable as error:
            self._refuse(unavailable(error))
        if self.problem is not None:
            raise self.problem

    def discard(self) -> None:
        """Leave nothing behind. Raises StoreUnavailable when the store is away."""
        if self._stored:
            self._store.delete([self.staged_key])
        elif self._sink is not None:
            self._sink.abort()

    # What Werkzeug's parser does with a stream besides writing: nothing is ever read back.
    def seek(self, *_: int) -> int:
        """Part of the file protocol."""
        return 0

    def read(self, *_: int) -> bytes:
        """Part of the file protocol: the bytes are gone, to staging."""
        return b""

    def close(self) -> None:
        """Part of the file protocol."""


class StreamingRequest(Request):
    """Flask's request, whose files go where `receiver` says; without one, to nowhere."""

    receiver: Callable[[str], ReceivedFile] | None = None

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 -- Werkzeug's signature
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        """Werkzeug's hook for where an uploaded file's bytes go."""
        if self.receiver is None:
            return BytesIO()
        return cast(IO[bytes], self.receiver(filename or ""))


def too_large(max_bytes: int) -> Problem:
    """413 with the limit in words."""
    return Problem(413, "too_large", f"This file is larger than {max_bytes // 2**20} MB, which is the most.")


def unsupported() -> Problem:
    """415: the bytes are none of the formats the portal takes, whatever the name says."""
    return Problem(
        415, "unsupported_type", "This is not a JPEG, PNG, WebP or GIF image, whatever its name says."
    )


def unavailable(error: Any) -> Problem:
    """503: the store can't take files at the moment."""
    problem = Problem(
        503,
        "store_unavailable",
        "The portal can't take files at the moment. Nothing was kept; send it again shortly.",
        retry_after=RETRY_AFTER_SECONDS,
    )
    problem.__cause__ = error
    return problem

"""Receives files while they arrive: counts, hashes, sniffs and passes the bytes on to staging.

Werkzeug's form parser asks the request for a stream to write each file to; ours goes to the store, so that a file
touches neither disk nor, beyond one part, memory. With a file's last byte its stream ends in a `Received` or a
`Refused`, before the next file begins.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.domain.formats import HEAD_BYTES, sniff, unsupported
from shared.domain.limits import clean_filename
from shared.domain.refusals import Refusal
from shared.ports.object_store import ByteSink, StoreUnavailable
from shared.staging import Staging
from web.http.problems import RETRY_AFTER_SECONDS, Problem, refuse
from web.upload.idempotency import Claim


@dataclass(frozen=True)
class Received:
    """One file whose bytes are in staging, all of them. `sha256` is their hex digest."""

    claim: Claim
    filename: str
    staged_key: str
    size_bytes: int
    sha256: str
    format: str

    @property
    def upload_id(self) -> UUID:
        """The upload that the file becomes."""
        return self.claim.upload_id


@dataclass(frozen=True)
class Refused:
    """One file that can't be taken, and why. Staging holds nothing of it."""

    filename: str
    problem: Problem


class FileStream:
    """Where the parser writes one file. After a fault the rest of the file is let pass, so that its sender gets a
    clear answer and the other files of the same form are not affected."""

    def __init__(self, staging: Staging, filename: str, max_bytes: int, claim: Callable[[], Claim]) -> None:
        """`filename` as sent; `claim` is asked once, when the first bytes show that there is an image."""
        self.outcome: Received | Refused | None = None
        self._staging = staging
        self._named = bool(filename)
        self._filename = clean_filename(filename)
        self._max_bytes = max_bytes
        self._make_claim = claim
        self._claim: Claim | None = None
        self._staged_key = ""
        self._format = ""
        self._size_bytes = 0
        self._digest = hashlib.sha256()
        self._head = b""
        self._sink: ByteSink | None = None

    @property
    def is_a_file(self) -> bool:
        """False for a form's file field in which nothing was chosen: browsers send it without name and bytes."""
        return self._named or self._size_bytes > 0

    def write(self, data: bytes) -> int:
        """Take the next bytes."""
        self._size_bytes += len(data)
        if self.outcome is None:
            try:
                self._take(data)
            except StoreUnavailable as error:
                self.refuse(unavailable(error))
            except Problem as problem:
                self.refuse(problem)
        return len(data)

    def _take(self, data: bytes) -> None:
        if self._size_bytes > self._max_bytes:
            raise refuse(Refusal.TOO_LARGE, megabytes=self._max_bytes // 2**20)
        self._digest.update(data)
        if self._sink is not None:
            self._sink.write(data)
            return
        self._head += data
        if len(self._head) >= HEAD_BYTES:
            self._open()

    def _open(self) -> ByteSink:
        known = sniff(self._head)
        if known is None:
            kind = unsupported(self._head)
            raise refuse(Refusal.UNSUPPORTED_TYPE, kind.sentence if kind else None)
        self._format = known.name
        self._claim = self._make_claim()
        self._staged_key, self._sink = self._staging.receive(self._claim.owner, self._claim.upload_id)
        self._sink.write(self._head)
        self._head = b""
        return self._sink

    def seek(self, *_: int) -> int:
        """The parser rewinds a file once its last byte has come: complete it."""
        if self.outcome is None:
            try:
                self.outcome = self._finished()
            except StoreUnavailable as error:
                self.refuse(unavailable(error))
            except Problem as problem:
                self.refuse(problem)
        self._sink = None
        return 0

    def _finished(self) -> Received:
        if self._size_bytes == 0:
            raise refuse(Refusal.EMPTY)
        sink = self._sink or self._open()
        sink.commit()
        assert self._claim is not None  # noqa: S101 -- opened
        return Received(
            claim=self._claim,
            filename=self._filename,
            staged_key=self._staged_key,
            size_bytes=self._size_bytes,
            sha256=self._digest.hexdigest(),
            format=self._format,
        )

    def refuse(self, problem: Problem) -> None:
        """Take no more of it, and leave nothing of what came."""
        self.outcome = Refused(self._filename, problem)
        self.abandon()

    def abandon(self) -> None:
        """The file's end will not come, or is of no interest: leave nothing of it behind."""
        self._head = b""
        if self._sink is not None:
            self._sink.abort()
            self._sink = None

    def read(self, *_: int) -> bytes:
        """Part of the file protocol: the bytes are gone, to staging."""
        return b""

    def close(self) -> None:
        """Part of the file protocol."""


def unavailable(error: Any) -> Problem:
    """503: the store can't take files at the moment."""
    return _unavailable(
        error, "The portal can't take files at the moment. Nothing was kept; send it again shortly."
    )


def uncertain(error: Any) -> Problem:
    """503: the store did not say whether the upload was accepted. If it was, it goes its way."""
    return _unavailable(
        error,
        "The portal could not make sure of this file. Look at My uploads in a minute, and send it again if it is "
        "not there.",
    )


def _unavailable(error: Any, detail: str) -> Problem:
    problem = Problem(503, "store_unavailable", detail, retry_after=RETRY_AFTER_SECONDS)
    problem.__cause__ = error
    return problem

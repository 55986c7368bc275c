"""A request whose files go to a receiver while they arrive, instead of to memory or disk.

Werkzeug's form parser asks the request for a stream to write each file to.
"""

from collections.abc import Callable
from io import BytesIO
from typing import IO, Protocol, cast

from flask import Request


class FileReceiver(Protocol):
    """What the parser does with a file: writes it, rewinds it when its last byte has come, reads and closes it."""

    def write(self, data: bytes) -> int: ...
    def seek(self, *_: int) -> int: ...
    def read(self, *_: int) -> bytes: ...
    def close(self) -> None: ...


class StreamingRequest(Request):
    """Flask's request, whose files go where `receiver` says; without one, to nowhere."""

    receiver: Callable[[str], FileReceiver] | None = None

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 -- Werkzeug's signature
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        """Werkzeug's hook for where an uploaded file's bytes go."""
        return BytesIO() if self.receiver is None else cast(IO[bytes], self.receiver(filename or ""))

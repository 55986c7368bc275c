"""Flask's request, whose files go to a receiver while they arrive, instead of to memory or disk, and whose address
can be read whatever its bytes are.

Werkzeug's form parser asks the request for a stream to write each file to.
"""

import re
from collections.abc import Callable
from io import BytesIO
from typing import IO, Any, Protocol, cast

from flask import Request

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


class FileReceiver(Protocol):
    """What the parser does with a file: writes it, rewinds it when its last byte has come, reads and closes it."""

    def write(self, data: bytes) -> int: ...
    def seek(self, *_: int) -> int: ...
    def read(self, *_: int) -> bytes: ...
    def close(self) -> None: ...


class StreamingRequest(Request):
    """Flask's request, whose files go where `receiver` says; without one, to nowhere."""

    receiver: Callable[[str], FileReceiver] | None = None

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        """Bytes beyond ASCII in the query are written as they should have been sent: Werkzeug raises on some."""
        given = environ.get("QUERY_STRING", "")
        if not given.isascii():
            environ["QUERY_STRING"] = _BEYOND_ASCII.sub(lambda found: f"%{ord(found[0]):02X}", given)
        super().__init__(environ, *args, **kwargs)

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 -- Werkzeug's signature
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        """Werkzeug's hook for where an uploaded file's bytes go."""
        return BytesIO() if self.receiver is None else cast(IO[bytes], self.receiver(filename or ""))

"""A multipart form with one file, read from disk while it is sent."""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from image_portal_cli.faults import FileChanged

CHUNK_BYTES = 1 << 16


class Form:
    """What `requests` sends as a body: it has a length and is read in pieces, 64 kB of memory whatever the file.

    The closing boundary comes only after all bytes that `sha256` stands for: a file that was changed meanwhile ends in
    FileChanged and in a form that the portal can't take for whole.
    """

    def __init__(
        self, path: Path, sha256: str, fields: dict[str, str], check: Callable[[], None] = lambda: None
    ) -> None:
        """`check` is called with each piece, and may raise. Raises OSError when the file can't be read."""
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._file: BinaryIO = path.open("rb")
        self._left = os.fstat(self._file.fileno()).st_size
        head = "".join(_field(boundary, name, value) for name, value in fields.items())
        head += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{_quoted(path.name)}"\r\n'
        self._head = f"{head}Content-Type: application/octet-stream\r\n\r\n".encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._size = len(self._head) + self._left + len(self._tail)
        self._digest = hashlib.sha256()
        self._sha256 = sha256
        self._check = check

    def __len__(self) -> int:
        """Content-Length."""
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        """The pieces."""
        while piece := self.read():
            yield piece

    def read(self, _size: int = CHUNK_BYTES) -> bytes:
        """The next piece; nothing at the end."""
        self._check()
        if self._head:
            piece, self._head = self._head, b""
            return piece
        if self._left:
            piece = self._file.read(min(CHUNK_BYTES, self._left))
            self._digest.update(piece)
            self._left -= len(piece)
            if not piece:
                raise FileChanged
            return piece
        if self._tail and self._digest.hexdigest() != self._sha256:
            raise FileChanged
        piece, self._tail = self._tail, b""
        return piece

    def close(self) -> None:
        """The file is not needed any more."""
        self._file.close()


def _field(boundary: str, name: str, value: str) -> str:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


def _quoted(name: str) -> str:
    """A file's name as browsers put it into a form (HTML's multipart encoding)."""
    clean = name.encode("utf-8", "replace").decode()
    return clean.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")

"""A ZIP archive that is made while it is sent: the standard library's own, on a stream that nobody can go back in."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, cast

ZIP64 = 45  # the version that reads it, as the format counts: 4.5
LEAST, MOST = datetime(1980, 1, 1), datetime(2107, 12, 31)  # noqa: DTZ001 -- what the format's dates can say


class _Outlet:
    """What zipfile writes to: keeps the bytes until they are taken. Without `tell`, zipfile gives sizes afterwards."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """There is nowhere to flush to."""

    def taken(self) -> bytes:
        data = b"".join(self._waiting)
        self._waiting.clear()
        return data


class _Zip(zipfile.ZipFile):
    def __del__(self) -> None:
        """An archive that nobody read to its end gets none; zipfile would write it, or fail, when nobody looks."""


class _Entry(zipfile.ZipInfo):
    """A file whose length is told after it, in eight bytes."""

    def FileHeader(self, zip64: bool | None = None) -> bytes:  # noqa: N802 -- zipfile's name
        """Say so: Python before 3.11.4 writes eight bytes and doesn't tell (gh-103861 of CPython)."""
        self.extract_version = self.create_version = ZIP64
        header = super().FileHeader(zip64)
        return header[:18] + b"\xff" * 8 + header[26:]  # both sizes: look at the ZIP64 part


class Archive:
    """One archive: iterate over each of its files in turn, then over its end. Holds one piece, and all files' names."""

    def __init__(self) -> None:
        self._outlet = _Outlet()
        self._zip = _Zip(cast(IO[bytes], self._outlet), "w")

    def file(self, name: str, written: datetime, pieces: Iterable[bytes], *, pack: bool) -> Iterator[bytes]:
        """The archive's bytes for one file. `pack`: compress it, which is worth nothing for pictures."""
        moment = min(max(written.replace(tzinfo=None), LEAST), MOST)
        info = _Entry(name, moment.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if pack else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        with self._zip.open(info, "w", force_zip64=True) as into:  # how long it will be is not known
            for piece in pieces:
                into.write(piece)
                yield self._outlet.taken()
        yield self._outlet.taken()

    def end(self) -> Iterator[bytes]:
        """The list of all files: without it, nothing opens the archive."""
        self._zip.close()
        yield self._outlet.taken()

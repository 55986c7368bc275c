"""Boxes, read with every length checked and written anew."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain.refusals import Refusal, Rejected
from worker.imaging.container import check_chunks
from worker.imaging.limits import Limits

_TO_THE_END, _LONG = 0, 1  # sizes with a meaning of their own
_READ = frozenset((b"ftyp", b"meta", b"moov"))  # those of the file's boxes that are read whole


@dataclass
class Budget:
    """Counts the pieces of one file, whatever they are: boxes, items, references, properties."""

    limits: Limits
    spent: int = 0

    def spend(self, pieces: int = 1) -> None:
        """Raise Rejected (`too_many_chunks`) once the file has more pieces than it may."""
        self.spent += pieces
        check_chunks(self.spent, self.limits)


class Fields:
    """A box's body, taken from its start; what isn't there makes the file corrupt."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, length: int) -> bytes:
        piece = self._data[self._at : self._at + length]
        self._at += length
        if len(piece) < length:
            raise Rejected(Refusal.CORRUPT)
        return piece

    def number(self, length: int) -> int:
        """An unsigned number of `length` bytes; of none, it is 0."""
        return int.from_bytes(self.take(length), "big")

    def version(self) -> tuple[int, int]:
        """The version and the flags with which a full box begins."""
        return self.number(1), self.number(3)

    def rest(self) -> bytes:
        return self._data[self._at :]


def file_boxes(data: bytes, budget: Budget) -> dict[bytes, bytes]:
    """The bodies of a file's `ftyp`, `meta` and `moov`, the first of each.

    Phones hang things of their own behind the boxes: once `meta` is known, what isn't a box ends the walk.
    Raises Rejected: `truncated`, `corrupt`, `too_many_chunks`.
    """
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(data):
        budget.spend()
        size, start = _header(data, at, len(data))
        name = data[at + 4 : at + 8]
        end = at + size
        if len(data) - at < 8 or size < start - at or end > len(data):
            if b"meta" in found:
                break
            short = len(data) - at < 8 or end > len(data)
            raise Rejected(Refusal.TRUNCATED if short else Refusal.CORRUPT)
        if name in _READ:
            found.setdefault(name, data[start:end])
        at = end
    if not {b"ftyp", b"meta"} <= found.keys():
        raise Rejected(Refusal.TRUNCATED)
    return found


def boxes(body: bytes, budget: Budget) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each box in a box's body. Raises Rejected: `corrupt`, `too_many_chunks`."""
    at = 0
    while at < len(body):
        budget.spend()
        size, start = _header(body, at, len(body))
        if len(body) - at < 8 or size < start - at or at + size > len(body):
            raise Rejected(Refusal.CORRUPT)
        yield body[at + 4 : at + 8], body[start : at + size]
        at += size


def _header(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return the size in bytes that a box announces, and where its body starts."""
    size = int.from_bytes(data[at : at + 4], "big")
    if size == _TO_THE_END:
        return end - at, at + 8
    if size == _LONG:
        return int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
    return size, at + 8


def box(name: bytes, *parts: bytes) -> bytes:
    """A box of these parts."""
    body = b"".join(parts)
    return (len(body) + 8).to_bytes(4, "big") + name + body


def full_box(name: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box whose parts follow a version and flags."""
    return box(name, bytes((version,)), flags.to_bytes(3, "big"), *parts)

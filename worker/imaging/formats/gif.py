"""GIF blocks: count frames and leave out comments, plain text and application data other than the loop count.

Source: GIF89a specification (CompuServe, 1990); the loop extension is Netscape's.
"""

import struct

from shared.domain.refusals import Refusal, Rejected
from worker.imaging.container import Container, check_chunks, check_frames, check_size
from worker.imaging.limits import Limits

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")
_HEADER_BYTES = 13
# Encoders fill data blocks to 254 or 255 bytes; only a hostile file is made of crumbs, which cost time to walk.
_CRUMB_BYTES = 64


class _Walk:
    """A position in the file; every read is checked against its end."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.data, self.limits = data, limits
        self.at = self.blocks = 0

    def take(self, length: int) -> bytes:
        piece = self.data[self.at : self.at + length]
        self.at += length
        if len(piece) < length:
            raise Rejected(Refusal.TRUNCATED)
        return piece

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.data)

    def table(self, packed: int) -> bytes:
        """Take the colour table that a packed field announces in its bits 7 and 0–2."""
        return self.take(3 * 2 ** (1 + (packed & 7))) if packed & 0x80 else b""

    def sub_blocks(self) -> bytes:
        """Take length-prefixed data blocks up to and with the empty one."""
        data, at, start = self.data, self.at, self.at
        while at < len(data) and data[at]:
            if data[at] < _CRUMB_BYTES:
                self.count()
            at += 1 + data[at]
        self.at = start
        return self.take(at + 1 - start)

    def count(self) -> None:
        self.blocks += 1
        check_chunks(self.blocks, self.limits)


def read(data: bytes, limits: Limits) -> Container:
    """Walk a GIF's blocks; return its facts and the file without metadata.

    A first frame that reaches beyond the screen enlarges it, as in browsers. A file that ends behind a whole frame
    lacks its end mark alone, which every viewer forgives.
    Raises Rejected: `truncated`, `corrupt`, `too_many_pixels`, `side_too_long`, `too_many_frames`,
    `too_many_chunks`.
    """
    walk = _Walk(data, limits)
    header = walk.take(_HEADER_BYTES)
    width, height = struct.unpack_from("<HH", header, 6)
    kept = [header, walk.table(header[10])]
    frames = 0
    while not (frames and walk.is_over) and (kind := walk.take(1)[0]) != _TRAILER:
        walk.count()
        if kind == _EXTENSION:
            kept.append(_extension(walk))
        elif kind == _IMAGE:
            frames += 1
            place = walk.take(9)
            left, top, across, down = struct.unpack_from("<HHHH", place)
            check_size(max(width, left + across), max(height, top + down), limits)
            if frames == 1:
                width, height = max(width, left + across), max(height, top + down)
            check_frames(frames, width, height, limits)
            kept += [b",", place, walk.table(place[8]), walk.take(1), walk.sub_blocks()]
        else:
            raise Rejected(Refusal.CORRUPT)
    if not frames:
        raise Rejected(Refusal.CORRUPT)
    return Container(width, height, frames, 1, b"".join(kept) + b";")


def _extension(walk: _Walk) -> bytes:
    """Take one extension; return what may stay of it."""
    label = walk.take(1)[0]
    body = walk.sub_blocks()
    if label == _GRAPHIC_CONTROL and body[:1] == b"\x04":
        return bytes((_EXTENSION, label)) + body[:5] + b"\0"
    if label == _APPLICATION and body.startswith(_LOOPS) and body[12:14] == b"\x03\x01":
        return bytes((_EXTENSION, label)) + body[:16] + b"\0"
    return b""

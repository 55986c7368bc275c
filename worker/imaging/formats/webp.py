"""WebP chunks: count them and leave out EXIF, XMP and the unknown.

Source: RFC 9649, 2 for the container, 3.4 for the lossless header; RFC 6386, 9.1 for the lossy header.
"""

import struct
from collections.abc import Iterator

from shared.domain.refusals import Refusal, Rejected
from worker.imaging import exif
from worker.imaging.container import Container, check_chunks, check_frames, check_size
from worker.imaging.limits import Limits

_BITSTREAMS = (b"VP8 ", b"VP8L")
_FRAME_PARTS = (b"ALPH", *_BITSTREAMS)
_KEPT = frozenset((b"VP8X", b"ICCP", b"ANIM", b"ANMF", *_FRAME_PARTS))
_Chunk = tuple[bytes, bytes, bytes]
"""Name, body, and the byte that pads it: a decoder of coded pixels may read it, and else it is nought."""
_ANIMATED, _XMP, _EXIF = 0x02, 0x04, 0x08
_HEADER_BYTES, _LOOP_BYTES = 10, 6  # of VP8X and ANIM


def read(data: bytes, limits: Limits) -> Container:
    """Walk a WebP's chunks; return its facts and the file without metadata.

    Raises Rejected: `truncated`, `corrupt`, `too_many_pixels`, `side_too_long`, `too_many_frames`,
    `too_many_chunks`, `too_expensive` (the decoder's buffers alone would exceed the memory limit).
    """
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise Rejected(Refusal.TRUNCATED)
    kept: list[_Chunk] = []
    width = height = frames = chunks = images = 0
    turned, before = 1, b""
    for name, body, pad in _chunks(data, 12, end):
        chunks += 1
        check_chunks(chunks, limits)
        if chunks == 1:
            width, height = _canvas(name, body, limits)
            if (
                name in _BITSTREAMS
            ):  # a file of this chunk alone: viewers look no further than at the next one's size
                behind = data[20 + len(body) + len(body) % 2 : end]
                if len(behind) >= 8 and 8 + int.from_bytes(behind[4:8], "little") > len(behind):
                    raise Rejected(Refusal.TRUNCATED)
                return Container(width, height, 1, 1, _riff([(name, body, pad)]))
        if before == b"ALPH" and name not in _FRAME_PARTS:
            raise Rejected(Refusal.CORRUPT)  # no decoder looks any further for what belongs to it
        if name == b"ALPH" and images:
            raise Rejected(Refusal.CORRUPT)  # behind the image that it belongs to
        before = name
        if name == b"ANMF":
            frames += 1
            check_frames(frames, width, height, limits)
            body, parts = _frame(body)
            chunks += parts
        elif name in _BITSTREAMS:
            images += 1
            if _bitstream_size(name, body) != (width, height):
                raise Rejected(Refusal.CORRUPT)
        elif name == b"EXIF":
            turned = exif.orientation(body.removeprefix(b"Exif\0\0"))
        elif name == b"ANIM":
            body = body[:_LOOP_BYTES]
        if name in _KEPT:
            kept.append((name, body, pad))
    if not kept:
        raise Rejected(Refusal.TRUNCATED)
    first, header, _ = kept[0]
    animated = bool(header[0] & _ANIMATED)
    if images != (0 if animated else 1) or (frames > 0) is not animated:
        raise Rejected(Refusal.CORRUPT)
    flags = header[0] & ~(_XMP | _EXIF) | (_EXIF if turned != 1 else 0)
    kept[0] = first, bytes((flags,)) + header[1:], b""
    if turned != 1:
        kept.append((b"EXIF", exif.minimal(turned), b""))
    return Container(width, height, max(frames, 1), turned, _riff(kept))


def _chunks(data: bytes, at: int, end: int) -> Iterator[_Chunk]:
    while at < end:
        if at + 8 > end:
            raise Rejected(Refusal.TRUNCATED)
        name, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise Rejected(Refusal.TRUNCATED)
        start, at = at + 8, at + 8 + length
        yield name, data[start:at], data[at : at + length % 2] if name in _FRAME_PARTS else b""
        at += length % 2


def _canvas(name: bytes, body: bytes, limits: Limits) -> tuple[int, int]:
    """Return the size in pixels that the first chunk announces."""
    if name == b"VP8X":
        if len(body) != _HEADER_BYTES:
            raise Rejected(Refusal.CORRUPT)
        width = 1 + int.from_bytes(body[4:7], "little")
        height = 1 + int.from_bytes(body[7:10], "little")
    else:
        width, height = _bitstream_size(name, body)
    check_size(width, height, limits)
    # Pillow's decoder holds two canvases, a copy of one and the image, four bytes a pixel each; when their
    # allocation fails it says only that decoding failed, so the cost is known here or not at all.
    if width * height * 16 > limits.memory_bytes:
        raise Rejected(Refusal.TOO_EXPENSIVE)
    return width, height


def _bitstream_size(name: bytes, body: bytes) -> tuple[int, int]:
    if name == b"VP8 " and len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    if name == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    raise Rejected(Refusal.CORRUPT)


def _frame(body: bytes) -> tuple[bytes, int]:
    """Return an ANMF body (16 bytes of placement, then chunks) without unknown chunks, and how many it had."""
    if len(body) < 16:
        raise Rejected(Refusal.CORRUPT)
    parts = list(_chunks(body, 16, len(body)))
    return body[:16] + b"".join(_built(*part) for part in parts if part[0] in _FRAME_PARTS), len(parts)


def _built(name: bytes, body: bytes, pad: bytes) -> bytes:
    return struct.pack("<4sI", name, len(body)) + body + (pad or bytes(len(body) % 2))


def _riff(chunks: list[_Chunk]) -> bytes:
    content = b"WEBP" + b"".join(_built(*chunk) for chunk in chunks)
    return b"RIFF" + len(content).to_bytes(4, "little") + content

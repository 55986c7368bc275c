"""PNG and APNG chunks: count them, check their sums, and leave out text, time, EXIF and the unknown.

Source: PNG third edition (W3C), 5 for chunk layout, 11 for the chunks, 4.9 and 11.3.5 for animation.
"""

import struct
from dataclasses import replace
from functools import partial
from zlib import crc32

from shared.domain.refusals import Refusal, Rejected
from worker.imaging import exif
from worker.imaging.container import Container, check_chunks, check_frames, check_size
from worker.imaging.formats import png_look as look
from worker.imaging.formats.apng import is_animation
from worker.imaging.limits import Limits

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CRITICAL = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND"))
_ANIMATION = frozenset((b"acTL", b"fcTL", b"fdAT"))
_KEPT = (_CRITICAL | _ANIMATION) - {b"IEND"}
_Chunk = tuple[bytes, bytes, bytes]
"""Name, body, and the whole of it as it is to stand in the file."""
_PALETTE = 3  # of the colour types


def read(data: bytes, limits: Limits) -> Container:
    """Walk a PNG's chunks; return its facts and the file without metadata.

    What every viewer forgives is mended: an end that is damaged or missing behind the pixel data, and an animation that
    breaks its rules, in whose place its picture is published.
    Raises Rejected: `truncated`, `corrupt` (a wrong checksum too), `too_many_pixels`, `side_too_long`,
    `too_many_frames`, `too_many_chunks`.
    """
    kept: list[_Chunk] = []
    width = height = frames = chunks = 0
    turned, seen_data, colour, name = 1, False, 0, b""
    at = len(SIGNATURE)
    while name != b"IEND":
        chunks += 1
        check_chunks(chunks, limits)
        start = at
        try:
            name, body, at = chunk_at(data, at)
        except Rejected:
            if not seen_data or data[at + 4 : at + 8] in _CRITICAL - {b"IEND"}:
                raise
            break
        if (name == b"IHDR") is not (chunks == 1):
            raise Rejected(Refusal.CORRUPT)
        if name == b"IHDR":
            width, height = _header(body, limits)
            colour = body[9]
        elif name == b"IDAT":
            seen_data = True
        elif name == b"fcTL":
            frames += 1
            check_frames(frames, width, height, limits)
        elif name == b"eXIf":
            turned = exif.orientation(body)
        elif name not in _CRITICAL and name[:1].isupper():
            raise Rejected(Refusal.CORRUPT)  # an unknown critical chunk: no reader may guess at its meaning
        if name in look.NAMES:
            stays = look.kept(name, body, colour)
            kept += [(name, stays, _built(name, stays))] if stays else []
        elif name in _KEPT:
            kept.append((name, body, data[start:at]))
    if not seen_data or (colour == _PALETTE and all(name != b"PLTE" for name, _, _ in kept)):
        raise Rejected(Refusal.CORRUPT)
    if turned != 1:
        tiff = exif.minimal(turned)
        kept.insert(1, (b"eXIf", tiff, _built(b"eXIf", tiff)))
    still = [one for one in kept if one[0] not in _ANIMATION]
    alone = partial(_container, still, width, height, 1, turned)
    if is_animation(((name, body) for name, body, _ in kept), width, height):
        return replace(_container(kept, width, height, frames, turned), still=alone)
    return alone()


def _container(kept: list[_Chunk], width: int, height: int, frames: int, turned: int) -> Container:
    stripped = b"".join((SIGNATURE, *(raw for _, _, raw in kept), _built(b"IEND", b"")))
    return Container(width, height, frames, turned, stripped)


def chunk_at(data: bytes, at: int) -> tuple[bytes, bytes, int]:
    """Return the chunk's name and body at `at`, and the offset behind it. Raises Rejected (`truncated`, `corrupt`)."""
    if at + 8 > len(data):
        raise Rejected(Refusal.TRUNCATED)
    length, name = struct.unpack_from(">I4s", data, at)
    end = at + 12 + length
    if not name.isalpha() or length > 0x7FFFFFFF:
        raise Rejected(Refusal.CORRUPT)
    if end > len(data):
        raise Rejected(Refusal.TRUNCATED)
    body = data[at + 8 : end - 4]
    if crc32(body, crc32(name)) != int.from_bytes(data[end - 4 : end], "big"):
        raise Rejected(Refusal.CORRUPT)
    return name, body, end


def _header(body: bytes, limits: Limits) -> tuple[int, int]:
    if len(body) != 13:
        raise Rejected(Refusal.CORRUPT)
    width, height = struct.unpack_from(">II", body)
    check_size(width, height, limits)
    return width, height


def _built(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body), name) + body + struct.pack(">I", crc32(body, crc32(name)))

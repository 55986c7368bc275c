"""JPEG segments: count them, and leave out those that say more than the pixels do.

Source: ITU-T T.81 annex B for markers, JFIF 1.02, ICC.1:2022 annex B.4, Adobe TN 5116 for APP14.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain.refusals import Refusal, Rejected
from worker.imaging import exif
from worker.imaging.container import Container, check_chunks, check_size
from worker.imaging.limits import Limits

SOI, EOI, SOS = b"\xff\xd8", b"\xff\xd9", 0xDA
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_SHOWN_FRAMES = frozenset((0xC0, 0xC1, 0xC2))  # baseline, extended, progressive: what browsers show
_OTHER_FRAMES = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8, 0xCC}  # lossless, hierarchical, arithmetic
_TABLES = frozenset((0xC4, 0xDB, 0xDD))  # Huffman tables, quantization tables, restart interval
# FF is followed by 00 (stuffing), D0–D7 (restart) or FF (fill) inside a scan: anything else is a marker and ends it.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MAX_SAMPLING = 4
_ICC = b"ICC_PROFILE\0"
_ICC_NUMBER = 4 + len(_ICC)  # where a segment says which piece of the profile it is, and then of how many
# By the number of components: the transforms that Adobe defines (0 none, 1 YCbCr, 2 YCCK), and libjpeg's guess.
_TRANSFORMS = {1: ((0, 1, 2), 0), 3: ((0, 1), 1), 4: ((0, 2), 2)}
_NOT_SHOWN = "This kind of JPEG can't be shown by browsers."


def read(data: bytes, limits: Limits) -> Container:
    """Walk a JPEG's segments; return its facts and the file without metadata.

    Kept: tables, frames, scans, JFIF without its embedded thumbnail, ICC, Adobe, orientation in a fresh EXIF. What
    every viewer forgives is mended on the way: stray bytes between segments, a profile that is late or lacks pieces,
    an Adobe transform that nobody knows.
    Raises Rejected: `truncated`, `corrupt`, `unsupported_type`, `too_many_pixels`, `side_too_long`,
    `too_many_scans`, `too_many_chunks`.
    """
    kept: list[bytes] = []
    profile: list[bytes] = []
    frame: _Frame | None = None
    turned: int | None = None
    scans = 0
    for chunks, (marker, segment) in enumerate(segments(data), 1):
        check_chunks(chunks, limits)
        if marker == SOS:
            scans += 1
            if scans > limits.max_scans:
                raise Rejected(Refusal.TOO_MANY_SCANS)
            kept.append(segment)
        elif marker in _SHOWN_FRAMES:
            if frame is not None:
                raise Rejected(Refusal.CORRUPT)
            frame = _frame(segment[4:], limits)
            kept.append(segment)
        elif marker in _OTHER_FRAMES:
            raise Rejected(Refusal.UNSUPPORTED_TYPE, _NOT_SHOWN)
        elif marker in _TABLES:
            kept.append(segment)
        elif marker == _APP1 and turned is None and segment.startswith(b"Exif\0", 4):
            turned = exif.orientation(segment[10:])
        elif marker == _APP2 and segment.startswith(_ICC, 4):
            if not scans:  # viewers have settled the colours when the first scan begins
                profile.append(segment)
                kept.append(segment)
        else:
            kept.append(_application_segment(marker, segment[4:]))
    if frame is None or not scans:
        raise Rejected(Refusal.CORRUPT)
    if not _is_whole(profile):
        kept = [segment for segment in kept if segment not in profile]
    kept = [_with_known_transform(segment, frame.components) for segment in kept]
    turned = turned or 1
    # Exif wants to be early in the file, JFIF wants to be first.
    kept.insert(1 if kept[0].startswith(b"\xff\xe0") else 0, _exif_segment(turned))
    return Container(frame.width, frame.height, 1, turned, SOI + b"".join(kept) + EOI)


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each marker up to the end mark, with its segment from FF on; a scan's coded pixels belong to its segment.

    Raises Rejected (`truncated`, `corrupt`).
    """
    at, scanned = len(SOI), False
    while True:
        # Before a marker there may be fill bytes (FF), and decoders skip whatever else stands there.
        found = _MARKER.search(data, at)
        if found is None:
            raise Rejected(Refusal.TRUNCATED)
        start, marker = found.start(), found.group()[1]
        if scanned and data[at:start].strip(b"\0\xff"):
            raise Rejected(Refusal.CORRUPT)  # between scans it can be a scan whose marker is lost
        if marker == EOI[1]:
            return
        at = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        if max(at, start + 4) > len(data):
            raise Rejected(Refusal.TRUNCATED)
        if at < start + 4:
            raise Rejected(Refusal.CORRUPT)
        if marker == SOS:
            end = _MARKER.search(data, at)
            if end is None:
                raise Rejected(Refusal.TRUNCATED)
            at, scanned = end.start(), True
        yield marker, data[start:at]


@dataclass(frozen=True)
class _Frame:
    """What the frame header says: size in pixels, number of components."""

    width: int
    height: int
    components: int


def _frame(body: bytes, limits: Limits) -> _Frame:
    if len(body) < 6:
        raise Rejected(Refusal.CORRUPT)
    precision, components = body[0], body[5]
    if precision != 8 or components not in (1, 3, 4):
        raise Rejected(Refusal.UNSUPPORTED_TYPE, _NOT_SHOWN)
    if len(body) < 6 + 3 * components:
        raise Rejected(Refusal.CORRUPT)
    height, width = struct.unpack_from(">HH", body, 1)
    check_size(width, height, limits)
    _check_sampling([divmod(factors, 16) for factors in body[7 : 6 + 3 * components : 3]])
    return _Frame(width, height, components)


def _check_sampling(factors: list[tuple[int, int]]) -> None:
    """Raise Rejected for sampling factors (across, down) beyond the standard's 1 to 4, or with a fraction between two:
    libjpeg, and with it every browser, refuses to enlarge 2 to 3."""
    for side in zip(*factors, strict=True):
        if not all(1 <= factor <= _MAX_SAMPLING for factor in side):
            raise Rejected(Refusal.CORRUPT)
        if any(max(side) % factor for factor in side):
            raise Rejected(Refusal.UNSUPPORTED_TYPE, _NOT_SHOWN)


def _application_segment(marker: int, body: bytes) -> bytes:
    """Return the segment as it may stay, or nothing: comments and unknown segments go."""
    if marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 14:
        body = body[:12] + b"\0\0"  # its thumbnail can show what a crop removed
    elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
        body = body[:12]
    else:
        return b""
    return _segment(marker, body)


def _is_whole(profile: list[bytes]) -> bool:
    """Tell whether these ICC segments hold something, in pieces 1 to their count; decoders use none otherwise."""
    numbers = [segment[_ICC_NUMBER : _ICC_NUMBER + 2] for segment in profile]
    filled = any(len(segment) > _ICC_NUMBER + 2 for segment in profile)
    return filled and sorted(numbers) == [
        bytes((number, len(profile))) for number in range(1, len(profile) + 1)
    ]


def _with_known_transform(segment: bytes, components: int) -> bytes:
    """Return an Adobe segment with the colour transform that decoders assume when they don't know the one it names."""
    if segment[1:2] != bytes((_APP14,)):
        return segment
    known, assumed = _TRANSFORMS[components]
    return segment if segment[-1] in known else segment[:-1] + bytes((assumed,))


def _exif_segment(turned: int) -> bytes:
    return b"" if turned == 1 else _segment(_APP1, b"Exif\0\0" + exif.minimal(turned))


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body

"""JPEG segments: count them, and leave out those that say more than the pixels do.

Source: ITU-T T.81 annex B for markers, JFIF 1.02, ICC.1:2022 annex B.4, Adobe TN 5116 for APP14.
"""

import re

from shared.domain.rejections import Rejected
from worker.imaging import exif
from worker.imaging.container import Container, check_chunks, check_size
from worker.imaging.limits import Limits

_SOI, _EOI, _SOS = b"\xff\xd8", 0xD9, 0xDA
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_SHOWN_FRAMES = frozenset((0xC0, 0xC1, 0xC2))  # baseline, extended, progressive: what browsers show
_OTHER_FRAMES = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8, 0xCC}  # lossless, hierarchical, arithmetic
_TABLES = frozenset((0xC4, 0xDB, 0xDD))  # Huffman tables, quantization tables, restart interval
# Inside a scan FF is followed by 00 (stuffing), D0–D7 (restart) or FF (fill): anything else ends the scan.
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def read(data: bytes, limits: Limits) -> Container:
    """Walk a JPEG's segments; return its facts and the file without metadata.

    Kept: tables, frames, scans, JFIF without its embedded thumbnail, ICC, Adobe, orientation in a fresh EXIF.
    Raises Rejected: `truncated`, `corrupt`, `unsupported_format`, `too_many_pixels`, `side_too_long`,
    `too_many_scans`, `too_many_chunks`.
    """
    kept: list[bytes] = []
    size: tuple[int, int] | None = None
    turned: int | None = None
    scans = chunks = 0
    at = len(_SOI)
    while True:
        marker, at = _marker(data, at)
        if marker == _EOI:
            break
        chunks += 1
        check_chunks(chunks, limits)
        start, at = at - 2, at + int.from_bytes(data[at : at + 2], "big")
        body = data[start + 4 : at]
        if max(at, start + 4) > len(data):
            raise Rejected("truncated")
        if at < start + 4:
            raise Rejected("corrupt")
        if marker == _SOS:
            scans += 1
            if scans > limits.max_scans:
                raise Rejected("too_many_scans")
            end = _END_OF_SCAN.search(data, at)
            if end is None:
                raise Rejected("truncated")
            at = end.start()
            kept.append(data[start:at])
        elif marker in _SHOWN_FRAMES:
            if size is not None:
                raise Rejected("corrupt")
            size = _frame_size(body, limits)
            kept.append(data[start:at])
        elif marker in _OTHER_FRAMES:
            raise Rejected("unsupported_format", "This kind of JPEG can't be shown by browsers.")
        elif marker in _TABLES:
            kept.append(data[start:at])
        elif marker == _APP1 and turned is None and body.startswith(b"Exif\0"):
            turned = exif.orientation(body[6:])
        else:
            kept.append(_application_segment(marker, body))
    if size is None or not scans:
        raise Rejected("corrupt")
    turned = turned or 1
    # Exif wants to be early in the file, JFIF wants to be first.
    kept.insert(1 if kept[0].startswith(b"\xff\xe0") else 0, _exif_segment(turned))
    return Container(size[0], size[1], 1, turned, _SOI + b"".join(kept) + b"\xff\xd9")


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """Return the marker at `at` and the offset behind it; fill bytes (FF) before it are skipped."""
    if at >= len(data):
        raise Rejected("truncated")
    if data[at] != 0xFF:
        raise Rejected("corrupt")
    while at < len(data) and data[at] == 0xFF:
        at += 1
    if at >= len(data):
        raise Rejected("truncated")
    return data[at], at + 1


def _frame_size(body: bytes, limits: Limits) -> tuple[int, int]:
    if len(body) < 6:
        raise Rejected("corrupt")
    precision, height, width, components = body[0], body[1:3], body[3:5], body[5]
    if precision != 8 or components not in (1, 3, 4):
        raise Rejected("unsupported_format", "This kind of JPEG can't be shown by browsers.")
    size = int.from_bytes(width, "big"), int.from_bytes(height, "big")
    check_size(*size, limits)
    return size


def _application_segment(marker: int, body: bytes) -> bytes:
    """Return the segment as it may stay, or nothing: comments and unknown segments go."""
    if marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 14:
        body = body[:12] + b"\0\0"  # its thumbnail can show what a crop removed
    elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
        body = body[:12]
    elif not (marker == _APP2 and body.startswith(b"ICC_PROFILE\0")):
        return b""
    return _segment(marker, body)


def _exif_segment(turned: int) -> bytes:
    return b"" if turned == 1 else _segment(_APP1, b"Exif\0\0" + exif.minimal(turned))


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body

"""The one EXIF field that changes how an image looks: orientation.

Source: Exif 2.32 (CIPA DC-008), 4.6.2 for the TIFF structure and 4.6.4 for tag 0x0112.
"""

import struct

_ORIENTATION = 0x0112
_SHORT = 3


def orientation(tiff: bytes) -> int:
    """Read orientation (1 to 8) from a TIFF structure; 1 when it is absent or unreadable.

    A broken EXIF block is no reason to refuse a photo: it is dropped anyway.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return 1
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    if start + 2 > len(tiff):
        return 1
    (count,) = struct.unpack_from(order + "H", tiff, start)
    for at in range(start + 2, min(start + 2 + 12 * count, len(tiff) - 11), 12):
        tag, kind, values, value = struct.unpack_from(order + "HHIH", tiff, at)
        if tag == _ORIENTATION:
            return value if kind == _SHORT and values == 1 and 1 <= value <= 8 else 1
    return 1


def minimal(value: int) -> bytes:
    """Return a TIFF structure of 26 bytes that holds the orientation `value` and nothing else."""
    return struct.pack("<4sIHHHIHHI", b"II*\0", 8, 1, _ORIENTATION, _SHORT, 1, value, 0, 0)

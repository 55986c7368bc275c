"""The rules that a PNG's animation keeps, so that every viewer plays the same.

Source: PNG third edition (W3C), 4.9 and 11.3.5.
"""

import struct
from collections.abc import Iterable

_CONTROL_BYTES = 26
_SEQUENCE_BYTES = 4


def is_animation(chunks: Iterable[tuple[bytes, bytes]], width: int, height: int) -> bool:
    """Whether chunks (name, body) of a PNG of so many pixels are an animation: as many frames as announced, each with
    a place on the canvas and data, numbered without a gap."""
    announced: int | None = None
    frames = sequence = 0
    seen_data, has_data = False, True
    for name, body in chunks:
        if name == b"acTL":
            if announced is not None or seen_data or len(body) != 8:
                return False
            announced = int.from_bytes(body[:4], "big")
        elif name == b"IDAT":
            seen_data = has_data = True
        elif name in (b"fcTL", b"fdAT"):
            if announced is None or int.from_bytes(body[:_SEQUENCE_BYTES], "big") != sequence:
                return False
            sequence += 1
            if name == b"fdAT":
                if not seen_data or not frames or len(body) < _SEQUENCE_BYTES:
                    return False
                has_data = True
            elif not has_data or not _is_placed(body, width, height, whole=not seen_data):
                return False
            else:
                frames, has_data = frames + 1, False
    return bool(frames) and announced == frames and has_data


def _is_placed(control: bytes, width: int, height: int, *, whole: bool) -> bool:
    """Whether a frame lies on the canvas; on all of it (`whole`) when it is the still picture too."""
    if len(control) != _CONTROL_BYTES:
        return False
    across, down, left, top = struct.unpack_from(">4I", control, _SEQUENCE_BYTES)
    if whole:
        return (across, down, left, top) == (width, height, 0, 0)
    return bool(across and down) and left + across <= width and top + down <= height

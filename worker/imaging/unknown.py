"""What a file is called that is none of the accepted formats, as far as its first bytes tell."""

import re

from shared.domain.refusals import Refusal, Rejected

_OTHER_MAGIC = (
    b"II*\0",  # TIFF, and raw photos built on it
    b"MM\0*",
    b"II+\0",  # BigTIFF
    b"MM\0+",
    b"8BPS",  # Photoshop
    b"\0\0\1\0",  # ICO
    b"\0\0\2\0",  # CUR
    b"\0\0\0\x0cjP  ",  # JPEG 2000
    b"\xff\x4f\xff\x51",
    b"\0\0\0\x0cJXL ",  # JPEG XL
    b"\xff\x0a",
    b"qoif",
    b"DDS ",
    b"gimp xcf",
    b"v/1\x01",  # OpenEXR
    b"\x8aMNG\r\n\x1a\n",
    b"\x8bJNG\r\n\x1a\n",
)
_RAW_PHOTO = b"ftypcrx "  # Canon's
_BMP_HEADER_BYTES = (12, 40, 52, 56, 64, 108, 124)
_SVG_STARTS = (b"<svg", b"<?xml", b"<!--", b"<!doctype svg")
_PORTABLE = re.compile(rb"P[1-7]\s+[\d#]")
_HEAD_BYTES = 1024


def rejection(data: bytes) -> Rejected:
    """`empty`, `unsupported_type` (an image of another kind) or `not_an_image`."""
    if not data:
        return Rejected(Refusal.EMPTY)
    return Rejected(Refusal.UNSUPPORTED_TYPE if _is_another_image(data) else Refusal.NOT_AN_IMAGE)


def _is_another_image(data: bytes) -> bool:
    if data.startswith(_OTHER_MAGIC):
        return True
    if data.startswith(_RAW_PHOTO, 4):
        return True
    if data.startswith(b"BM"):  # two letters prove little: text can start with them
        return int.from_bytes(data[14:18], "little") in _BMP_HEADER_BYTES
    head = data[:_HEAD_BYTES]
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return bool(_PORTABLE.match(head)) or (text.startswith(_SVG_STARTS) and b"<svg" in text)

"""A record's few colours as a picture that a style sheet can name: a PNG of some hundred bytes, which the browser draws
large and thereby soft. PNG: https://www.w3.org/TR/png-3/
"""

import base64
import struct
import zlib

from shared.domain.formats import PNG
from shared.domain.images import PLACEHOLDER_COLUMNS, PLACEHOLDER_ROWS

_WIDTH = 3 * PLACEHOLDER_COLUMNS  # bytes of a row
_HEADER = struct.pack(">IIBBBBB", PLACEHOLDER_COLUMNS, PLACEHOLDER_ROWS, 8, 2, 0, 0, 0)


def placeholder_url(colours: bytes) -> str | None:
    """A data address, or None for a record without."""
    if not colours:
        return None
    rows = b"".join(b"\0" + colours[at : at + _WIDTH] for at in range(0, len(colours), _WIDTH))
    chunks = ((b"IHDR", _HEADER), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)
    return f"data:{PNG.media_type};base64,{base64.b64encode(png).decode()}"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

"""Decodes PNG and APNG by Pillow, which takes pixel data that ends early for whole ones; so the rows are counted.

Source: PNG third edition (W3C), 7.3 for rows, 8.1 for Adam7's passes.
"""

import struct
import zlib

from PIL import Image, ImageFile

from shared.domain.refusals import Refusal, Rejected
from worker.imaging.container import Container
from worker.imaging.decoders.common import decoder_speaks, every_frame
from worker.imaging.formats.png import SIGNATURE, chunk_at

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
# Adam7's passes: first column, first row, column step, row step.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_INFLATE_BYTES = 1 << 20


def decode(image: ImageFile.ImageFile, container: Container) -> Image.Image:
    """Decode every frame; return the first. Raises Rejected (`corrupt`), MemoryError."""
    with decoder_speaks():
        image.load()
    # Only a row that was never written is all zero, but for some honest ones: so most files are spared the check.
    if _is_interlaced(container.stripped) or not any(_last_row(image)):
        _check_rows(container.stripped)
    return every_frame(image, container)


def _last_row(image: Image.Image) -> bytes:
    return image.crop((0, image.height - 1, *image.size)).tobytes()


def _is_interlaced(png: bytes) -> bool:
    """Tell whether a file that read has accepted is interlaced."""
    return png[28] != 0


def _check_rows(png: bytes) -> None:
    """Raise Rejected (`corrupt`) unless the pixel data of a file that read has accepted fills every row.

    Memory stays below 2 MB.
    """
    width, height, depth, colour = struct.unpack_from(">IIBB", png, 16)
    bits = depth * _CHANNELS.get(colour, 1)
    passes = _PASSES if _is_interlaced(png) else ((0, 0, 1, 1),)
    missing = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            missing += rows * (1 + -(-columns * bits // 8))
    stream, name, at = zlib.decompressobj(), b"", len(SIGNATURE)
    while missing > 0 and name != b"IEND":
        name, body, at = chunk_at(png, at)
        while name == b"IDAT" and body and missing > 0 and not stream.eof:
            try:
                missing -= len(stream.decompress(body, _INFLATE_BYTES))
            except zlib.error as error:
                raise Rejected(Refusal.CORRUPT) from error
            body = stream.unconsumed_tail
    if missing > 0:
        raise Rejected(Refusal.CORRUPT)

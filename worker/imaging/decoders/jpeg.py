"""Decodes JPEG strictly: what libjpeg calls a warning, zeroed or missing blocks, is damage here."""

from io import BytesIO

import simplejpeg  # type: ignore[import-untyped]  # it ships a stub but no py.typed
from PIL import Image, ImageFile

from shared.domain.refusals import Refusal, Rejected
from worker.imaging.container import Container
from worker.imaging.decoders import libjpeg
from worker.imaging.decoders.common import PREVIEW_MIN, decoder_speaks, fit, fitted
from worker.imaging.formats.jpeg import EOI, SOI, SOS, segments
from worker.imaging.renditions import PREVIEW_MAX

_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
_RAW = {"L": "L", "RGB": "RGB", "CMYK": "CMYK;I"}  # Adobe's CMYK is inverted, and nobody writes another
_UNKNOWN_SAMPLING = "Could not determine subsampling level"  # TurboJPEG's words


def decode(image: ImageFile.ImageFile, container: Container) -> Image.Image:
    """Decode once, scaled inside the DCT. Mode L, RGB or CMYK. Raises Rejected (`corrupt`), MemoryError."""
    try:
        return _strictly(image, container.stripped)
    except Rejected:
        bare = _without_padding(container.stripped)
        if bare == container.stripped:
            raise
        return _strictly(image, bare)


def _without_padding(stripped: bytes) -> bytes:
    """Return a file that read has stripped without the zeros behind its scans, with which some cameras pad.

    One zero stays, as it may well be coded pixels. So may all: only a strict decode of the result can tell.
    """
    pieces = [segment for _, segment in segments(stripped)]
    for number, segment in enumerate(pieces):
        if segment[1] == SOS and segment.endswith(b"\0"):
            pieces[number] = segment.rstrip(b"\0") + b"\0"
    return b"".join((SOI, *pieces, EOI))


def _strictly(image: Image.Image, jpeg: bytes) -> Image.Image:
    """Decode `jpeg`, whose header `image` is."""
    long_side = max(image.size)
    eighths = 8
    if long_side > PREVIEW_MAX:
        eighths = next((n for n in range(1, 8) if -(-long_side * n // 8) >= PREVIEW_MIN), 8)
    wanted = [-(-side * eighths // 8) for side in image.size]
    with decoder_speaks():
        try:
            pixels = simplejpeg.decode_jpeg(
                jpeg, _SPACES[image.mode], min_width=wanted[0], min_height=wanted[1], strict=True
            )
        except ValueError as error:
            if _UNKNOWN_SAMPLING not in str(error):
                raise
            return _unusually_sampled(jpeg)
    height, width = pixels.shape[:2]
    small = Image.frombytes(image.mode, (width, height), pixels.data, "raw", _RAW[image.mode])
    return fit(small)


def _unusually_sampled(jpeg: bytes) -> Image.Image:
    """Decode with Pillow, which knows every sampling factor; then have libjpeg say what Pillow kept to itself."""
    with Image.open(BytesIO(jpeg), formats=["JPEG"]) as image:
        width, height = image.size
        image.draft(None, fitted(image.size, PREVIEW_MIN))
        image.load()
        small = fit(image)
    # A block that is only begun counts as a whole one, and the largest factors make it one of 32 × 32 pixels.
    coefficients = len(image.getbands()) * (width + 32) * (height + 32)
    if libjpeg.warnings(jpeg, coefficients):
        raise Rejected(Refusal.CORRUPT)
    return small

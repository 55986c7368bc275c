"""From stripped bytes to one sound image at about preview size, with what all formats share.

Foreign decoders read hostile bytes under `decoder_speaks` alone; it surrounds their calls and nothing else, so that the
file's faults and ours stay apart.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

# Pillow imports on demand what reads EXIF and turns pictures; a decoding process could not.
from PIL import Image, ImageFile, ImageOps, TiffImagePlugin  # noqa: F401

from shared.domain.refusals import Refusal, Rejected
from worker.imaging.container import Container
from worker.imaging.renditions import PREVIEW_MAX

_OUT_OF_MEMORY = ("nsufficient memory", "Memory allocation error")  # libjpeg's own words, and libheif's
PREVIEW_MIN, PREVIEW_FIT = 1600, 2000  # pixels on the long side

Image.preinit()  # here, as a decoding process can't import


def opened(plugin: type[ImageFile.ImageFile], container: Container) -> ImageFile.ImageFile:
    """The stripped file, its header read by Pillow's `plugin` alone. Raises Rejected (`corrupt`)."""
    with decoder_speaks():
        image = Image.open(BytesIO(container.stripped), formats=[plugin.format or ""])
    if image.size != (container.width, container.height):
        raise Rejected(Refusal.CORRUPT)
    return image


def every_frame(image: ImageFile.ImageFile, container: Container) -> Image.Image:
    """Decode all frames with Pillow; return the first. Raises Rejected (`corrupt`), MemoryError."""
    with decoder_speaks():
        image.load()
    first = fit(_plain(image))
    frames = int(getattr(image, "n_frames", 1))
    # The default image of a PNG can stand outside its animation.
    if frames - bool(getattr(image, "default_image", False)) != container.frames:
        raise Rejected(Refusal.CORRUPT)
    with decoder_speaks():
        for frame in range(1, frames):
            image.seek(frame)
            image.load()
    return first


def _plain(image: Image.Image) -> Image.Image:
    """Return the image as L, RGB or premultiplied RGBa: resizing a palette would pick neighbours, not blend."""
    if image.mode == "I;16":  # convert() would clip to 255 where the high byte is meant
        return Image.frombytes("L", image.size, image.tobytes()[1::2])
    if image.has_transparency_data:
        rgba = image if image.mode == "RGBA" else image.convert("RGBA")
        if rgba.getextrema()[-1] == (255, 255):
            return rgba.convert("RGB")
        return rgba.convert("RGBa")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def fit(image: Image.Image) -> Image.Image:
    """Return the image with its long side at most PREVIEW_MAX pixels, alpha no longer premultiplied."""
    if max(image.size) > PREVIEW_MAX:
        image = image.resize(fitted(image.size, PREVIEW_FIT), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image.convert("RGBA") if image.mode == "RGBa" else image


def fitted(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Return width and height in pixels scaled to fit a square of `long_side`; never larger than `size`."""
    scale = min(1.0, long_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


@contextmanager
def decoder_speaks() -> Iterator[None]:
    """Whatever a decoder raises is the file's fault, whichever type it chose; so are its warnings.

    MemoryError passes: it speaks of cost. Deprecations are about our call, not about the file.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield
        except (MemoryError, Rejected):
            raise
        except Exception as error:
            if any(words in str(error) for words in _OUT_OF_MEMORY):
                raise MemoryError from error
            raise Rejected(Refusal.CORRUPT) from error

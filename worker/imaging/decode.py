"""From stripped bytes to one sound image at about preview size; every frame of an animation is decoded on the way.

This is the only place where foreign decoders read hostile bytes. `_decoder_speaks` surrounds those calls and
nothing else, so that the file's faults and ours stay apart.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import simplejpeg  # type: ignore[import-untyped]  # it ships a stub but no py.typed

# Imported by name: Image.open would import them on demand, in a child that can open almost nothing.
from PIL import GifImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from shared.domain.rejections import Rejected
from worker.imaging import jpeg, libjpeg, png
from worker.imaging.container import Container

PREVIEW_MIN, PREVIEW_MAX, PREVIEW_FIT = 1600, 2600, 2000  # pixels on the long side

_PLUGINS = {
    "jpeg": JpegImagePlugin.JpegImageFile.format,
    "png": PngImagePlugin.PngImageFile.format,
    "webp": WebPImagePlugin.WebPImageFile.format,
    "gif": GifImagePlugin.GifImageFile.format,
}
_UNKNOWN_SAMPLING = "Could not determine subsampling level"  # TurboJPEG's words
Image.preinit()  # once here, not in every child

_JPEG_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
_JPEG_RAW = {"L": "L", "RGB": "RGB", "CMYK": "CMYK;I"}  # Adobe's CMYK is inverted, and nobody writes another


def decode(kind: str, container: Container) -> tuple[Image.Image, bytes | None]:
    """Return the first frame, long side at most PREVIEW_MAX pixels, and its ICC profile.

    `kind` is a name from sniff. Mode L, RGB, RGBA or CMYK; orientation isn't applied.
    Raises Rejected (`corrupt`) for any damage, libjpeg's mere warnings included; MemoryError.
    """
    with _decoder_speaks():
        image = Image.open(BytesIO(container.stripped), formats=[_PLUGINS[kind] or ""])
        profile = image.info.get("icc_profile")
    if image.size != (container.width, container.height):
        raise Rejected("corrupt")
    return (_jpeg(image, container) if kind == "jpeg" else _other(kind, image, container)), profile


def _jpeg(image: Image.Image, container: Container) -> Image.Image:
    """Decode strictly: libjpeg calls zeroed or missing blocks a warning only. It warns of mere padding as well."""
    try:
        return _strict_jpeg(image, container.stripped)
    except Rejected:
        bare = jpeg.without_padding(container.stripped)
        if bare == container.stripped:
            raise
        return _strict_jpeg(image, bare)


def _strict_jpeg(image: Image.Image, data: bytes) -> Image.Image:
    """Decode once, scaled inside the DCT."""
    long_side = max(image.size)
    eighths = 8
    if long_side > PREVIEW_MAX:
        eighths = next((n for n in range(1, 8) if -(-long_side * n // 8) >= PREVIEW_MIN), 8)
    wanted = [-(-side * eighths // 8) for side in image.size]
    with _decoder_speaks():
        try:
            pixels = simplejpeg.decode_jpeg(
                data, _JPEG_SPACES[image.mode], min_width=wanted[0], min_height=wanted[1], strict=True
            )
        except ValueError as error:
            if _UNKNOWN_SAMPLING not in str(error):
                raise
            return _unusually_sampled_jpeg(data)
    height, width = pixels.shape[:2]
    small = Image.frombytes(image.mode, (width, height), pixels.data, "raw", _JPEG_RAW[image.mode])
    return _fit(small)


def _unusually_sampled_jpeg(data: bytes) -> Image.Image:
    """Decode with Pillow, which knows every sampling factor; then have libjpeg say what Pillow kept to itself."""
    with Image.open(BytesIO(data), formats=[_PLUGINS["jpeg"] or ""]) as image:
        width, height = image.size
        image.draft(None, fitted(image.size, PREVIEW_MIN))
        image.load()
        small = _fit(image)
    # A block that is only begun counts as a whole one, and the largest factors make it one of 32 × 32 pixels.
    coefficients = len(image.getbands()) * (width + 32) * (height + 32)
    if libjpeg.warnings(data, coefficients):
        raise Rejected("corrupt")
    return small


def _other(kind: str, image: ImageFile.ImageFile, container: Container) -> Image.Image:
    with _decoder_speaks():
        image.load()
    # Only a row that was never written is all zero, but for some honest ones: so most files are spared the check.
    if kind == "png" and (png.is_interlaced(container.stripped) or not any(_last_row(image))):
        png.check_rows(container.stripped)
    small = _fit(_plain(image))
    frames = int(getattr(image, "n_frames", 1))
    # The default image of a PNG can stand outside its animation.
    if frames - bool(getattr(image, "default_image", False)) != container.frames:
        raise Rejected("corrupt")
    with _decoder_speaks():
        for frame in range(1, frames):
            image.seek(frame)
            image.load()
    return small


def _last_row(image: Image.Image) -> bytes:
    return image.crop((0, image.height - 1, *image.size)).tobytes()


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


def _fit(image: Image.Image) -> Image.Image:
    if max(image.size) > PREVIEW_MAX:
        image = image.resize(fitted(image.size, PREVIEW_FIT), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image.convert("RGBA") if image.mode == "RGBa" else image


def fitted(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Return width and height in pixels scaled to fit a square of `long_side`; never larger than `size`."""
    scale = min(1.0, long_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


@contextmanager
def _decoder_speaks() -> Iterator[None]:
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
            if "nsufficient memory" in str(error):  # libjpeg's own words
                raise MemoryError from error
            raise Rejected("corrupt") from error

"""From one decoded image to what pages show: thumbnail, tile, preview and a few colours to wait with."""

import json
from io import BytesIO

from PIL import Image, ImageCms

from shared.domain.formats import BY_NAME, JPEG, WEBP, Format
from shared.domain.images import PLACEHOLDER_COLUMNS, PLACEHOLDER_ROWS
from worker.imaging.container import Container
from worker.imaging.decoders import decoder_of
from worker.imaging.decoders.common import fitted, opened
from worker.imaging.look import fingerprint
from worker.imaging.renditions import THUMBNAIL_SIDE, TILE_SIDE, Rendered, Rendition, pack

_QUALITY = 80
_TILE_QUALITY = 75  # a grid shows many of them, and seldom one pixel for one
# Method 2 is the knee: 4 and 6 take 2 to 4 times the time for 1 to 5 % fewer bytes.
_WEBP_METHOD = 2
_OUT_OF_MEMORY = (
    "encoding error 1",
    "encoding error 2",
)  # VP8_ENC_ERROR_OUT_OF_MEMORY and its bitstream twin

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SRGB = ImageCms.createProfile("sRGB")


def render(known: Format, container: Container, max_pixels: int) -> Rendered:
    """Decode all of a stripped file and draw its renditions, upright and in sRGB.

    Preview and tile of a photo's format are JPEGs, all else and what is transparent WebP: at 3 megapixels WebP takes
    16 times the encoding time, twice as long as all other work on a 12-megapixel photo together, to save a sixth of
    the bytes.
    Raises Rejected (`corrupt`), MemoryError. Sets Pillow's own pixel limit for the process.
    """
    Image.MAX_IMAGE_PIXELS = max_pixels
    decoder = decoder_of(known)
    file = opened(decoder.plugin, container)
    profile = file.info.get("icc_profile")
    image = _to_srgb(decoder.decode(file, container), profile)
    if container.orientation in _TURNS:
        image = image.transpose(_TURNS[container.orientation])
    encode = _jpeg if decoder.preview is JPEG and image.mode == "RGB" else _webp
    tile = None
    smaller = image
    if max(image.size) > TILE_SIDE:
        # The thumbnail is made of the tile: it has exactly half the sides, and costs a fifth of the pixels.
        smaller = image.resize(fitted(image.size, TILE_SIDE), Image.Resampling.BICUBIC, reducing_gap=1.1)
        tile = encode(smaller, _TILE_QUALITY)
    size = fitted(image.size, THUMBNAIL_SIDE)
    thumbnail = smaller.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    colour, placeholder = averages(thumbnail)
    looks = fingerprint(thumbnail)
    return Rendered(colour, placeholder, looks, _webp(thumbnail), encode(image), tile)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the image in sRGB as RGB or RGBA; an unreadable or unsuitable profile counts as none, as in browsers."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            # By its name alone, to save a third of the work on most photos: a lie spoils only its own colours.
            if image.mode == "CMYK" or not ImageCms.getProfileDescription(source).startswith("sRGB"):
                image = ImageCms.profileToProfile(image, source, _SRGB, outputMode=mode) or image
        except (ImageCms.PyCMSError, OSError):
            pass
    image = image.convert(mode)
    image.info.clear()  # Pillow's encoders write profiles and comments they find there
    return image


def averages(image: Image.Image) -> tuple[str, bytes]:
    """The colour of all of it, and those of the placeholder's fields."""
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    dot = image.resize((1, 1), Image.Resampling.BOX)
    grid = image.resize((PLACEHOLDER_COLUMNS, PLACEHOLDER_ROWS), Image.Resampling.BOX)
    return "#" + dot.tobytes().hex(), grid.tobytes()


def _webp(image: Image.Image, quality: int = _QUALITY) -> Rendition:
    out = BytesIO()
    try:
        image.save(out, "WEBP", quality=quality, method=_WEBP_METHOD)
    except ValueError as error:
        if str(error) in _OUT_OF_MEMORY:
            raise MemoryError from error
        raise
    return Rendition(out.getvalue(), *image.size, WEBP)


def _jpeg(image: Image.Image, quality: int = _QUALITY) -> Rendition:
    out = BytesIO()
    # Better codes for fewer bytes are cheap on a tile's pixels, and cost more than they save on a preview's.
    image.save(out, "JPEG", quality=quality, optimize=max(image.size) <= TILE_SIDE)
    return Rendition(out.getvalue(), *image.size, JPEG)


def work(told: bytes, stripped: bytes) -> bytes:
    """In the sandbox: render what a walk over the container has left of a file, and pack it."""
    name, width, height, frames, orientation, max_pixels = json.loads(told)
    container = Container(width, height, frames, orientation, stripped)
    return pack(render(BY_NAME[name], container, max_pixels))
